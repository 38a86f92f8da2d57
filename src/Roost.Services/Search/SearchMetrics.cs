using System.Diagnostics.Metrics;

namespace Roost.Services.Search;

/// <summary>What operators see of the Search service beside its calls' own metrics.</summary>
public sealed class SearchMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _posts;
    private readonly Histogram<double> _timeToSearchable;

    public SearchMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("Roost.Search");
        _posts = _meter.CreateCounter<long>("roost.search.posts", "{post}", "Posts and edits taken in.");
        _timeToSearchable = _meter.CreateHistogram<double>(
            "roost.search.time_to_searchable", "s", "From a post's commit until it was taken in.");
    }

    public void TookIn(int posts) => _posts.Add(posts);

    public void Reached(TimeSpan timeToSearchable) => _timeToSearchable.Record(timeToSearchable.TotalSeconds);

    /// <summary>Shows how far behind the feed it is.</summary>
    public void Watch(Func<long> lag) => _meter.CreateObservableGauge(
        "roost.search.lag", lag, "{post}", "Records of the post feed not taken in yet.");

    public void Dispose() => _meter.Dispose();
}
