using Roost.Engine.Ids;
using Roost.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Timelines;

/// <summary>
/// What home timelines are, wherever their inboxes are kept. Whatever happens in whatever order, they are what the
/// naive model says, whole and by every way of paging. ROOST_SEED repeats a run, ROOST_STEPS makes it longer: every
/// 1,500 steps a new network begins, with the next seed. The longest run was of 12,000 steps from seed 31 on, both
/// ways, on 2026-11-26, with inboxes in memory.
/// </summary>
public abstract class HomeTimelineContract(ITestOutputHelper output)
{
    private const int StepsOfStory = 1_500;

    /// <summary>So many followers are delivered to in a turn; who has more is a giant.</summary>
    private const int Few = 3;
    private const int Many = 1 << 18;

    /// <summary>Of a story, unless it is told.</summary>
    protected virtual int Steps => 1_000;

    [Theory]
    [InlineData(Many, false)]
    [InlineData(Few, false)]
    [InlineData(Many, true)]
    public async Task Timelines_are_what_a_naive_model_says(int deliveriesPerTurn, bool hasReplica)
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20140307");
        var steps = int.Parse(Environment.GetEnvironmentVariable("ROOST_STEPS") ?? $"{Steps}");
        output.WriteLine($"ROOST_SEED={seed} ROOST_STEPS={steps}");
        for (; steps > 0; steps -= StepsOfStory, seed++)
            await TellAsync(seed, Math.Min(steps, StepsOfStory), deliveriesPerTurn, hasReplica);
    }

    [Theory]
    [InlineData(Many)]
    [InlineData(Few)]
    public async Task Timelines_go_on_beyond_what_inboxes_hold(int deliveriesPerTurn)
    {
        await using var network = await StartAsync(7, deliveriesPerTurn);
        for (var follower = 1; follower <= 6; follower++)
            await network.FollowAsync(follower, 7);
        await network.FollowAsync(1, 2);
        await network.HomeAsync(1);
        var posts = new List<PostId>();
        for (var i = 0; i < 1_300; i++)
        {
            posts.Insert(0, (await network.PostAsync(i % 3 == 0 ? 7 : 2)).Id);
            if (i % 300 == 0)
                await SettleAsync(network);
        }

        await SettleAsync(network);

        Assert.Equal(posts, await network.WholeHomeAsync(1, 40));
        Assert.Equal(posts, await network.WholeHomeUpwardsAsync(1, 40));
    }

    [Fact]
    public async Task Who_unfollows_and_follows_again_misses_nothing_and_has_nothing_too_much()
    {
        await using var network = await StartAsync(3, Many);
        await network.FollowAsync(1, 2);
        var before = await network.PostAsync(2);
        await network.HomeAsync(1);
        await SettleAsync(network);

        // Nobody reads in between: there are inboxes that must be found out.
        await network.UnfollowAsync(1, 2);
        await network.FollowAsync(1, 3);
        var between = await network.PostAsync(2);
        await network.PostAsync(3);
        await SettleAsync(network);
        await network.UnfollowAsync(1, 3);
        await network.FollowAsync(1, 2);

        Assert.Equal([between.Id, before.Id], await network.WholeHomeAsync(1, 20));
        var after = await network.PostAsync(2);
        await SettleAsync(network);
        await network.RestartAsync();
        Assert.Equal([after.Id, between.Id, before.Id], await network.WholeHomeAsync(1, 20));
    }

    [Fact]
    public async Task Who_gains_and_loses_followers_is_read_without_holes_whatever_becomes_of_the_posts()
    {
        await using var network = await StartAsync(8, Few);
        await network.FollowAsync(1, 8);
        await network.FollowAsync(1, 7);
        await network.HomeAsync(1);
        var posts = new List<PostId>();
        await PostAsync();
        for (var follower = 2; follower <= 6; follower++)
            await network.FollowAsync(follower, 8);
        await PostAsync();
        for (var follower = 2; follower <= 6; follower++)
            await network.UnfollowAsync(follower, 8);
        await PostAsync();
        await network.RestartAsync();
        await PostAsync();

        async Task PostAsync()
        {
            posts.Insert(0, (await network.PostAsync(8)).Id);
            posts.Insert(0, (await network.PostAsync(7)).Id);
            // To one whom the reader follows, to the reader, and to one whom the reader does not know.
            posts.Insert(0, (await network.PostAsync(8, "yes", posts[0])).Id);
            var own = await network.PostAsync(1);
            posts.Insert(0, own.Id);
            posts.Insert(0, (await network.PostAsync(8, "you", own.Id)).Id);
            await network.PostAsync(8, "who?", (await network.PostAsync(2)).Id);
            await SettleAsync(network);
            Assert.Equal(posts, await network.WholeHomeAsync(1, 3));
            Assert.Equal(posts, await network.WholeHomeUpwardsAsync(1, 4));
        }
    }

    [Fact]
    public async Task Inboxes_that_are_gone_are_built_anew_and_take_what_comes()
    {
        var time = new FakeTime();
        await using var network = await StartAsync(2, Many, time);
        await network.FollowAsync(1, 2);
        var first = await network.PostAsync(2);
        await network.HomeAsync(1);
        await SettleAsync(network);

        await ForgetAsync(network, time);
        var second = await network.PostAsync(2);
        await SettleAsync(network);

        Assert.Equal([second.Id, first.Id], await network.WholeHomeAsync(1, 20));
        var third = await network.PostAsync(2);
        await SettleAsync(network);
        Assert.Equal([third.Id, second.Id, first.Id], await network.WholeHomeAsync(1, 20));
    }

    /// <summary>Sets inboxes up where they are to be.</summary>
    private protected abstract TimelinesOptions In(TimelinesOptions options);

    /// <summary>What the network's own clock is.</summary>
    private protected abstract TimeProvider ClockOf(FakeTime time);

    /// <summary>Takes all inboxes away, as they go by themselves.</summary>
    private protected abstract Task ForgetAsync(TestNetwork network, FakeTime time);

    private protected static async Task SettleAsync(TestNetwork network) =>
        await network.Timelines.FanOut(new AwaitFanOut(), TestNetwork.Call);

    private protected Task<TestNetwork> StartAsync(
        int accounts, int deliveriesPerTurn, FakeTime? time = null, bool hasReplica = false) =>
        TestNetwork.StartAsync(
            accounts, In(new TimelinesOptions { DeliveriesPerTurn = deliveriesPerTurn, RebuildShare = 1 }),
            ClockOf(time ?? new FakeTime()), hasReplica: hasReplica);

    private async Task TellAsync(int seed, int steps, int deliveriesPerTurn, bool hasReplica)
    {
        var time = new FakeTime();
        await using var network = await StartAsync(Story.Accounts, deliveriesPerTurn, time, hasReplica);
        var story = new Story(network, time, new Random(seed));

        for (var step = 0; step < steps; step++)
            await story.StepAsync($"ROOST_SEED={seed} step {step}");

        for (var account = 1; account <= Story.Accounts; account++)
            await story.CompareAllAsync(account, $"ROOST_SEED={seed} the end");
    }
}
