using System.Diagnostics.Metrics;

namespace Roost.Services.Graph.Replicas;

/// <summary>What operators see of a replica.</summary>
internal sealed class ReplicaMetrics : IDisposable
{
    private readonly Meter _meter;

    public ReplicaMetrics(IMeterFactory meters, ReplicaFeed feed)
    {
        _meter = meters.Create("Roost.Services.Graph.Replicas");
        _meter.CreateObservableGauge(
            "roost.graph.replica_lag", () => feed.Lag, "{event}",
            "Changes that the Graph service has told of and that are not in this process yet.");
        _meter.CreateObservableGauge(
            "roost.graph.replica_silence", () => feed.Silence.TotalSeconds, "s",
            "Since the Graph service last told how far it is; more than some seconds: it is away.");
    }

    public void Dispose() => _meter.Dispose();
}
