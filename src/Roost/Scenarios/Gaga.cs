using System.Globalization;
using Roost.Engine.Ids;
using Roost.Engine.Sketches;
using Roost.Scenarios.Loads;
using Roost.Scenarios.Measuring;
using Roost.Scenarios.Worlds;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.World;

namespace Roost.Scenarios;

/// <summary>
/// One post to the 31 million followers that the most-followed account of 2012 had, in the midst of what others post.
/// Twitter needed up to five minutes, and could show answers before what they answered. How long does the giant's
/// audience wait, and how long everybody else?
/// </summary>
/// <remarks>The giant has an inbox to fill for each follower. When memory does not suffice for 31 million, it has
/// fewer, and marks shrink in proportion.</remarks>
internal static class Gaga
{
    private const int FullFollowers = 31_000_000;
    private const int OrdinaryMax = 100_000;
    private const int SampledTimelines = 2_000;

    /// <summary>What others wait at most meanwhile, nearly all of them.</summary>
    private static readonly TimeSpan _othersMark = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _othersMoonshot = TimeSpan.FromMilliseconds(20);

    private static readonly int[] _bucketsFrom = [0, 10, 100, 1_000, 10_000];

    public static Scenario Scenario { get; } = new(
        "gaga",
        "One post to 31 million followers while others post: who waits how long?",
        new ScenarioSizes(FullFollowers, Seconds: 10, PostRate: 1_000),
        new SizeWords(
            Accounts: "followers of the giant; fewer if there is not the memory",
            Seconds: "how long others post; the giant posts once, in the middle",
            PostRate: "posts of others a second"),
        Scale,
        PlayAsync);

    private static ScenarioSizes Scale(WantedSizes wanted)
    {
        var sizes = Scenario.FullSize.With(wanted);
        if (wanted.Accounts is null)
        {
            var fit = (MemoryNeed.Available() - MemoryNeed.BytesOfProcess) / MemoryNeed.BytesPerFollower;
            sizes = sizes with { Accounts = (int)Math.Clamp(fit / 100_000 * 100_000, 100_000, sizes.Accounts) };
        }
        ScenarioSizes.Require("--accounts", sizes.Accounts, 1_000, 100_000_000);
        ScenarioSizes.Require("--seconds", sizes.Seconds, 1, 600);
        ScenarioSizes.Require("--post-rate", sizes.PostRate, 1, 100_000);
        MemoryNeed.Require(sizes.Accounts * (long)MemoryNeed.BytesPerFollower);
        return sizes;
    }

