using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Replay;
using Roost.World;

namespace Roost.Scenarios.Worlds;

/// <summary>A made-up network of ordinary people, shaped like real ones (<see cref="WorldGenerator"/>), all of whom are
/// active.</summary>
internal sealed class SocialWorld : IWorld
{
    private readonly Network _network;
    private readonly int[] _followers;

    private SocialWorld(Network network, FollowGraph graph)
    {
        (_network, Graph) = (network, graph);
        _followers = new int[network.Usernames.Length + 1];
        foreach (var follow in network.Follows) _followers[follow.Followee + 1]++;
    }

    public FollowGraph Graph { get; }

    public long Follows => _network.Follows.Length;

    public int Accounts => _network.Usernames.Length;

    public string[] Usernames => _network.Usernames;

    public int Active => Accounts;

    /// <param name="followsMean">How many an account follows on average, and is followed by.</param>
    public static SocialWorld Build(int accounts, double followsMean, ulong seed)
    {
        var network = WorldGenerator.Generate(
            new WorldOptions { Accounts = accounts, Posts = 0, Seed = seed, FollowsPerAccount = followsMean });
        return new SocialWorld(network, FollowGraph.Build(Array.ConvertAll(network.Follows, PairOf)));
    }

    public int FollowersOf(AccountId account) => _followers[account.Value];

    public IEnumerable<AccountId> FolloweesOf(AccountId account) =>
        Array.ConvertAll(_network.FollowsOf(account.Value - 1).ToArray(), follow => new AccountId(follow.Followee + 1));

    /// <summary>All accounts in an order drawn by the seed.</summary>
    public AccountId[] Shuffled(ulong seed)
    {
        var random = SplitMix.For(seed, 1);
        AccountId[] accounts = [.. Enumerable.Range(1, Accounts).Select(id => new AccountId(id))];
        for (var i = 0; i < accounts.Length; i++)
        {
            var other = i + random.Next(accounts.Length - i);
            (accounts[i], accounts[other]) = (accounts[other], accounts[i]);
        }
        return accounts;
    }

    private static (int Follower, int Followee) PairOf(FollowEdge follow) =>
        (follow.Follower + 1, follow.Followee + 1);
}
