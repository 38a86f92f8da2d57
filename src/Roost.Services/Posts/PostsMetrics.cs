using System.Diagnostics.Metrics;

namespace Roost.Services.Posts;

/// <summary>What operators see of the Posts service beside its log's and its calls' own metrics.</summary>
public sealed class PostsMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _cacheHits;
    private readonly Counter<long> _cacheMisses;
    private readonly Counter<long> _repeats;
    private readonly Counter<long> _damaged;

    public PostsMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("Roost.Posts");
        _cacheHits = _meter.CreateCounter<long>("roost.posts.cache_hits", "{post}", "Posts answered from memory.");
        _cacheMisses = _meter.CreateCounter<long>("roost.posts.cache_misses", "{post}", "Posts read from the log.");
        _repeats = _meter.CreateCounter<long>(
            "roost.posts.repeats", "{post}", "Posts answered again by their idempotency key.");
        _damaged = _meter.CreateCounter<long>(
            "roost.posts.damaged", "{post}", "Reads of posts whose stored bytes are damaged.");
    }

    public void Read(int hits, int misses)
    {
        if (hits > 0) _cacheHits.Add(hits);
        if (misses > 0) _cacheMisses.Add(misses);
    }

    public void Repeated() => _repeats.Add(1);

    public void Damaged() => _damaged.Add(1);

    /// <summary>Shows how far Media is behind with what is told of pictures.</summary>
    public void Watch(Func<long> mediaLag) => _meter.CreateObservableGauge(
        "roost.posts.media_lag", mediaLag, "{post}", "Records of the log that Media has not been told of yet.");

    public void Dispose() => _meter.Dispose();
}
