using System.Diagnostics.Metrics;

namespace Roost.Bench.Frame;

/// <summary>Meters that nobody reads: what is measured pays for its metrics as it would while no exporter
/// listens.</summary>
internal sealed class BenchMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        foreach (var meter in _meters) meter.Dispose();
    }
}
