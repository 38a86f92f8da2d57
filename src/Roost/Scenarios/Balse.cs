using Roost.Engine.Ids;
using Roost.Scenarios.Loads;
using Roost.Scenarios.Measuring;
using Roost.Scenarios.Worlds;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.World;

namespace Roost.Scenarios;

/// <summary>
/// Twitter's record, of 3 August 2013: all of Japan watched one film and typed the word that ends it: 143,199 posts in
/// one second. Here: a network at rest (some posts a second, for everything to be warm), then as many posts with that
/// word, each by another account, evenly over the first nine tenths of one second: so the moonshot, that they are all
/// in the inboxes before the second is over, is possible. Those of a millisecond go to the node together, as front
/// doors would send them on; each has an answer of its own.
/// </summary>
/// <remarks>
/// Every post is accounted for: by its id while the node runs, in the files after it was closed, by the exact number of
/// deliveries, and in the home timelines of sampled accounts, post by post.
/// </remarks>
internal static class Balse
{
    private const string Word = "バルス";
    private const double FollowsMean = 70;
    private const double BusyPart = 0.9;
    private const int SampledTimelines = 1_000;
    private const int WarmUpRate = 1_000;

    /// <summary>How long after these seconds all must be in every inbox.</summary>
    private static readonly TimeSpan _after = TimeSpan.FromSeconds(1);

    public static Scenario Scenario { get; } = new(
        "balse",
        "A network at rest, then 143,199 posts with the same word within one second, from as many authors.",
        new ScenarioSizes(Accounts: 200_000, Posts: 143_199, Seconds: 1),
        new SizeWords(
            Accounts: "accounts of the world, each with 70 followers on average",
            Seconds: "over how many seconds the posts are spread, the last tenth left out",
            Posts: "posts, each by another account"),
        Scale,
        PlayAsync);

    private static ScenarioSizes Scale(WantedSizes wanted)
    {
        var full = Scenario.FullSize;
        var sizes = full.With(wanted with
        {
            Posts = wanted.Posts ?? (wanted.Accounts < full.Posts ? wanted.Accounts : null),
        });
        ScenarioSizes.Require("--accounts", sizes.Accounts, 10, WorldOptions.AccountsMax);
        ScenarioSizes.Require("--posts", sizes.Posts, 1, sizes.Accounts);
        ScenarioSizes.Require("--seconds", sizes.Seconds, 1, 60);
        return sizes;
    }

    private static async Task PlayAsync(Stage stage)
    {
        var world = await stage.BuildAsync(() => SocialWorld.Build(stage.Sizes.Accounts, FollowsMean, stage.Seed));
        var authors = world.Shuffled(stage.Seed);
        var rest = await RestAsync(stage, authors);

        stage.Live.Step("the burst");
        var timelines = stage.Services.Timelines;
        await using var watch = new FanOutWatch(stage);
        var before = await timelines.FanOut(new AwaitFanOut(), stage.Call);
        var burst = await new PostingLoad(stage.Services.Posts, stage.Time, stage.Live).RunAsync(
            PostingPlan.Evenly(
                stage.Sizes.Posts, stage.Sizes.Posts / (BusyPart * stage.Sizes.Seconds),
                i => new CreatePost(authors[i], Word)),
            stage.Ct, together: true);
        await watch.StopAsync();
        var after = await timelines.FanOut(new AwaitFanOut(), stage.Call);

        stage.Live.Step("accounting for every post");
        var accounting = new PostAccounting(stage);
        accounting.Accepted(burst);
        Speed(stage, burst, watch, after.Deliveries - before.Deliveries);
        accounting.Latencies(burst, watch);
        await accounting.InNodeAsync(burst, Word);
        stage.Verdict.Exactly(
            "deliveries", "deliveries", burst.Posts.Sum(post => world.FollowersOf(post.Author) + 1L),
            after.Deliveries - before.Deliveries);
        Posted[] all = [.. rest.Posts, .. burst.Posts];
        var homes = new FollowedPosts(all, world.FolloweesOf);
        await new HomeCheck(stage, homes.HomeOf).RunAsync(world.Accounts, SampledTimelines);
        await accounting.OnDiskAsync(all);
    }

    private static void Speed(Stage stage, PostingResult burst, FanOutWatch watch, long deliveries)
    {
        var spread = TimeSpan.FromSeconds(stage.Sizes.Seconds);
        var durable = stage.Time.GetElapsedTime(burst.Started, burst.LastAnswered);
        var reached = burst.Posts.Max(post => watch.ReachedAt(post.Ref.Seq) ?? long.MaxValue);
        var inInboxes = stage.Time.GetElapsedTime(burst.Started, reached);
        var all = inInboxes > durable ? inInboxes : durable;
        stage.Verdict.AtMost(
            "answered_and_in_every_inbox", "all answered, in every inbox", spread + _after, spread, all);
        stage.Verdict.Figure("answered_last", "the last answered", durable);
        stage.Verdict.Figure("in_every_inbox", "all in every inbox", inInboxes);
        stage.Verdict.Figure("posts_per_second", "posts a second", Unit.PerSecond, burst.Accepted / all.TotalSeconds);
        stage.Verdict.Figure(
            "deliveries_per_second", "deliveries a second", Unit.PerSecond, deliveries / all.TotalSeconds);
    }

    /// <summary>An ordinary second or two, so that the burst meets a server that has run for a while.</summary>
    private static Task<PostingResult> RestAsync(Stage stage, AccountId[] authors)
    {
        stage.Live.Step("at rest");
        var count = Math.Min(2 * WarmUpRate, 2 * stage.Sizes.Accounts);
        return new PostingLoad(stage.Services.Posts, stage.Time, stage.Live).RunAsync(
            PostingPlan.Evenly(
                count, WarmUpRate,
                i => new CreatePost(authors[^(1 + (i % authors.Length))], "Good evening.")),
            stage.Ct, together: true);
    }
}
