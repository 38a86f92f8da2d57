using Roost.Replay;
using Roost.Rpc;
using Roost.World;
using Xunit;

namespace Roost.Tests.World;

public sealed class WorldGeneratorTests
{
    private const int Accounts = 20_000;
    private static readonly Lazy<Network> _world = new(
        () => WorldGenerator.Generate(new WorldOptions { Accounts = Accounts, Seed = 1, Posts = 100_000 }));

    [Fact]
    public void Quantiles_are_met_at_the_measured_points_and_rise_between_them()
    {
        Assert.Equal(64, FediverseStatistics.Followers.At(0.9), 6);
        Assert.Equal(808, FediverseStatistics.Following.At(0.99), 6);
        Assert.Equal(32_421, FediverseStatistics.Posts.At(0.999), 5);
        Assert.Equal(0, FediverseStatistics.Followers.At(0));
        Assert.Equal(4_755_131, FediverseStatistics.Followers.At(0.999_999_99), 2);

        var values = Enumerable.Range(0, 9_999).Select(i => FediverseStatistics.Followers.At(i / 10_000.0)).ToArray();
        Assert.Equal(values.Order(), values);
    }

    [Fact]
    public void Follows_are_distributed_as_measured()
    {
        var following = Degrees(_world.Value, f => f.Follower);

        Assert.InRange(following[Accounts / 2], 3, 5);
        Assert.InRange(following[Accounts * 9 / 10], 122, 150);
        Assert.InRange(following[Accounts * 99 / 100], 700, 900);
    }

    [Fact]
    public void Followers_keep_the_measured_shape_at_the_scale_of_a_closed_world()
    {
        var followers = Degrees(_world.Value, f => f.Followee);
        var (p80, p90, p99) = (followers[Accounts * 8 / 10], followers[Accounts * 9 / 10],
            followers[Accounts * 99 / 100]);

        Assert.InRange((double)p90 / p80, 64 / 12.0 * 0.8, 64 / 12.0 * 1.25);
        Assert.InRange((double)p99 / p90, 1_007 / 64.0 * 0.8, 1_007 / 64.0 * 1.25);
        Assert.True(followers.Count(f => f == 0) > Accounts / 3, "About half of all accounts have no follower.");
    }

    [Fact]
    public void Kinds_of_activity_and_the_rhythm_of_the_day_are_those_measured()
    {
        var activities = _world.Value.Activities;
        var boosts = activities.Count(a => a.Kind == ActivityKind.Boost) / (double)activities.Length;
        var night = activities.Count(a => a.AtUnixMilliseconds / 3_600_000 % 24 is >= 5 and < 10);
        var day = activities.Count(a => a.AtUnixMilliseconds / 3_600_000 % 24 is >= 13 and < 18);

        // A little below 24,186 of 111,535, since who follows nobody who posts cannot boost.
        Assert.InRange(boosts, 0.18, 0.218);
        Assert.InRange((double)day / night, 2.6, 3.1);
        Assert.True(activities.Select(a => a.Actor).Distinct().Count() < Accounts / 2,
            "Half of all accounts never post.");
    }

    [Fact]
    public void A_world_needs_no_stand_ins()
    {
        var posts = new List<ScriptedPost>();
        var script = new PostScript(_world.Value);

        for (var i = 0; i < _world.Value.Activities.Length; i++) script.Play(i, posts);

        Assert.DoesNotContain(posts, p => p.IsStandIn);
    }

    [Fact]
    public void The_same_seed_makes_the_same_world_and_another_seed_another()
    {
        var options = new WorldOptions { Accounts = 500, Seed = 42, Posts = 2_000 };
        var (first, second) = (WorldGenerator.Generate(options), WorldGenerator.Generate(options));
        var other = WorldGenerator.Generate(options with { Seed = 43 });

        Assert.Equal(first.Follows, second.Follows);
        Assert.Equal(first.Activities, second.Activities);
        Assert.Equal(first.Usernames, second.Usernames);
        Assert.Equal(first.TextOf(7), second.TextOf(7));
        Assert.Equal(first.Fingerprint, second.Fingerprint);
        Assert.NotEqual(first.Fingerprint, other.Fingerprint);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(100)]
    public void Small_worlds_work_too(int accounts)
    {
        var world = WorldGenerator.Generate(new WorldOptions { Accounts = accounts, Seed = 5, Posts = 50 });

        Assert.Equal(accounts, world.Usernames.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(50, world.Activities.Length);
        Assert.All(world.Usernames, u => Assert.InRange(u.Length, 1, 30));
        for (var i = 0; i < 50; i++)
            if (world.Activities[i].Kind != ActivityKind.Boost)
                Assert.InRange(world.TextOf(i).Length, 1, 500);
    }

    [Fact]
    public void A_mean_number_of_follows_can_be_asked_for()
    {
        var world = WorldGenerator.Generate(
            new WorldOptions { Accounts = Accounts, Seed = 9, Posts = 0, FollowsPerAccount = 2.5 });

        Assert.InRange(world.Follows.Length / (double)Accounts, 2.3, 2.6);
    }

    [Fact]
    public void Edges_can_be_given_made_up_activities()
    {
        var edges = new Network("edges", ["a", "b", "c"], [new(0, 1), new(2, 1)], [], DateTimeOffset.UnixEpoch);

        var world = WorldGenerator.WithActivities(edges, 1_000, 3);

        Assert.Equal(1_000, world.Activities.Length);
        Assert.True(world.Activities.Count(a => a.Actor == 1) > 400, "b has all the followers and so posts the most.");
    }

    [Theory]
    [InlineData(0, 0, 30)]
    [InlineData(10_000_001, 0, 30)]
    [InlineData(10, -1, 30)]
    [InlineData(10, 0, 0)]
    public void Options_out_of_range_are_refused(int accounts, int posts, int days)
    {
        var options = new WorldOptions { Accounts = accounts, Seed = 1, Posts = posts, Days = days };

        Assert.Equal(ErrorCode.Invalid, Assert.Throws<ServiceException>(() => WorldGenerator.Generate(options)).Code);
    }

    [Fact]
    public void An_alias_table_draws_by_weight()
    {
        var table = new AliasTable([1, 0, 3, 6]);
        var random = new SplitMix(1);
        var counts = new int[4];

        for (var i = 0; i < 100_000; i++) counts[table.Draw(random)]++;

        Assert.Equal(0, counts[1]);
        Assert.InRange(counts[0], 9_500, 10_500);
        Assert.InRange(counts[2], 29_000, 31_000);
        Assert.InRange(counts[3], 59_000, 61_000);
    }

    private static int[] Degrees(Network network, Func<FollowEdge, int> side)
    {
        var degrees = new int[Accounts];
        foreach (var follow in network.Follows) degrees[side(follow)]++;
        Array.Sort(degrees);
        return degrees;
    }
}
