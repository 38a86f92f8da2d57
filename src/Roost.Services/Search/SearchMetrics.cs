using System.Diagnostics.Metrics;

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
            "roost.search.time_to_searchable", "s", "From a post's commit until it was taken in.");
    }

    public void TookIn(int posts) => _posts.Add(posts);

    public void Dropped() => _dropped.Add(1);

    public void Reached(TimeSpan timeToSearchable) => _timeToSearchable.Record(timeToSearchable.TotalSeconds);

    /// <summary>Shows how far behind the feed it is, and what it takes.</summary>
    public void Watch(Func<long> lag, Func<long> bytes)
    {
        _meter.CreateObservableGauge("roost.search.lag", lag, "{post}", "Records of the post feed not taken in yet.");
        _meter.CreateObservableGauge("roost.search.memory", bytes, "By", "Memory that the index takes.");
    }

    public void Dispose() => _meter.Dispose();
}
