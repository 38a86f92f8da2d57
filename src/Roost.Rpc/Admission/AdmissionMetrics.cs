using System.Diagnostics.Metrics;

namespace Roost.Rpc.Admission;

/// <summary>What gates report. Thread-safe.</summary>
public sealed class AdmissionMetrics
{
    public const string MeterName = "Roost.Rpc.Admission";

    private readonly Counter<long> _refused;
    private readonly Histogram<double> _waits;

    // Replaced whole, under the lock.
    private readonly Lock _lock = new();
    private (string Name, Func<AdmissionReport> Report)[] _gates = [];

    public AdmissionMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        var meter = meters.Create(new MeterOptions(MeterName));
        _refused = meter.CreateCounter<long>(
            "roost.admission.refused", "{call}", "Calls that were not let in, by gate, share and reason.");
        _waits = meter.CreateHistogram(
            "roost.admission.wait", "s", "How long calls that were let in had waited; those that did not are left out.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
            });
        meter.CreateObservableGauge(
            "roost.admission.limit", () => Measure(report => report.Limit), "{call}", "Calls that may be at work.");
        meter.CreateObservableGauge(
            "roost.admission.at_work", () => Measure(report => report.AtWork), "{call}", "Calls at work.");
        meter.CreateObservableGauge(
            "roost.admission.waiting", () => Measure(report => report.Waiting), "{call}",
            "Calls that wait for a place.");
    }

    internal void Watch(string gate, Func<AdmissionReport> report)
    {
        lock (_lock) _gates = [.. _gates, (gate, report)];
    }

    internal void Forget(Func<AdmissionReport> report)
    {
        lock (_lock) _gates = [.. _gates.Where(gate => gate.Report != report)];
    }

    internal void Refused(string gate, string share, AdmissionOutcome why) => _refused.Add(
        1, new KeyValuePair<string, object?>("roost.admission.gate", gate),
        new KeyValuePair<string, object?>("roost.admission.share", share),
        new KeyValuePair<string, object?>("roost.admission.reason", why switch
        {
            AdmissionOutcome.Full => "full",
            AdmissionOutcome.Late => "late",
            _ => "gone",
        }));

    internal void Waited(string gate, TimeSpan time) =>
        _waits.Record(time.TotalSeconds, new KeyValuePair<string, object?>("roost.admission.gate", gate));

    private IEnumerable<Measurement<int>> Measure(Func<AdmissionReport, int> part) => Volatile.Read(ref _gates).Select(
        gate => new Measurement<int>(
            part(gate.Report()), new KeyValuePair<string, object?>("roost.admission.gate", gate.Name)));
}

/// <summary>How a gate stands.</summary>
/// <param name="Limit">How many may be at work.</param>
public readonly record struct AdmissionReport(int Limit, int AtWork, int Waiting);
