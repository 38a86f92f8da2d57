using System.Globalization;
using Roost.Replay;
using Roost.Rpc;

namespace Roost.World;

/// <summary>
/// Makes up a network that is distributed like a real one (<see cref="FediverseStatistics"/>), from a seed.
/// <list type="number">
/// <item>Every account gets three ranks, for followers, following and posts, which go together as they do in reality.
/// A rank, not a random draw, is put into the quantile function: so even a world of a thousand accounts has its share
/// of the few that are followed by very many.</item>
/// <item>An account follows as many as its rank says, chosen by weights
/// (<see cref="Popularity"/>) that give everybody the followers of its rank, none twice, never itself.</item>
/// <item>Activities are made by <see cref="ActivityGenerator"/>.</item>
/// </list>
/// </summary>
/// <remarks>
/// Measured counters say that an account has more followers (147) than it follows (57), since the crawl met the known
/// accounts first. A closed world has equally many of both: its total is that of following, and followers keep their
/// shape. Cost on one core: about 0.3 µs a follow and as much an activity; memory as said at <see cref="Network"/>,
/// twice that for the follows while they are made.
/// </remarks>
public static class WorldGenerator
{
    private const long TriesPerFollow = 32;

    private static readonly DateTimeOffset _start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: an option is out of its range.</exception>
    public static Network Generate(WorldOptions options)
    {
        options.Validate();
        var accounts = options.Accounts;
        var traits = DrawTraits(accounts, options.Seed);
        var follows = Follow(traits, options);
        var usernames = new string[accounts];
        for (var i = 0; i < accounts; i++) usernames[i] = Syllables.Username(options.Seed, i + 1);
        var activities = ActivityGenerator.Generate(
            new ActivityOptions(accounts, options.Posts, _start, options.Days, options.Seed), traits.Posts, follows);
        var source = string.Create(
            CultureInfo.InvariantCulture, $"world of seed {options.Seed} over {options.Days} days");
        return new Network(source, usernames, follows, activities, _start, options.Seed);
    }

    /// <summary>The same network with made-up activities: an account is as active as it has followers, plus
    /// one.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: too many posts.</exception>
    public static Network WithActivities(Network network, int posts, ulong seed)
    {
        var options = new WorldOptions { Accounts = Math.Max(1, network.Usernames.Length), Seed = seed, Posts = posts };
        options.Validate();
        var weights = new double[network.Usernames.Length];
        Array.Fill(weights, 1);
        foreach (var follow in network.Follows) weights[follow.Followee]++;
        var activities = ActivityGenerator.Generate(
            new ActivityOptions(weights.Length, posts, _start, options.Days, seed), weights, network.Follows);
        var source = string.Create(CultureInfo.InvariantCulture, $"{network.Source} with posts of seed {seed}");
        return new Network(source, network.Usernames, network.Follows, activities, _start, seed);
    }

    private sealed record Traits(double[] Followers, double[] Following, double[] Posts);

    private static Traits DrawTraits(int accounts, ulong seed)
    {
        var random = SplitMix.For(seed, 1);
        var (followers, following, posts) = (new double[accounts], new double[accounts], new double[accounts]);
        for (var i = 0; i < accounts; i++)
        {
            var common = random.NextNormal();
            followers[i] = Load(common, FediverseStatistics.FollowersLoading, random);
            following[i] = Load(common, FediverseStatistics.FollowingLoading, random);
            posts[i] = Load(common, FediverseStatistics.PostsLoading, random);
        }
        var traits = new Traits(
            ByRank(followers, FediverseStatistics.Followers),
            ByRank(following, FediverseStatistics.Following),
            ByRank(posts, FediverseStatistics.Posts));
        // Nobody has more followers than there are others.
        for (var i = 0; i < accounts; i++) traits.Followers[i] = Math.Min(traits.Followers[i], accounts - 1);
        return traits;
    }

    private static double Load(double common, double loading, SplitMix random) =>
        (loading * common) + (Math.Sqrt(1 - (loading * loading)) * random.NextNormal());

    /// <summary>Replaces every score by the count that stands at its rank.</summary>
    private static double[] ByRank(double[] scores, QuantileFunction quantiles)
    {
        var order = new int[scores.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort((double[])scores.Clone(), order);
        var counts = new double[scores.Length];
        for (var rank = 0; rank < order.Length; rank++)
            counts[order[rank]] = Math.Floor(quantiles.At((rank + 0.5) / order.Length));
        return counts;
    }

    private static FollowEdge[] Follow(Traits traits, WorldOptions options)
    {
        var accounts = options.Accounts;
        var degrees = Degrees(traits, options);
        var follows = new FollowEdge[degrees.Sum()];
        var count = 0;
        var popularity = new AliasTable(Popularity.Weights(traits.Followers, degrees));
        var random = SplitMix.For(options.Seed, 2);
        var chosenBy = new int[accounts];
        Array.Fill(chosenBy, -1);
        for (var follower = 0; follower < accounts; follower++)
        {
            var first = count;
            // Where weights are steep the same few come up again and again: after enough tries it is content with
            // fewer.
            var last = first + degrees[follower];
            for (var tries = (degrees[follower] + 1) * TriesPerFollow; tries > 0 && count < last; tries--)
            {
                var followee = popularity.Draw(random);
                if (followee == follower || chosenBy[followee] == follower) continue;
                chosenBy[followee] = follower;
                follows[count++] = new FollowEdge(follower, followee);
            }
            follows.AsSpan(first, count - first).Sort((a, b) => a.Followee.CompareTo(b.Followee));
        }
        if (count < follows.Length) Array.Resize(ref follows, count);
        return follows;
    }

    private static int[] Degrees(Traits traits, WorldOptions options)
    {
        var mean = traits.Following.Average();
        var scale = options.FollowsPerAccount is { } wanted && mean > 0 ? wanted / mean : 1;
        var followable = traits.Followers.Count(f => f > 0);
        var degreeMax = Math.Min(options.Accounts - 1, followable);
        var rounding = SplitMix.For(options.Seed, 3);
        // Rounded up or down by chance, so that a mean below 1 keeps its total.
        var degrees = Array.ConvertAll(
            traits.Following, f =>
                (int)Math.Min(degreeMax, Math.Floor((f * scale) + (scale == 1 ? 0 : rounding.NextUnit()))));
        var total = degrees.Sum(d => (long)d);
        if (total > WorldOptions.EdgesMax)
            throw new ServiceException(
                ErrorCode.Invalid,
                $"This world would have {total} follows, more than {WorldOptions.EdgesMax}. Give fewer --accounts or "
                    + $"a smaller --follows-per-account.");
        return degrees;
    }
}
