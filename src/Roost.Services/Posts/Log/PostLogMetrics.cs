using System.Diagnostics.Metrics;
using Roost.Rpc.Admin;

namespace Roost.Services.Posts.Log;

/// <summary>What the post log tells of itself. Instruments are thread-safe and free while nobody listens.</summary>
public sealed class PostLogMetrics
{
    public const string MeterName = "Roost.PostLog";

    private readonly Counter<long> _records;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _commitSeconds;
    private readonly Histogram<long> _groupRecords;

    public PostLogMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(MeterName);
        _records = meter.CreateCounter<long>("roost.post_log.appends", "{record}", "Records made durable.");
        _bytes = meter.CreateCounter<long>("roost.post_log.written", "By", "Bytes of records made durable.");
        _refused = meter.CreateCounter<long>(
            "roost.post_log.refused", "{record}", "Records refused or failed, by error.type.");
        _commitSeconds = meter.CreateHistogram<double>(
            "roost.post_log.commit.duration", "s", "One group: write, sync, columns, and what is told of it.",
            advice: DurationBuckets.Advice);
        _groupRecords = meter.CreateHistogram<long>(
            "roost.post_log.group.size", "{record}", "Records made durable by one sync.");
    }

    internal void Committed(int records, long bytes, TimeSpan took)
    {
        _records.Add(records);
        _bytes.Add(bytes);
        _groupRecords.Record(records);
        _commitSeconds.Record(took.TotalSeconds);
    }

    internal void Refused(int records, string errorType) =>
        _refused.Add(records, new KeyValuePair<string, object?>("error.type", errorType));
}
