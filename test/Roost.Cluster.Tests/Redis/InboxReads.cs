using System.Diagnostics.Metrics;

namespace Roost.Cluster.Tests.Redis;

/// <summary>Counts from where home timelines were read, and what was lost.</summary>
internal sealed class InboxReads : IDisposable
{
    private readonly MeterListener _listener = new();
    private int _fromInboxes;
    private int _fromFallback;
    private int _rebuilds;
    private int _groupsLost;

    public InboxReads(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == meters
                && instrument.Name is "roost.timelines.inbox_reads" or "roost.timelines.rebuild_duration"
                    or "roost.timelines.groups_lost")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
        {
            if (instrument.Name == "roost.timelines.groups_lost") Interlocked.Add(ref _groupsLost, (int)count);
            foreach (var tag in tags)
            {
                if (tag.Value is "inbox") Interlocked.Add(ref _fromInboxes, (int)count);
                if (tag.Value is "fallback") Interlocked.Add(ref _fromFallback, (int)count);
            }
        });
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _rebuilds));
        _listener.Start();
    }

    public int FromInboxes => Volatile.Read(ref _fromInboxes);

    public int FromFallback => Volatile.Read(ref _fromFallback);

    public int Rebuilds => Volatile.Read(ref _rebuilds);

    public int GroupsLost => Volatile.Read(ref _groupsLost);

    public void Dispose() => _listener.Dispose();
}
