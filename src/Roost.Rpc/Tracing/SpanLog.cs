using System.Diagnostics;

namespace Roost.Rpc.Tracing;

/// <summary>The newest spans of the process, in memory, for <c>/admin/tracing</c>. Listens while the rate is above
/// 0.</summary>
/// <remarks>Thread-safe. Some 500 bytes a span.</remarks>
public sealed class SpanLog : IDisposable
{
    /// <summary>The oldest of more are forgotten.</summary>
    public const int SpansMax = 5_000;

    private const int TagsMax = 12;
    private const int ValueLengthMax = 200;

    private readonly TraceSampling _sampling;
    private readonly Lock _lock = new();

    // Both under _lock.
    private readonly Queue<RecordedSpan> _spans = new();
    private ActivityListener? _listener;

    public SpanLog(TraceSampling sampling)
    {
        ArgumentNullException.ThrowIfNull(sampling);
        _sampling = sampling;
        _sampling.Changed += Listen;
        Listen();
    }

    /// <summary>All spans, the oldest first.</summary>
    public IReadOnlyList<RecordedSpan> Read()
    {
        lock (_lock) return [.. _spans];
    }

    /// <summary>Those of one trace.</summary>
    /// <param name="trace">In hex.</param>
    public IReadOnlyList<RecordedSpan> Of(string trace)
    {
        lock (_lock) return [.. _spans.Where(span => span.Trace == trace)];
    }

    public void Dispose()
    {
        _sampling.Changed -= Listen;
        lock (_lock) StopListening_NeedsLock();
    }

    private void Listen()
    {
        lock (_lock)
        {
            if (_sampling.Rate <= 0)
            {
                StopListening_NeedsLock();
                return;
            }
            if (_listener is not null) return;
            _listener = new ActivityListener
            {
                ShouldListenTo = source => TraceSampling.Sources.Contains(source.Name),
                Sample = _sampling.Sample,
                ActivityStopped = Note,
            };
            ActivitySource.AddActivityListener(_listener);
        }
    }

    private void StopListening_NeedsLock()
    {
        _listener?.Dispose();
        _listener = null;
    }

    private void Note(Activity span)
    {
        if (!span.Recorded) return;
        var recorded = new RecordedSpan(
            span.TraceId.ToHexString(), span.SpanId.ToHexString(),
            span.ParentSpanId == default ? null : span.ParentSpanId.ToHexString(), span.DisplayName,
            span.Kind.ToString().ToLowerInvariant(), span.StartTimeUtc, span.Duration.TotalSeconds,
            span.Status == ActivityStatusCode.Error)
        {
            BeginsHere = span.Parent is null,
            Tags = span.TagObjects.Take(TagsMax).DistinctBy(tag => tag.Key)
                .ToDictionary(tag => tag.Key, tag => Short(tag.Value)),
        };
        lock (_lock)
        {
            if (_spans.Count == SpansMax) _spans.Dequeue();
            _spans.Enqueue(recorded);
        }
    }

    private static string Short(object? value) => value?.ToString() switch
    {
        null => "",
        { Length: > ValueLengthMax } text => text[..ValueLengthMax] + "…",
        var text => text,
    };
}

/// <summary>What took how long, as part of what.</summary>
/// <param name="Trace">In hex; so are the next two.</param>
/// <param name="Parent">Null for the first of a trace.</param>
/// <param name="Kind"><c>server</c>, <c>client</c> or <c>internal</c>.</param>
/// <param name="Start">By the process's own clock.</param>
public sealed record RecordedSpan(
    string Trace, string Id, string? Parent, string Name, string Kind, DateTime Start, double Seconds, bool HasFailed)
{
    /// <summary>Whether it is the process's first of its trace.</summary>
    public required bool BeginsHere { get; init; }

    public required IReadOnlyDictionary<string, string> Tags { get; init; }
}
