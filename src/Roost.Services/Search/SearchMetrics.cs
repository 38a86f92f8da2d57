using System.Diagnostics.Metrics;
using Roost.Rpc.Admin;
using Roost.Services.Search.Files;

namespace Roost.Services.Search;

/// <summary>What operators see of the Search service beside its calls' own metrics.</summary>
public sealed class SearchMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _posts;
    private readonly Counter<long> _dropped;
    private readonly Histogram<double> _timeToSearchable;

    public SearchMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("Roost.Search");
        _posts = _meter.CreateCounter<long>("roost.search.posts", "{post}", "Posts and edits taken in.");
        _dropped = _meter.CreateCounter<long>(
            "roost.search.dropped", "{segment}", "Segments of old posts let go for want of memory.");
        _timeToSearchable = _meter.CreateHistogram<double>(
            "roost.search.time_to_searchable", "s", "From a post's commit until it was taken in.",
            advice: DurationBuckets.Advice);
    }

    public void TookIn(int posts) => _posts.Add(posts);

    public void Dropped() => _dropped.Add(1);

    public void Reached(TimeSpan timeToSearchable) => _timeToSearchable.Record(timeToSearchable.TotalSeconds);

    /// <summary>Shows how far behind the feed it is.</summary>
    public void WatchLag(Func<long> lag) => _meter.CreateObservableGauge(
        "roost.search.lag", lag, "{post}", "Records of the post feed not taken in yet.");

    /// <summary>Shows what the index is made of, and what it takes.</summary>
    internal void Watch(Shard shard, IndexSaver saver)
    {
        _meter.CreateObservableGauge(
            "roost.search.memory", () => shard.Bytes, "By", "Memory that the index holds for itself.");
        _meter.CreateObservableGauge(
            "roost.search.mapped", () => shard.Segments.Sum(segment => segment.MappedBytes), "By",
            "Files of the index that are read where they are mapped; the system keeps of them what it has room for.");
        _meter.CreateObservableGauge("roost.search.disk", () => saver.DiskBytes, "By", "Files of the index.");
        _meter.CreateObservableGauge(
            "roost.search.segments", () => shard.Segments.Count, "{segment}", "Segments of the index.");
    }

    public void Dispose() => _meter.Dispose();
}
