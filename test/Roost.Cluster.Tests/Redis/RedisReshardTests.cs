using Roost.Engine.Ids;
using Roost.Services.Timelines;
using Roost.Services.Timelines.Redis;
using Roost.Tests;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Cluster.Tests.Redis;

/// <summary>A server's slots go to another one, key by key, and inboxes are written and read all the while.
/// </summary>
public sealed class RedisReshardTests : IClassFixture<SharedRedis>
{
    /// <summary>More than there are groups: some have several inboxes.</summary>
    private const int Accounts = 140;
    private const int Author = Accounts;
    private const int PageMax = 40;

    private readonly SharedRedis _redis;
    private readonly int _seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20131104");

    public RedisReshardTests(SharedRedis redis, ITestOutputHelper output)
    {
        if (redis.Missing is { } missing) Assert.Skip(missing);
        _redis = redis;
        output.WriteLine($"ROOST_SEED={_seed}");
    }

    /// <summary>Of a network that waits, however busy the machine is: what it gives up it gives up for the moves.
    /// </summary>
    private TimelinesOptions Options => new()
    {
        RebuildShare = 1,
        RebuildWaitMax = TimeSpan.FromSeconds(10),
        Redis = new RedisOptions(RedisServers.Parse(_redis.Place))
        {
            ReadWaitMax = TimeSpan.FromSeconds(10),
            WriteWaitMax = TimeSpan.FromSeconds(20),
        },
    };

    [Fact]
    public async Task After_each_key_a_post_is_delivered_and_pages_are_right_and_no_inbox_is_lost_or_built_anew()
    {
        // Several of a group, and of several groups.
        int[] readers = [1, 65, 129, 2, 66, 130, 3];
        await using var network = await StartAsync();
        var posts = await BeginAsync(network, readers);
        await using var moves = await SlotMoves.StartAsync(_redis, new Random(_seed));
        using var reads = new InboxReads(network.Meters);

        foreach (var slot in moves.Slots)
        {
            await moves.BeginAsync(slot);
            while (await moves.MoveKeyAsync(slot)) await PostAndCompareAsync();
            await moves.EndAsync(slot);
            await PostAndCompareAsync();
        }

        await CompareInboxesAsync(network, readers, posts);
        Assert.Equal((0, 0), (reads.Rebuilds, reads.GroupsLost));

        async Task PostAndCompareAsync()
        {
            posts.Insert(0, (await network.PostAsync(Author)).Id);
            await SettleAsync(network);
            foreach (var reader in readers) Assert.Equal(posts, await network.WholeHomeAsync(reader, PageMax));
        }
    }

