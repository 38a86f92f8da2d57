using Roost.Engine.Graph;
using Roost.Engine.Ids;

namespace Roost.Scenarios.Worlds;

/// <summary>
/// A network of ordinary people, a giant whom all of them follow, and a crowd that follows the giant and nobody else:
/// <code>
///   1 … ordinary      ordinary + 1      ordinary + 2 …
///   ordinary people   the giant         the crowd
/// </code>
/// </summary>
internal sealed class GiantWorld : IWorld
{
    private const double FollowsMean = 70;
    private const int PairsPerStep = 1 << 22;

    private readonly SocialWorld _ordinary;

    private GiantWorld(SocialWorld ordinary, int followers)
    {
        _ordinary = ordinary;
        Giant = new AccountId(ordinary.Accounts + 1);
        Usernames = [.. ordinary.Usernames, "mother_monster"];
        Accounts = followers + 1;
        Follows = ordinary.Follows + followers;
        FollowGiant(1, Ordinary);
        FollowGiant(Giant.Value + 1, Accounts);
    }

    public FollowGraph Graph => _ordinary.Graph;

    public long Follows { get; }

    public int Accounts { get; }

    public int Active => Accounts;

    public string[] Usernames { get; }

    public AccountId Giant { get; }

    /// <summary>Ordinary people are accounts 1 to this.</summary>
    public int Ordinary => _ordinary.Accounts;

    /// <param name="followers">The giant's, ordinary people included.</param>
    public static GiantWorld Build(int ordinary, int followers, ulong seed) =>
        new(SocialWorld.Build(ordinary, FollowsMean, seed), followers);

    public int FollowersOf(AccountId account) =>
        account == Giant ? Accounts - 1 : account.Value <= Ordinary ? _ordinary.FollowersOf(account) : 0;

    public IEnumerable<AccountId> FolloweesOf(AccountId account) =>
        account == Giant ? []
        : account.Value <= Ordinary ? [.. _ordinary.FolloweesOf(account), Giant]
        : [Giant];

    /// <summary>In steps, for each takes some 32 bytes a pair while it is made.</summary>
    private void FollowGiant(int first, int last)
    {
        for (var start = first; start <= last; start += PairsPerStep)
        {
            var pairs = new (int, int)[Math.Min(PairsPerStep, last - start + 1)];
            for (var i = 0; i < pairs.Length; i++) pairs[i] = (start + i, Giant.Value);
            Graph.BulkFollow(pairs);
        }
    }
}
