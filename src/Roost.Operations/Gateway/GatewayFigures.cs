using Roost.Rpc.Admin;

namespace Roost.Operations.Gateway;

/// <summary>What a gateway's history has.</summary>
public static class GatewayFigures
{
    private const string Requests = "roost.gateway.request.duration";
    private const string Outcome = "roost.gateway.outcome";

    public static IReadOnlyList<Figure> All { get; } =
    [
        new("gateway.requests", Requests, Measure.PerSecond),
        new("gateway.overloaded", Requests, Measure.PerSecond, Outcome, GatewayOutcome.Overloaded.Name()),
        new("gateway.failed", Requests, Measure.PerSecond, Outcome, GatewayOutcome.Failed.Name()),
        new("gateway.p50", Requests, Measure.Median),
        new("gateway.p99", Requests, Measure.P99),
    ];
}
