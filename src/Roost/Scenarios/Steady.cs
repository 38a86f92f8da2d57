using Roost.Engine.Ids;
using Roost.Scenarios.Loads;
using Roost.Scenarios.Measuring;
using Roost.Scenarios.Worlds;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.World;

namespace Roost.Scenarios;

/// <summary>
/// Twitter's ordinary day in 2013: 4,600 posts and 300,000 home timelines a second, together, for a minute. Twitter had
/// thousands of machines for that.
/// </summary>
/// <remarks>
/// Pages are the bytes that the server would send, made in this process: found, hydrated, written as JSON. Readers'
/// threads are counted apart, so that what is left of the process's processor time is what writing costs: the load that
/// posts, the log, the index, fan-out, and the runtime's own work.
/// </remarks>
internal static class Steady
{
    private const double FollowsMean = 75;
    private const int HistoryPerAccount = 2;
    private const int SampledTimelines = 500;
    private const int TimelinePosts = 400;
    private static readonly TimeSpan _warmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _readMark = TimeSpan.FromMilliseconds(1);

    public static Scenario Scenario { get; } = new(
        "steady",
        "Twitter's day in 2013: 4,600 posts and 300,000 home timelines read a second, together, for a minute.",
        new ScenarioSizes(Accounts: 200_000, Seconds: 60, PostRate: 4_600, ReadRate: 300_000),
        new SizeWords(
            Accounts: "accounts of the world, each with 75 followers on average",
            Seconds: "for how many seconds",
            PostRate: "posts a second",
            ReadRate: "pages a second"),
        Scale,
        PlayAsync);

    private static ScenarioSizes Scale(WantedSizes wanted)
    {
        var sizes = Scenario.FullSize.With(wanted);
        ScenarioSizes.Require("--accounts", sizes.Accounts, 100, WorldOptions.AccountsMax);
        ScenarioSizes.Require("--seconds", sizes.Seconds, 1, 600);
        ScenarioSizes.Require("--post-rate", sizes.PostRate, 1, 1_000_000);
        ScenarioSizes.Require("--read-rate", sizes.ReadRate, 1, 10_000_000);
        return sizes;
    }

    private static async Task PlayAsync(Stage stage)
    {
        var sizes = stage.Sizes;
        var world = await stage.BuildAsync(() => SocialWorld.Build(sizes.Accounts, FollowsMean, stage.Seed));
        stage.Live.Step("building the world: a day of posts");
        var history = await History.ImportAsync(stage, sizes.Accounts * HistoryPerAccount, sizes.Accounts);
        var readers = new ReaderThreads(stage.Pages, stage.Time, stage.Live, sizes.Accounts, stage.Seed);
        stage.Live.Step("warming up");
        // Posts of the day before are rendered once each, as they are when a server has been up for a while.
        await readers.RunAsync(Environment.ProcessorCount, sizes.ReadRate, _warmUp, stage.Ct);

        stage.Live.Step("the day");
        var length = TimeSpan.FromSeconds(sizes.Seconds);
        await using var watch = new FanOutWatch(stage);
        var before = await stage.Services.Timelines.FanOut(new AwaitFanOut(), stage.Call);
        var (cpu, started) = (Environment.CpuUsage.TotalTime, stage.Time.GetTimestamp());
        var random = SplitMix.For(stage.Seed, 1);
        var posting = new PostingLoad(stage.Services.Posts, stage.Time, stage.Live).RunAsync(
            PostingPlan.Evenly(
                sizes.Seconds * sizes.PostRate, sizes.PostRate,
                i => new CreatePost(new AccountId(1 + random.Next(sizes.Accounts)), Syllables.Sentence(stage.Seed, i))),
            stage.Ct);
        var reading = readers.RunAsync(Environment.ProcessorCount, sizes.ReadRate, length, stage.Ct);
        await Task.WhenAll(posting, reading);
        var (posts, pages) = (await posting, await reading);
        var usedByAll = Environment.CpuUsage.TotalTime - cpu;
        var lasted = stage.Time.GetElapsedTime(started);
        await watch.StopAsync();
        var after = await stage.Services.Timelines.FanOut(new AwaitFanOut(), stage.Call);

        stage.Live.Step("accounting");
        var accounting = new PostAccounting(stage);
        accounting.Accepted(posts);
        Rates(stage, posts, pages, lasted);
        if (pages.Cpu is { } usedByReaders)
        {
            stage.Verdict.Dream(
                "writer_cores", "writing, of one core", Unit.Share, 0.05, (usedByAll - usedByReaders) / lasted);
            stage.Verdict.Figure(
                "cpu_per_page", "processor time a page", usedByReaders / Math.Max(1, pages.Read));
        }
        else
        {
            stage.Verdict.Note("This system does not tell threads' processor time, so the writer's is not known.");
        }
        stage.Verdict.Figure(
            "deliveries_per_second", "deliveries a second", Unit.PerSecond,
            (after.Deliveries - before.Deliveries) / lasted.TotalSeconds);
        accounting.Latencies(posts, watch);
        stage.Verdict.Exactly(
            "deliveries", "deliveries", posts.Posts.Sum(post => world.FollowersOf(post.Author) + 1L),
            after.Deliveries - before.Deliveries);
        var homes = new FollowedPosts([.. history, .. posts.Posts], world.FolloweesOf);
        await new HomeCheck(stage, homes.HomeOf).RunAsync(world.Accounts, SampledTimelines, TimelinePosts);
    }

    private static void Rates(Stage stage, PostingResult posts, ReaderThreadsResult pages, TimeSpan lasted)
    {
        var seconds = Math.Max(lasted.TotalSeconds, stage.Sizes.Seconds);
        // A thousandth less is what was still under way when the time was over.
        const double Nearly = 0.999;
        stage.Verdict.AtLeast(
            "posts_per_second", "posts a second", Unit.PerSecond, stage.Sizes.PostRate * Nearly, null,
            posts.Accepted / seconds);
        stage.Verdict.AtLeast(
            "pages_per_second", "pages a second", Unit.PerSecond, stage.Sizes.ReadRate * Nearly, null,
            pages.Read / (double)stage.Sizes.Seconds);
        stage.Verdict.AtMost(
            "page_p99", "a page, p99", _readMark, null, pages.Latency.Percentile(0.99));
        stage.Verdict.Figure("page_p50", "a page, p50", pages.Latency.Percentile(0.5));
        stage.Verdict.Figure("page_inside_p50", "  from its call on, p50", pages.Inside.Percentile(0.5));
        stage.Verdict.Figure("page_inside_p99", "  from its call on, p99", pages.Inside.Percentile(0.99));
        stage.Verdict.Figure(
            "posts_per_page", "posts on a page, mean", Unit.Count, pages.Entries / (double)Math.Max(1, pages.Read));
    }
}
