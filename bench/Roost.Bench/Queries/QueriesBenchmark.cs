using System.CommandLine;
using Roost.Bench.Frame;
using Roost.Rpc;

namespace Roost.Bench.Queries;

/// <summary>What it costs to say what a page needs and leave the batching to the runner.</summary>
internal static class QueriesBenchmark
{
    public static Command Verb() => Verbs.Create(
        "queries",
        "A page of 20 posts from four sources in memory: queries, beside batching by hand and a call per key.",
        (_, settings, cancellation) => RunAsync(settings, cancellation));

    private static async Task<Report> RunAsync(BenchSettings settings, CancellationToken cancellation)
    {
        var pages = settings.Quick ? 100 : 20_000;
        var hydration = new PageHydration(posts: 100_000, accounts: 10_000, seed: 1);
        var subjects = new (string Name, Service<int[], Line[]> Hydrate)[]
        {
            ("a GetBatch per source", hydration.ByGetBatchAsync),
            ("a GetMany per source", hydration.ByGetManyAsync),
            ("a query per post", hydration.ByQueryPerPostAsync),
            ("batched by hand", hydration.ByHandAsync),
            ("a call per key", hydration.ByCallPerKeyAsync),
        };
        var report = new Report("Hydration of 20 posts: post, stats, author, author's counts");
        var measured = await Rounds.RunAsync(
            settings,
            [.. subjects.Select(subject => Loop(subject.Name, subject.Hydrate, hydration, pages))],
            cancellation);
        report.AddRounds("Sources that answer at once", "page", measured, reference: measured[3]);

        var calls = report.AddTable("Calls to sources", "subject", "calls/page");
        var page = hydration.PageOf(0);
        var expected = await hydration.ByCallPerKeyAsync(page, Call.Unbounded);
        foreach (var (name, hydrate) in subjects)
        {
            var before = hydration.SourceCalls;
            var lines = await hydrate(page, Call.Unbounded);
            calls.Add(name, hydration.SourceCalls - before);
            if (!Enumerable.SequenceEqual(lines, expected))
                throw new InvalidOperationException($"'{name}' makes another page than a call per key does.");
        }
        return report;
    }

    private static Subject Loop(string name, Service<int[], Line[]> hydrate, PageHydration hydration, int pages) =>
        new(name, async () =>
        {
            for (var i = 0; i < pages; i++)
            {
                var lines = await hydrate(hydration.PageOf(i), Call.Unbounded);
                if (lines.Length != PageHydration.PageLength)
                    throw new InvalidOperationException($"'{name}' made a page of {lines.Length}.");
            }
            return pages;
        });
}
