using System.Diagnostics.Metrics;

namespace Roost.Rpc.Admin;

/// <summary>
/// What durations are counted by, in seconds. Calls within the process take microseconds, so the buckets begin there;
/// the upper half is OpenTelemetry's own.
/// </summary>
public static class DurationBuckets
{
    public static InstrumentAdvice<double> Advice { get; } = new()
    {
        HistogramBucketBoundaries =
        [
            0.000_001, 0.000_005, 0.000_025, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5,
            0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
        ],
    };
}
