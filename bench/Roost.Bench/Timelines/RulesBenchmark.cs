using System.CommandLine;
using Roost.Bench.Frame;
using Roost.Bench.Web;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Services.Graph;

namespace Roost.Bench.Timelines;

/// <summary>
/// What the rules of a reader cost: home pages of 20 posts, in process, for the same readers without rules, with rules
/// that hide nothing, and with a quarter of those whom they follow muted, so that pages are refilled.
/// </summary>
internal static class RulesBenchmark
{
    private const string Without = "no rules";

    public static Command Verb() => Verbs.Create(
        "rules",
        "Home pages for readers without rules, and for the same readers with mutes that hide nothing, or a quarter of "
        + "what they follow. Example: roost-bench rules",
        RunAsync);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        await using var world = settings.Quick
            ? await HomePageWorld.OpenAsync(accounts: 300, posts: 3_000, readersMax: 20, ceilings: 1, ct)
            : await HomePageWorld.OpenAsync(accounts: 2_000, posts: 20_000, readersMax: 200, ceilings: 1, ct);
        await using var without = await RuledReaders.StartAsync(world, static (_, _) => null, ct);
        await using var idle = await RuledReaders.StartAsync(
            world, static (reader, _) => Muting(reader, Enumerable.Range(1_000_000, 20)), ct);
        await using var quarter = await RuledReaders.StartAsync(
            world, static (reader, followees) => Muting(reader, followees.ToArray().Where((_, i) => i % 4 == 0)), ct);

        var pages = settings.Quick ? 500 : 20_000;
        var measured = await Rounds.RunAsync(
            settings,
            [
                new Subject(Without, () => without.ReadAsync(pages, ct)),
                new Subject("20 mutes that hide nothing", () => idle.ReadAsync(pages, ct)),
                new Subject("a quarter of the followees muted", () => quarter.ReadAsync(pages, ct)),
            ],
            ct);
        var report = new Report($"Home pages of {HomePageWorld.PagePosts} posts under rules of the reader");
        report.AddRounds("Pages", "page", measured, reference: measured[0]);
        report.Note($"{world.Readers.Length} readers, the same for all; one thread, in process, without JSON.");
        return report;
    }

    private static ViewerRules Muting(AccountId reader, IEnumerable<int> muted) => new(
        reader, default, default, SortedIds.FromUnsorted([.. muted]), default, default, default,
        new Dictionary<int, FollowTerms>());
}
