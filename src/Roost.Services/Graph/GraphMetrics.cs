using System.Diagnostics.Metrics;

namespace Roost.Services.Graph;

/// <summary>What the Graph service reports.</summary>
public sealed class GraphMetrics
{
    private readonly Counter<long> _follows;
    private readonly Counter<long> _unfollows;

    public GraphMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create("Roost.Services.Graph");
        _follows = meter.CreateCounter<long>("roost.graph.follows_made", "{follow}", "New follows, imports included.");
        _unfollows = meter.CreateCounter<long>("roost.graph.follows_ended", "{follow}",
            "Follows that were taken back.");
    }

    internal void Followed(long follows) => _follows.Add(follows);

    internal void Unfollowed() => _unfollows.Add(1);
}
