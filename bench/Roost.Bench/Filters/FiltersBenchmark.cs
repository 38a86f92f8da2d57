using System.CommandLine;
using Roost.Bench.Frame;

namespace Roost.Bench.Filters;

internal static class FiltersBenchmark
{
    public static Command Verb() => Verbs.Create("filters", "A call through composed filters, beside hand-inlined code and an allocating middleware chain.", (_, settings) => Run(settings));

    private static Report Run(BenchSettings settings)
    {
        var report = new Report("Filters");
        var measured = Rounds.Run(settings, new Subject("a", () => Loop(10_000_000)), new Subject("b", () => Loop(10_000_000)));
        report.AddRounds("loop", "call", measured, measured[1]);
        report.Note("All is well.");
        return report;
    }

    private static long Loop(long n)
    {
        long x = 1;
        for (var i = 0; i < n; i++) x = x * 31 + i;
        return x == 42 ? 1 : n;
    }
}
