using System.Diagnostics.Metrics;

namespace Roost.Operations.Gateway;

/// <summary>What a gateway reports, by application and by what came of the request. What instances and gates do is told
/// by their own meters.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "Roost.Operations.Gateway";

    private readonly Histogram<double> _requests;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _logLinesLost;

    public GatewayMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(new MeterOptions(MeterName));
        _requests = meter.CreateHistogram(
            "roost.gateway.request.duration", "s",
            "From a request's head to its answer's head, waiting for a place and all tries included.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries =
                [
                    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
                ],
            });
        _retries = meter.CreateCounter<long>(
            "roost.gateway.retries", "{request}", "Requests that were sent to another instance after one failed.");
        _logLinesLost = meter.CreateCounter<long>(
            "roost.gateway.log_lines_lost", "{line}", "Lines that the access log had no room for.");
    }

    public void Answered(Application application, GatewayOutcome outcome, TimeSpan duration) => _requests.Record(
        duration.TotalSeconds, new KeyValuePair<string, object?>("roost.gateway.application", application.Name),
        new KeyValuePair<string, object?>("roost.gateway.outcome", outcome.Name()));

    public void Retried(Application application) =>
        _retries.Add(1, new KeyValuePair<string, object?>("roost.gateway.application", application.Name));

    public void LogLineLost() => _logLinesLost.Add(1);
}

/// <summary>What came of a request.</summary>
internal enum GatewayOutcome
{
    /// <summary>An instance answered, whatever it said.</summary>
    Answered,
    /// <summary>The request itself was not taken: too large, not readable.</summary>
    Refused,
    /// <summary>There was no place for it, or none in time.</summary>
    Overloaded,
    /// <summary>No instance could be reached.</summary>
    Unreachable,
    /// <summary>An instance failed before it had answered.</summary>
    Failed,
    /// <summary>An instance did not answer in time.</summary>
    TimedOut,
    /// <summary>Who asked did not wait for the answer.</summary>
    Gone,
}

internal static class GatewayOutcomes
{
    /// <summary>Whether a request that deserved an answer has none.</summary>
    public static bool IsFailure(this GatewayOutcome outcome) => outcome
        is GatewayOutcome.Overloaded or GatewayOutcome.Unreachable or GatewayOutcome.Failed or GatewayOutcome.TimedOut;

    public static string Name(this GatewayOutcome outcome) => outcome switch
    {
        GatewayOutcome.Answered => "answered",
        GatewayOutcome.Refused => "refused",
        GatewayOutcome.Overloaded => "overloaded",
        GatewayOutcome.Unreachable => "unreachable",
        GatewayOutcome.Failed => "failed",
        GatewayOutcome.TimedOut => "timed_out",
        _ => "gone",
    };
}
