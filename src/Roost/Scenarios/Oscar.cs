using Roost.Engine.Ids;
using Roost.Scenarios.Loads;
using Roost.Scenarios.Worlds;
using Roost.World;

namespace Roost.Scenarios;

/// <summary>
/// The night of the most-shared photograph of 2014: people who had not been there for months came back at once, and the
/// service went down. Here dormant accounts, each following a thousand others, return within ten seconds, while the
/// residents go on reading. A dormant account has no inbox: its first page must be merged from those whom it follows.
/// </summary>
/// <remarks>Pages are the bytes that the server would send. Some come back on any day: one for each hundred does so
/// before the clock runs, which is when the runtime compiles what returning needs.</remarks>
internal static class Oscar
{
    private const int HistoryPerResident = 25;
    private const int SampledTimelines = 500;
    private const int TimelinePosts = 1_000;
    private const int DormantPerEarly = 100;
    private static readonly TimeSpan _firstPageMark = TimeSpan.FromMilliseconds(50);

    public static Scenario Scenario { get; } = new(
        "oscar",
        "100,000 dormant users return within ten seconds while residents read.",
        new ScenarioSizes(Accounts: 100_000, Seconds: 10, ReadRate: 5_000),
        new SizeWords(
            Accounts: "dormant users, each following a thousand",
            Seconds: "within how many seconds they return; residents read as long before and after",
            ReadRate: "pages that residents read a second"),
        Scale,
        PlayAsync);

    private static ScenarioSizes Scale(WantedSizes wanted)
    {
        var sizes = Scenario.FullSize.With(wanted);
        ScenarioSizes.Require("--accounts", sizes.Accounts, 100, 1_000_000);
        ScenarioSizes.Require("--seconds", sizes.Seconds, 1, 600);
        ScenarioSizes.Require("--read-rate", sizes.ReadRate, 1, 1_000_000);
        return sizes;
    }

    private static async Task PlayAsync(Stage stage)
    {
        var dormant = stage.Sizes.Accounts;
        MemoryNeed.Require(dormant * MemoryNeed.BytesPerReturn);
        var early = dormant / DormantPerEarly;
        var world = await stage.BuildAsync(
            () => DormantWorld.Build(Math.Clamp(dormant / 5, 100, 20_000), dormant + early, stage.Seed));
        stage.Live.Step("building the world: a day of posts");
        var history = await History.ImportAsync(stage, world.Residents * HistoryPerResident, world.Residents);
        var warmingUp = ReadAsync(stage, world, "warming up");
        await ReturnAsync(stage, world.Residents + 1, early);
        await warmingUp;

        var before = await ReadAsync(stage, world, "before");
        var residents = ReadAsync(stage, world, "the return");
        var returned = await ReturnAsync(stage, world.Residents + early + 1, dormant);
        var during = await residents;
        var after = await ReadAsync(stage, world, "after");

        stage.Live.Step("what they read");
        Tell(stage.Verdict, world, dormant, returned, before, during, after);
        var homes = new FollowedPosts(history, world.FolloweesOf);
        await new HomeCheck(stage, homes.HomeOf).RunAsync(
            world.Accounts, SampledTimelines, TimelinePosts, fromInboxes: false);
    }

    private static Task<ReadingResult> ReadAsync(Stage stage, DormantWorld world, string step)
    {
        stage.Live.Step(step);
        var random = SplitMix.For(stage.Seed, (ulong)step.Length);
        var sizes = stage.Sizes;
        return new ReadingLoad(stage.Pages, stage.Time, stage.Live).RunAsync(
            ReadingPlan.Evenly(
                sizes.Seconds * sizes.ReadRate, sizes.ReadRate, _ => new AccountId(1 + random.Next(world.Residents))),
            stage.Ct);
    }

    /// <summary>Each of so many dormant accounts reads its first page once, evenly over the time.</summary>
    private static Task<ReadingResult> ReturnAsync(Stage stage, int first, int count) =>
        new ReadingLoad(stage.Pages, stage.Time, stage.Live).RunAsync(
            ReadingPlan.Evenly(count, (double)count / stage.Sizes.Seconds, i => new AccountId(first + i)), stage.Ct);

    private static void Tell(
        Verdict verdict, DormantWorld world, int dormant, ReadingResult returned, ReadingResult before,
        ReadingResult during, ReadingResult after)
    {
        verdict.Exactly("returned", "first pages served", dormant, returned.Pages);
        foreach (var (code, count) in returned.Errors) verdict.Note($"{count} first pages were refused: {code}.");
        verdict.Figure("follows_each", "follows of each", Unit.Count, world.FollowsEach);
        verdict.AtMost(
            "first_page_p99", "first page, p99", _firstPageMark, null, returned.Latency.Percentile(0.99));
        verdict.Figure("first_page_p50", "first page, p50", returned.Latency.Percentile(0.5));
        verdict.Figure("first_page_max", "first page, slowest", returned.Latency.Max);
        var refused = 0;
        foreach (var (name, reads) in new[] { ("before", before), ("during", during), ("after", after) })
        {
            verdict.Figure($"residents_{name}_p50", $"residents {name}, p50", reads.Latency.Percentile(0.5));
            verdict.Figure($"residents_{name}_p99", $"residents {name}, p99", reads.Latency.Percentile(0.99));
            refused += reads.Errors.Values.Sum();
        }
        verdict.Exactly("residents_refused", "residents' pages refused", 0, refused);
        verdict.AtMost(
            "residents_p99_ratio", "residents' p99, during / before", Unit.Ratio, 2, 1.2,
            during.Latency.Percentile(0.99) / before.Latency.Percentile(0.99));
    }
}
