using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.World;

namespace Roost.Scenarios.Worlds;

/// <summary>
/// A network of residents, who are there every day and post, and after them dormant accounts, each of which follows a
/// thousand of the residents but has not been here for long.
/// </summary>
internal sealed class DormantWorld : IWorld
{
    private const double FollowsMean = 70;
    private const int FollowsOfDormant = 1_000;
    private const int PairsPerStep = 1 << 22;

    private readonly SocialWorld _residents;
    private readonly int _followsOfDormant;
    private readonly ulong _seed;

    private DormantWorld(SocialWorld residents, int dormant, ulong seed)
    {
        (_residents, _seed) = (residents, seed);
        _followsOfDormant = Math.Min(FollowsOfDormant, residents.Accounts / 2);
        Accounts = residents.Accounts + dormant;
        Follows = residents.Follows + ((long)dormant * _followsOfDormant);
        FollowAll();
    }

    public FollowGraph Graph => _residents.Graph;

    public long Follows { get; }

    public int Accounts { get; }

    public string[] Usernames => _residents.Usernames;

    public int Active => Residents;

    /// <summary>Residents are accounts 1 to this.</summary>
    public int Residents => _residents.Accounts;

    /// <summary>How many each dormant account follows.</summary>
    public int FollowsEach => _followsOfDormant;

    public static DormantWorld Build(int residents, int dormant, ulong seed) =>
        new(SocialWorld.Build(residents, FollowsMean, seed), dormant, seed);

    public IEnumerable<AccountId> FolloweesOf(AccountId account)
    {
        if (account.Value <= Residents) return _residents.FolloweesOf(account);
        var followees = new int[_followsOfDormant];
        Draw(account.Value, followees, new int[Residents + 1]);
        return followees.Select(id => new AccountId(id));
    }

    /// <summary>Different residents, drawn so that some are more popular than others; the same for an account at each
    /// call.</summary>
    /// <param name="drawnBy">For each resident who drew it last.</param>
    private void Draw(int account, Span<int> followees, int[] drawnBy)
    {
        var random = SplitMix.For(_seed, (ulong)account);
        for (var count = 0; count < followees.Length;)
        {
            var unit = random.NextUnit();
            var id = 1 + (int)(unit * unit * Residents);
            if (drawnBy[id] == account) continue;
            drawnBy[id] = account;
            followees[count++] = id;
        }
    }

    /// <summary>In steps, for each takes some 32 bytes a pair while it is made.</summary>
    private void FollowAll()
    {
        var drawnBy = new int[Residents + 1];
        var followees = new int[_followsOfDormant];
        var pairs = new List<(int, int)>(PairsPerStep + _followsOfDormant);
        for (var id = Residents + 1; id <= Accounts; id++)
        {
            Draw(id, followees, drawnBy);
            foreach (var followee in followees) pairs.Add((id, followee));
            if (pairs.Count < PairsPerStep && id < Accounts) continue;
            Graph.BulkFollow(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pairs));
            pairs.Clear();
        }
    }
}