    [Fact]
    public async Task A_random_story_goes_on_between_one_key_and_the_next_and_timelines_are_what_a_naive_model_says()
    {
        const int Steps = 5;
        var random = new Random(_seed);
        var time = new FakeTime();
        await _redis.TellAllAsync("FLUSHALL");
        // Some become giants.
        await using var network = await TestNetwork.StartAsync(
            Story.Accounts, Options with { DeliveriesPerTurn = 6 }, new RealTimers(time));
        var story = new Story(network, time, random);
        for (var step = 0; step < 100; step++) await story.StepAsync($"ROOST_SEED={_seed} before, step {step}");
        await using var moves = await SlotMoves.StartAsync(_redis, random);

        foreach (var slot in moves.Slots)
        {
            await moves.BeginAsync(slot);
            // What the story makes anew goes to the new server, so this comes to an end.
            for (var key = 0; await moves.MoveKeyAsync(slot); key++)
            {
                var when = $"ROOST_SEED={_seed} slot {slot}, key {key}";
                for (var step = 0; step < Steps; step++) await story.StepAsync($"{when}, step {step}");
                await story.CompareAllAsync(1 + random.Next(Story.Accounts), when);
            }
            await moves.EndAsync(slot);
        }

        using var reads = new InboxReads(network.Meters);
        for (var account = 1; account <= Story.Accounts; account++)
        {
            for (var before = reads.FromInboxes; reads.FromInboxes == before;)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await story.CompareAllAsync(account, $"ROOST_SEED={_seed} the end");
            }
        }
    }

    [Fact]
    public async Task Under_load_each_page_has_all_that_was_posted_before_it_and_no_inbox_is_lost_or_built_anew()
    {
        const int ReadersAtOnce = 4;
        const int PostsPerKey = 3;
        int[] readers = [.. Enumerable.Range(1, Accounts - 1)];
        var ct = TestContext.Current.CancellationToken;
        await using var network = await StartAsync();
        var posts = await BeginAsync(network, readers);
        posts.Reverse();
        await using var moves = await SlotMoves.StartAsync(_redis, new Random(_seed));
        using var reads = new InboxReads(network.Meters);
        using var posted = new SemaphoreSlim(0);
        var (count, isOver) = (posts.Count, false);

        var posting = Task.Run(async () =>
        {
            while (!Volatile.Read(ref isOver))
            {
                posts.Add((await network.PostAsync(Author)).Id);
                Volatile.Write(ref count, posts.Count);
                posted.Release();
            }
        }, ct);
        var pages = Task.WhenAll(
            [.. Enumerable.Range(1, ReadersAtOnce).Select(one => Task.Run(() => ReadAsync(_seed + one), ct))]);
        foreach (var slot in moves.Slots)
        {
            await moves.BeginAsync(slot);
            while (await moves.MoveKeyAsync(slot))
            {
                // As long as all goes on, and no longer.
                for (var i = 0; i < PostsPerKey; i++)
                    Assert.True(await posted.WaitAsync(TimeSpan.FromSeconds(30), ct), "Nobody can post any more.");
            }
            await moves.EndAsync(slot);
        }
        Volatile.Write(ref isOver, true);
        await posting;

        foreach (var (least, page) in (await pages).SelectMany(all => all))
        {
            var newest = posts.IndexOf(page[0]);
            Assert.True(newest >= least - 1, $"Of {least} posts {newest + 1} were there.");
            var first = Math.Max(0, newest + 1 - PageMax);
            Assert.Equal(posts[first..(newest + 1)], page.Reverse());
        }
        await SettleAsync(network);
        posts.Reverse();
        await CompareInboxesAsync(network, readers, posts);
        Assert.Equal((0, 0), (reads.Rebuilds, reads.GroupsLost));

        // How many posts there were at least, and the page.
        async Task<List<(int Least, PostId[] Page)>> ReadAsync(int seed)
        {
            var (own, all) = (new Random(seed), new List<(int, PostId[])>());
            while (!Volatile.Read(ref isOver))
            {
                var least = Volatile.Read(ref count);
                var reader = new AccountId(readers[own.Next(readers.Length)]);
                var page = await network.Timelines.Home(
                    new HomeTimeline(reader, new PageRange(Limit: PageMax)), TestNetwork.Call);
                all.Add((least, [.. page.Entries.Select(entry => entry.Post.Id)]));
            }
            return all;
        }
    }

    /// <summary>Without what other tests have left, lest it is moved as well.</summary>
    private async Task<TestNetwork> StartAsync()
    {
        await _redis.TellAllAsync("FLUSHALL");
        return await TestNetwork.StartAsync(Accounts, Options);
    }

    /// <summary>Has the readers follow, and inboxes made; the reply is what these have, newest first.</summary>
    private static async Task<List<PostId>> BeginAsync(TestNetwork network, int[] readers)
    {
        var posts = new List<PostId> { (await network.PostAsync(Author)).Id };
        // Redis is looked for beside the start; who comes before it was found gets no inbox.
        await SettleAsync(network);
        foreach (var reader in readers) await network.FollowAsync(reader, Author);
        posts.Insert(0, (await network.PostAsync(Author)).Id);
        await SettleAsync(network);
        await CompareInboxesAsync(network, readers, posts);
        return posts;
    }

    /// <summary>Reads until all were read from inboxes: who was told of a move leaves a group alone for a
    /// moment.</summary>
    private static async Task CompareInboxesAsync(TestNetwork network, int[] readers, List<PostId> posts)
    {
        using var reads = new InboxReads(network.Meters);
        foreach (var reader in readers)
        {
            for (var before = reads.FromInboxes; reads.FromInboxes == before;)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                Assert.Equal(posts, await network.WholeHomeAsync(reader, PageMax));
            }
        }
    }

    private static async Task SettleAsync(TestNetwork network) =>
        await network.Timelines.FanOut(new AwaitFanOut(), TestNetwork.Call);
}
