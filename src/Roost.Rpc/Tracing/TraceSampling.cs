using System.Buffers.Binary;
using System.Diagnostics;

namespace Roost.Rpc.Tracing;

/// <summary>
/// Which traces are recorded: decided where one begins, by its id, so that any two processes with the same rate decide
/// alike, and carried along from there. The rate is changed while the process runs.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public sealed class TraceSampling
{
    private double _rate;

    /// <param name="rate">0 to 1.</param>
    public TraceSampling(double rate) => _rate = rate;

    /// <summary>Of what is listened to: requests, calls of services and stores, and calls over gRPC and HTTP. gRPC's
    /// makes spans whether anybody listens or not, so without it others would be part of what nobody knows.</summary>
    public static IReadOnlyList<string> Sources { get; } =
        [Spans.SourceName, "Microsoft.AspNetCore", "Grpc.Net.Client", "System.Net.Http"];

    /// <summary>How many of all traces, 0 to 1.</summary>
    public double Rate => Volatile.Read(ref _rate);

    /// <summary>Fires after each change.</summary>
    public event Action? Changed;

    /// <param name="rate">0 to 1; 0: nothing is recorded.</param>
    public void Set(double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, 1);
        Volatile.Write(ref _rate, rate);
        Changed?.Invoke();
    }

    /// <summary>Whether a span is recorded: with what it is part of, and where a trace begins by chance. None begins
    /// with a call to elsewhere: followers, watchers and the like ask around the clock, for nobody.</summary>
    /// <param name="parent">Default where it begins.</param>
    public bool IsRecorded(ActivityContext parent, ActivityTraceId trace, ActivityKind kind) =>
        parent.TraceId != default
            ? parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
            : kind != ActivityKind.Client && IsChosen(trace);

    /// <summary>What a listener samples by.</summary>
    internal ActivitySamplingResult Sample(ref ActivityCreationOptions<ActivityContext> options)
    {
        var begins = options.Parent.TraceId == default;
        if (begins && options.Kind == ActivityKind.Client) return ActivitySamplingResult.None;
        if (IsRecorded(options.Parent, options.TraceId, options.Kind)) return ActivitySamplingResult.AllDataAndRecorded;
        // So that it is handed on that this one is not recorded.
        return begins || options.Parent.IsRemote ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.None;
    }

    /// <summary>By the last 7 bytes of the id, which W3C wants to be random.</summary>
    private bool IsChosen(ActivityTraceId trace)
    {
        var rate = Rate;
        if (rate is <= 0 or >= 1) return rate >= 1;
        Span<byte> id = stackalloc byte[16];
        trace.CopyTo(id);
        var draw = BinaryPrimitives.ReadUInt64BigEndian(id[8..]) & ((1UL << 56) - 1);
        return draw < rate * (1UL << 56);
    }
}
