using System.Diagnostics.Metrics;
using Roost.Rpc.Admin;

namespace Roost.Services.Media;

/// <summary>What operators see of pictures coming in.</summary>
public sealed class MediaMetrics
{
    private readonly Counter<long> _uploads;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _removed;
    private readonly Histogram<double> _processing;

    public MediaMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create("Roost.Services.Media");
        _uploads = meter.CreateCounter<long>("roost.media.uploads", "{file}", "Pictures sent, by outcome.");
        _bytes = meter.CreateCounter<long>("roost.media.stored", "By", "Bytes of pictures and previews kept.");
        _removed = meter.CreateCounter<long>(
            "roost.media.removed", "{file}", "Pictures removed: their post was deleted, or nothing used them.");
        _processing = meter.CreateHistogram<double>(
            "roost.media.processing.duration", "s", "Decoding, scaling and encoding one picture.",
            advice: DurationBuckets.Advice);
    }

    internal void Stored(long bytes, TimeSpan processing)
    {
        _uploads.Add(1, new KeyValuePair<string, object?>("outcome", "stored"));
        _bytes.Add(bytes);
        _processing.Record(processing.TotalSeconds);
    }

    internal void Refused() => _uploads.Add(1, new KeyValuePair<string, object?>("outcome", "refused"));

    internal void Removed(int files) => _removed.Add(files);
}
