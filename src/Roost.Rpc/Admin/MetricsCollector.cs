using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Roost.Rpc.Admin;

/// <summary>
/// Adds up what the meters of this process report, so that it can be read at any time. Instruments cost more while
/// somebody listens, see <c>roost-bench filters</c>; that is why a process without an admin port has a collector of
/// those few only that its own figures need.
/// </summary>
/// <remarks>Thread-safe. At most <see cref="SeriesMax"/> series an instrument; further ones are counted together,
/// under the tag <c>overflow</c>.</remarks>
public sealed class MetricsCollector : IDisposable
{
    public const int SeriesMax = 1000;

    private static readonly string[] _meters = ["Roost.", "Microsoft.AspNetCore.", "System.Runtime", "System.Net.Http"];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();

    /// <param name="only">Names of the instruments to listen to; null for all of Roost's and of the runtime's.</param>
    public MetricsCollector(IReadOnlySet<string>? only = null)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (only?.Contains(instrument.Name) == false || !Array.Exists(
                _meters, name => instrument.Meter.Name.StartsWith(name, StringComparison.Ordinal)))
            {
                return;
            }
            var family = _families.GetOrAdd(instrument, one => new MetricFamily(one));
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.MeasurementsCompleted = (instrument, _) => _families.TryRemove(instrument, out MetricFamily? _);
        Listen<double>(value => value);
        Listen<float>(value => value);
        Listen<long>(value => value);
        Listen<int>(value => value);
        Listen<short>(value => value);
        Listen<byte>(value => value);
        Listen<decimal>(value => (double)value);
        _listener.Start();
    }

    /// <summary>All families by name; what is observed is observed now.</summary>
    public IReadOnlyList<MetricFamily> Read()
    {
        _listener.RecordObservableInstruments();
        return [.. _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal)];
    }

    public void Dispose() => _listener.Dispose();

    private void Listen<T>(Func<T, double> toDouble)
        where T : struct => _listener.SetMeasurementEventCallback<T>((_, value, tags, family) =>
    {
        // None for an instrument that ended while it was being observed.
        if (family is MetricFamily known) known.Record(toDouble(value), tags);
    });
}
