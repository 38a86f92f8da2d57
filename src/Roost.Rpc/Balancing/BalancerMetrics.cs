using System.Diagnostics.Metrics;

namespace Roost.Rpc.Balancing;

/// <summary>What balancers do to instances.</summary>
public sealed class BalancerMetrics
{
    public const string MeterName = "Roost.Rpc.Balancing";

    private readonly Counter<long> _ejections;
    private readonly Counter<long> _takenBack;

    public BalancerMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(new MeterOptions(MeterName));
        _ejections = meter.CreateCounter<long>(
            "roost.balancer.ejections", "{ejection}", "Instances that were ejected, by reason.");
        _takenBack = meter.CreateCounter<long>(
            "roost.balancer.recoveries", "{instance}", "Ejected instances that take their share again.");
    }

    internal void Ejected(string service, string why) => _ejections.Add(
        1, new KeyValuePair<string, object?>("rpc.service", service),
        new KeyValuePair<string, object?>("roost.balancer.reason", why));

    internal void TakenBack(string service) =>
        _takenBack.Add(1, new KeyValuePair<string, object?>("rpc.service", service));
}
