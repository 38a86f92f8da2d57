using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Replay;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.World;

namespace Roost.Scenarios.Worlds;

/// <summary>
/// A made-up network of ordinary people (<see cref="WorldGenerator"/>): accounts 1, 2, 3, … and who follows whom, twice:
/// as the graph that the node is given, and as a plain list, from which a scenario works out by itself what must come
/// to whom.
/// </summary>
/// <remarks>Follows are not stored: the node begins with the graph in memory. Through SQL a hundred million of them
/// would take the better part of an hour, and none of what a scenario measures ever looks there.</remarks>
internal sealed class SocialWorld
{
    private const int AccountsPerBatch = 32_768;

    private readonly Network _network;
    private readonly int[] _followers;

    private SocialWorld(Network network, FollowGraph graph)
    {
        (_network, Graph) = (network, graph);
        _followers = new int[network.Usernames.Length + 1];
        foreach (var follow in network.Follows) _followers[follow.Followee + 1]++;
    }

    public FollowGraph Graph { get; }

    public int Accounts => _network.Usernames.Length;

    public int Follows => _network.Follows.Length;

    /// <param name="followsMean">How many an account follows on average, and is followed by.</param>
    public static SocialWorld Build(int accounts, double followsMean, ulong seed)
    {
        var network = WorldGenerator.Generate(
            new WorldOptions { Accounts = accounts, Posts = 0, Seed = seed, FollowsPerAccount = followsMean });
        var pairs = Array.ConvertAll(network.Follows, follow => (follow.Follower + 1, follow.Followee + 1));
        return new SocialWorld(network, FollowGraph.Build(pairs));
    }

    public int FollowersOf(AccountId account) => _followers[account.Value];

    public IEnumerable<AccountId> FolloweesOf(AccountId account)
    {
        foreach (var follow in _network.FollowsOf(account.Value - 1).ToArray())
            yield return new AccountId(follow.Followee + 1);
    }

    /// <summary>Gives every account its row, in order, so that its posts can be shown.</summary>
    public async Task ImportAccountsAsync(UsersApi users, CancellationToken ct)
    {
        for (var start = 0; start < Accounts; start += AccountsPerBatch)
        {
            var drafts = _network.Usernames.Skip(start).Take(AccountsPerBatch)
                .Select(name => new AccountDraft(name, name, _network.StartsAt));
            await users.Import(new ImportAccounts([.. drafts]), Call.Until(ct));
        }
    }
}
