using Microsoft.Diagnostics.Symbols;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.Stacks;
using Microsoft.Diagnostics.Tracing.Stacks.Formats;

namespace Roost.Rpc.Admin.Profiles;

/// <summary>What samples of all threads tell, in forms that people and their tools read.</summary>
internal static class StackSamples
{
    private const string ThreadPrefix = "Thread (";

    private const int FramesMax = 60;

    /// <summary>As <c>speedscope.app</c> shows it: a profile of each thread, over time.</summary>
    public static string Speedscope(EventTrace trace)
    {
        using var log = trace.Open();
        var path = trace.Path + ".speedscope.json";
        SpeedScopeStackSourceWriter.WriteStackViewAsJson(SourceOf(log), path);
        return File.ReadAllText(path);
    }

    /// <summary>Where each thread was at its last sample.</summary>
    /// <returns>By the threads' numbers in the system; the innermost frame first.</returns>
    public static IReadOnlyDictionary<int, IReadOnlyList<string>> Last(EventTrace trace)
    {
        using var log = trace.Open();
        var source = SourceOf(log);
        var stacks = new Dictionary<int, IReadOnlyList<string>>();
        source.ForEach(sample =>
        {
            var frames = new List<string>();
            for (var at = sample.StackIndex; at != StackSourceCallStackIndex.Invalid; at = source.GetCallerIndex(at))
            {
                var frame = source.GetFrameName(source.GetFrameIndex(at), false);
                if (frame.StartsWith(ThreadPrefix, StringComparison.Ordinal)
                    && int.TryParse(frame.AsSpan(ThreadPrefix.Length).TrimEnd(')'), out var thread))
                {
                    stacks[thread] = frames;
                    return;
                }
                // What the source adds to tell work from waiting.
                if (frames.Count < FramesMax && frame.Contains('!', StringComparison.Ordinal)) frames.Add(frame);
            }
        });
        return stacks;
    }

    private static MutableTraceEventStackSource SourceOf(TraceLog log)
    {
        var source = new MutableTraceEventStackSource(log) { OnlyManagedCodeStacks = true };
        // No symbols are fetched from anywhere: the runtime has told the names.
        using var symbols = new SymbolReader(TextWriter.Null, nt_symbol_path: "");
        new SampleProfilerThreadTimeComputer(log, symbols) { IncludeEventSourceEvents = false }
            .GenerateThreadTimeStacks(source);
        return source;
    }
}
