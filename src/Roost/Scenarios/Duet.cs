using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Scenarios.Worlds;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.World;

namespace Roost.Scenarios;

/// <summary>
/// Two giants answer each other in public. An answer belongs to those who follow both (T15), so each one asks for the
/// intersection of millions with millions, and must come to all of these and to nobody else.
/// </summary>
/// <remarks>Who must get it is worked out apart, from the lists that the world was made of, with a hash set. The exact
/// number of deliveries says that nobody got it too much or too little, sampled timelines say who.</remarks>
internal static class Duet
{
    private const int SampledTimelines = 2_000;
    private const int Measurements = 9;
    private static readonly TimeSpan _mark = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan _moonshot = TimeSpan.FromMilliseconds(50);

    public static Scenario Scenario { get; } = new(
        "duet",
        "Two giants answer each other: each answer to those who follow both, and to nobody else.",
        new ScenarioSizes(Accounts: 4_000_000, Posts: 20),
        new SizeWords(
            Accounts: "accounts beside the giants; two thirds of them follow each, four ninths both",
            Posts: "answers, in turn"),
        Scale,
        PlayAsync);

    private static ScenarioSizes Scale(WantedSizes wanted)
    {
        var sizes = Scenario.FullSize.With(wanted);
        ScenarioSizes.Require("--accounts", sizes.Accounts, 10, 100_000_000);
        ScenarioSizes.Require("--posts", sizes.Posts, 1, 10_000);
        return sizes;
    }

    private static async Task PlayAsync(Stage stage)
    {
        MemoryNeed.Require(stage.Sizes.Accounts * (long)MemoryNeed.BytesPerFollower);
        var world = await stage.BuildAsync(
            () => PairWorld.Build(stage.Sizes.Accounts, stage.Seed),
            MemoryNeed.InboxesFor(stage.Sizes.Accounts));
        stage.Live.Step("the naive set");
        var both = world.FollowersOfFirst.ToHashSet();
        both.IntersectWith(world.FollowersOfSecond);
        stage.Verdict.Figure("followers_of_first", "followers of one", Unit.Count, world.FollowersOfFirst.Count);
        stage.Verdict.Figure(
            "followers_of_second", "followers of the other", Unit.Count, world.FollowersOfSecond.Count);
        stage.Verdict.Figure("followers_of_both", "of both, by the naive set", Unit.Count, both.Count);
        await IntersectAsync(stage, both, world);
        var (opening, answers) = await AnswerAsync(stage, both.Count);

        stage.Live.Step("who got it");
        var openers = world.FollowersOfFirst.ToHashSet();
        PostId[] toBoth = [.. answers, opening];
        await new HomeCheck(stage, HomeOf).RunAsync(world.Accounts, SampledTimelines);

        // Answers between two giants are for both, hence in these two's own timelines too.
        IReadOnlyList<PostId> HomeOf(AccountId account) =>
            both.Contains(account.Value) || account == PairWorld.First || account == PairWorld.Second ? toBoth
            : openers.Contains(account.Value) ? [opening]
            : [];
    }

    /// <summary>The intersection by itself, as fan-out does it, and beside it the hash set.</summary>
    private static async Task IntersectAsync(Stage stage, HashSet<int> both, PairWorld world)
    {
        stage.Live.Step("the intersection");
        var first = await stage.Services.Graph.Followers(new GetFollowers(PairWorld.First), stage.Call);
        var second = await stage.Services.Graph.Followers(new GetFollowers(PairWorld.Second), stage.Call);
        var times = new TimeSpan[Measurements];
        var found = SortedIds.Empty;
        for (var i = 0; i < times.Length; i++)
        {
            var started = stage.Time.GetTimestamp();
            found = SortedIds.Intersect(first, second);
            times[i] = stage.Time.GetElapsedTime(started);
        }
        var naiveStarted = stage.Time.GetTimestamp();
        var naive = world.FollowersOfFirst.ToHashSet();
        naive.IntersectWith(world.FollowersOfSecond);
        var naively = stage.Time.GetElapsedTime(naiveStarted);
        Array.Sort(times);
        var took = times[Measurements / 2];
        stage.Verdict.Figure("intersection", "intersection, median", took);
        stage.Verdict.Figure("intersection_naive", "the same with a hash set", naively);
        stage.Verdict.Figure("intersection_times_as_fast", "times as fast", Unit.Ratio, naively / took);
        stage.Verdict.Exactly(
            "intersection_wrong", "intersection differs by", 0,
            found.ToArray().Count(id => !both.Contains(id)) + Math.Abs(found.Count - both.Count));
    }

    private static async Task<(PostId Opening, List<PostId> Answers)> AnswerAsync(Stage stage, int both)
    {
        var (posts, timelines) = (stage.Services.Posts, stage.Services.Timelines);
        var opening = await posts.Create(new CreatePost(PairWorld.First, "Shall we?"), stage.Call);
        var before = await timelines.FanOut(new AwaitFanOut(), stage.Call);
        stage.Live.Step("the duet");
        var answers = new List<PostId>();
        var took = new List<TimeSpan>();
        var last = opening;
        for (var i = 0; i < stage.Sizes.Posts; i++)
        {
            var author = i % 2 == 0 ? PairWorld.Second : PairWorld.First;
            var started = stage.Time.GetTimestamp();
            last = await posts.Create(
                new CreatePost(author, Syllables.Sentence(stage.Seed, i), InReplyTo: last.Id), stage.Call);
            await timelines.FanOut(new AwaitFanOut(), stage.Call);
            took.Add(stage.Time.GetElapsedTime(started));
            stage.Live.Posted(took[^1]);
            answers.Insert(0, last.Id);
        }
        var after = await timelines.FanOut(new AwaitFanOut(), stage.Call);
        took.Sort();
        stage.Verdict.AtMost("answer_max", "an answer in every inbox, slowest", _mark, _moonshot, took[^1]);
        stage.Verdict.Figure("answer_p50", "an answer in every inbox, p50", took[took.Count / 2]);
        // To those who follow both, its author, and the one it answers.
        stage.Verdict.Exactly(
            "deliveries", "deliveries of answers", (long)stage.Sizes.Posts * (both + 2),
            after.Deliveries - before.Deliveries);
        return (opening.Id, answers);
    }
}
