using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Replay;

namespace Roost.Scenarios.Worlds;

/// <summary>
/// Two giants, accounts 1 and 2, who follow each other, and a crowd from 3 on: each of it follows each giant with a
/// chance of two thirds, so that four ninths follow both.
/// </summary>
internal sealed class PairWorld : IWorld
{
    private const uint Chance = uint.MaxValue / 3 * 2;
    private const int FirstOfCrowd = 3;

    private PairWorld(int crowd, ulong seed)
    {
        Accounts = crowd + FirstOfCrowd - 1;
        var pairs = new List<(int, int)>(crowd * 3 / 2) { (1, 2), (2, 1) };
        FollowersOfFirst.Add(2);
        FollowersOfSecond.Add(1);
        for (var id = FirstOfCrowd; id <= Accounts; id++)
        {
            var drawn = StableHash.Combine(seed, (ulong)id);
            if ((uint)drawn < Chance) Follow(id, 1, FollowersOfFirst);
            if ((uint)(drawn >> 32) < Chance) Follow(id, 2, FollowersOfSecond);
        }
        Follows = pairs.Count;
        Graph = FollowGraph.Build([.. pairs]);

        void Follow(int follower, int giant, List<int> followers)
        {
            followers.Add(follower);
            pairs.Add((follower, giant));
        }
    }

    public FollowGraph Graph { get; }

    public long Follows { get; }

    public int Accounts { get; }

    public int Active => Accounts;

    public string[] Usernames { get; } = ["castor", "pollux"];

    public List<int> FollowersOfFirst { get; } = [];

    public List<int> FollowersOfSecond { get; } = [];

    public static AccountId First => new(1);

    public static AccountId Second => new(2);

    public static PairWorld Build(int crowd, ulong seed) => new(crowd, seed);
}
