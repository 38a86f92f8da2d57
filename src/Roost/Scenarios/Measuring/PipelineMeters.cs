using System.Diagnostics.Metrics;

namespace Roost.Scenarios.Measuring;

/// <summary>
/// Listens to what one node's timelines tell operators: deliveries, where reads were answered from, and how far
/// behind fan-out is. What is measured pays for its metrics as it does with an exporter. Thread-safe.
/// </summary>
internal sealed class PipelineMeters : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _observing = new();
    private long _deliveries;
    private long _fromInbox;
    private long _fromFallback;
    private long _lag;

    /// <param name="meters">The node's own: those of other nodes in this process are not listened to.</param>
    public PipelineMeters(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Roost.Timelines" && ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(Counted);
        _listener.Start();
    }

    /// <summary>Ids written into inboxes.</summary>
    public long Deliveries => Interlocked.Read(ref _deliveries);

    /// <summary>Reads that found their inbox.</summary>
    public long ReadsFromInbox => Interlocked.Read(ref _fromInbox);

    /// <summary>Reads that the fallback had to answer.</summary>
    public long ReadsFromFallback => Interlocked.Read(ref _fromFallback);

    /// <summary>How many records of the log fan-out is behind, now.</summary>
    public long Lag()
    {
        lock (_observing)
        {
            _listener.RecordObservableInstruments();
            return _lag;
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Counted(
        Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        switch (instrument.Name)
        {
            case "roost.timelines.deliveries": Interlocked.Add(ref _deliveries, value); break;
            case "roost.timelines.lag": _lag = value; break;
            case "roost.timelines.inbox_reads" when tags is [{ Value: "inbox" }, ..]:
                Interlocked.Add(ref _fromInbox, value);
                break;
            case "roost.timelines.inbox_reads": Interlocked.Add(ref _fromFallback, value); break;
            default: break;
        }
    }
}
