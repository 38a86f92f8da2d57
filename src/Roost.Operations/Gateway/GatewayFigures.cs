using Roost.Rpc.Admin;

namespace Roost.Operations.Gateway;

/// <summary>What a gateway's history has.</summary>
public static class GatewayFigures
{
    private const string Instrument = "roost.gateway.request.duration";
    private const string Outcome = "roost.gateway.outcome";

    /// <summary>All requests, whatever came of them.</summary>
    public static Figure Requests { get; } = new("gateway.requests", Instrument, Measure.PerSecond);

    /// <summary>What a gateway does.</summary>
    public static WorkFigures Work { get; } = new(
        Requests, new("gateway.p50", Instrument, Measure.Median), new("gateway.p99", Instrument, Measure.P99));

    public static IReadOnlyList<Figure> All { get; } =
    [
        Requests,
        new("gateway.overloaded", Instrument, Measure.PerSecond, Outcome, GatewayOutcome.Overloaded.Name()),
        new("gateway.failed", Instrument, Measure.PerSecond, Outcome, GatewayOutcome.Failed.Name()),
        Work.P50,
        Work.P99,
    ];
}
