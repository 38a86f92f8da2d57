namespace Roost.Rpc.Admin;

/// <summary>What a figure takes of its instrument, at each step.</summary>
public enum Measure
{
    /// <summary>By how much a counter grew, or how many values a histogram was given, a second.</summary>
    PerSecond,
    /// <summary>What a gauge shows at the step's end.</summary>
    Level,
    /// <summary>Half of the values that a histogram was given were not above it; nothing when none came.</summary>
    Median,
    /// <summary>99 of 100 values that a histogram was given were not above it; nothing when none came.</summary>
    P99,
}

/// <summary>A number that is recorded step by step: one instrument's, all its series together.</summary>
/// <param name="Name">By which it is asked for; unique among the figures of a process.</param>
/// <param name="Instrument">As OpenTelemetry writes it: <c>rpc.server.call.duration</c>.</param>
/// <param name="Tag">Of which only the series count that have this tag …</param>
/// <param name="Value">… with this value; null for all series.</param>
public sealed record Figure(
    string Name, string Instrument, Measure Measure, string? Tag = null, string? Value = null);

/// <summary>Figures of every process, whatever it does.</summary>
public static class ProcessFigures
{
    public static Figure Processor { get; } = new("process.cpu", "dotnet.process.cpu.time", Measure.PerSecond);

    public static Figure Memory { get; } = new(
        "process.memory", "dotnet.process.memory.working_set", Measure.Level);

    public static Figure Heap { get; } = new(
        "process.heap", "dotnet.gc.last_collection.heap.size", Measure.Level);

    /// <summary>Calls of services of this process, whoever made them.</summary>
    public static Figure Calls { get; } = new("rpc.calls", "rpc.server.call.duration", Measure.PerSecond);

    /// <summary>What a process does that is asked for nothing but calls of its services.</summary>
    public static WorkFigures Work { get; } = new(
        Calls, new("rpc.p50", "rpc.server.call.duration", Measure.Median),
        new("rpc.p99", "rpc.server.call.duration", Measure.P99));

    public static IReadOnlyList<Figure> All { get; } = [Processor, Memory, Heap, Calls, Work.P50, Work.P99];
}

/// <summary>What a process is asked for, all together, and how long it takes.</summary>
/// <param name="PerSecond">How often it is asked.</param>
/// <param name="P50">In seconds; so is <paramref name="P99"/>.</param>
public sealed record WorkFigures(Figure PerSecond, Figure P50, Figure P99);