    private static async Task PlayAsync(Stage stage)
    {
        var followers = stage.Sizes.Accounts;
        var world = await stage.BuildAsync(
            () => GiantWorld.Build(Math.Min(OrdinaryMax, followers / 10), followers, stage.Seed),
            MemoryNeed.InboxesFor(followers));
        if (followers < FullFollowers)
        {
            stage.Verdict.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"Scaled: {followers:N0} followers instead of {FullFollowers:N0}, and marks in proportion."));
        }
        stage.Live.Step("others post; then the giant, once");
        var timelines = stage.Services.Timelines;
        var before = await timelines.FanOut(new AwaitFanOut(), stage.Call);
        await using var watch = new FanOutWatch(stage);
        var random = SplitMix.For(stage.Seed, 1);
        var count = stage.Sizes.Seconds * stage.Sizes.PostRate;
        var authors = new AccountId[count];
        for (var i = 0; i < count; i++) authors[i] = new AccountId(1 + random.Next(world.Ordinary));
        authors[count / 2] = world.Giant;
        var load = await new PostingLoad(stage.Services.Posts, stage.Time, stage.Live).RunAsync(
            PostingPlan.Evenly(
                count, stage.Sizes.PostRate, i => new CreatePost(authors[i], Syllables.Sentence(stage.Seed, i))),
            stage.Ct);
        await watch.StopAsync();
        var after = await timelines.FanOut(new AwaitFanOut(), stage.Call);

        stage.Live.Step("who waited, and who got it");
        new PostAccounting(stage).Accepted(load);
        Waits(stage, world, load, watch);
        stage.Verdict.Figure("answered_p50", "answered durable, p50", load.Latency.Percentile(0.5));
        stage.Verdict.Figure("answered_p99", "answered durable, p99", load.Latency.Percentile(0.99));
        foreach (var one in after.TimeToInbox.Where(one => one.Posts > 0))
        {
            stage.Verdict.Figure(
                $"from_commit_{one.Followers}_p99", $"from commit, {one.Followers}, p99", one.P99);
            stage.Verdict.Figure($"from_commit_{one.Followers}_max", "  slowest", one.Max);
        }
        stage.Verdict.Exactly(
            "deliveries", "deliveries",
            load.Posts.Sum(post => 1L + world.FollowersOf(post.Author)),
            after.Deliveries - before.Deliveries);
        var homes = new FollowedPosts(load.Posts, world.FolloweesOf);
        await new HomeCheck(stage, homes.HomeOf).RunAsync(world.Accounts, SampledTimelines);
    }

    private static void Waits(Stage stage, GiantWorld world, PostingResult load, FanOutWatch watch)
    {
        var giant = load.Posts[load.Posts.Length / 2];
        var reached = watch.ReachedAt(giant.Ref.Seq, isGiant: true) ?? long.MaxValue;
        var part = (double)stage.Sizes.Accounts / FullFollowers;
        var took = stage.Time.GetElapsedTime(giant.Meant, reached);
        stage.Verdict.AtMost(
            "giant_in_every_inbox", "the giant's post in every inbox", TimeSpan.FromSeconds(1) * part,
            TimeSpan.FromSeconds(0.25) * part, took);
        stage.Verdict.Figure(
            "giant_deliveries_per_second", "that is, deliveries a second", Unit.PerSecond,
            stage.Sizes.Accounts / took.TotalSeconds);

        var meanwhile = new LatencyTally(stepBits: 7);
        var buckets = new (LatencyTally Meanwhile, LatencyTally Else)[_bucketsFrom.Length];
        for (var i = 0; i < buckets.Length; i++) buckets[i] = (new LatencyTally(7), new LatencyTally(7));
        foreach (var post in load.Posts)
        {
            if (post.Author == world.Giant || watch.ReachedAt(post.Ref.Seq) is not { } at) continue;
            var waited = stage.Time.GetElapsedTime(post.Meant, at);
            var bucket = buckets[Array.FindLastIndex(_bucketsFrom, from => world.FollowersOf(post.Author) >= from)];
            // Whoever was on the way while the giant's post was.
            if (post.Meant > reached || at < giant.Meant)
            {
                bucket.Else.Add(waited);
                continue;
            }
            bucket.Meanwhile.Add(waited);
            meanwhile.Add(waited);
        }
        stage.Verdict.AtMost(
            "others_p99", "everybody else meanwhile, p99", _othersMark, _othersMoonshot, meanwhile.Percentile(0.99));
        for (var i = 0; i < buckets.Length; i++) Tell(stage.Verdict, i, buckets[i].Meanwhile, buckets[i].Else);
    }

    private static void Tell(Verdict verdict, int bucket, LatencyTally meanwhile, LatencyTally otherwise)
    {
        var from = _bucketsFrom[bucket];
        var to = bucket + 1 < _bucketsFrom.Length ? _bucketsFrom[bucket + 1] - 1 : int.MaxValue;
        var name = to == int.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"{from:N0} followers and more")
            : string.Create(CultureInfo.InvariantCulture, $"{from:N0} to {to:N0} followers");
        foreach (var (when, key, tally) in new[]
        {
            ("meanwhile", "meanwhile", meanwhile), ("else", "otherwise", otherwise),
        })
        {
            if (tally.Count == 0) continue;
            verdict.Figure($"followers_{from}_{key}_p50", $"{name}, {when}, p50", tally.Percentile(0.5));
            verdict.Figure($"followers_{from}_{key}_max", $"  slowest of {tally.Count}", tally.Max);
        }
    }
}
