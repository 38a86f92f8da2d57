using System.Diagnostics.Metrics;

namespace Roost.Tests.Rpc;

/// <summary>A meter factory that also listens: what was recorded can be read back.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly List<Meter> _meters = [];
    private readonly List<Recorded> _recorded = [];
    private readonly MeterListener _listener = new();

    public TestMeters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, this)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            var text = new Dictionary<string, string?>();
            foreach (var (key, tag) in tags) text.Add(key, tag?.ToString());
            lock (_recorded) _recorded.Add(new Recorded(instrument.Name, value, text));
        });
        _listener.Start();
    }

    public IReadOnlyList<Recorded> Recorded
    {
        get
        {
            lock (_recorded) return [.. _recorded];
        }
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        _listener.Dispose();
        foreach (var meter in _meters) meter.Dispose();
    }
}

internal sealed record Recorded(string Instrument, double Value, IReadOnlyDictionary<string, string?> Tags);
