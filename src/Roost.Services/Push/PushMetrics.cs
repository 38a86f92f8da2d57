using System.Diagnostics.Metrics;
using Roost.Rpc.Admin;

namespace Roost.Services.Push;

/// <summary>What operators see of streams.</summary>
public sealed class PushMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _messages;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _replays;
    private readonly Histogram<double> _timeToSocket;
    private readonly Histogram<double> _deliveryTime;

    public PushMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("Roost.Push");
        _messages = _meter.CreateCounter<long>(
            "roost.push.messages", "{message}", "Events handed to streams: one for each event and stream.");
        _bytes = _meter.CreateCounter<long>("roost.push.bytes", "By", "What these messages had.");
        _dropped = _meter.CreateCounter<long>(
            "roost.push.dropped", "{reader}", "Readers that were too slow and have been dropped.");
        _replays = _meter.CreateCounter<long>(
            "roost.push.replays", "{replay}", "Streams that went on where they had broken off, by what came of it.");
        _timeToSocket = _meter.CreateHistogram<double>(
            "roost.push.time_to_socket", "s", "From a post's commit until the last of its streams had it to send.",
            advice: DurationBuckets.Advice);
        _deliveryTime = _meter.CreateHistogram<double>(
            "roost.push.delivery_time", "s", "What it takes to write some events to all of their streams.",
            advice: DurationBuckets.Advice);
    }

    /// <param name="took">From the first of its streams to the last.</param>
    public void Delivered(in PushDelivered delivered, TimeSpan took)
    {
        _deliveryTime.Record(took.TotalSeconds);
        _messages.Add(delivered.Messages);
        _bytes.Add(delivered.Bytes);
        if (delivered.Dropped > 0)
            _dropped.Add(delivered.Dropped);
    }

    public void Reached(TimeSpan timeToSocket) => _timeToSocket.Record(timeToSocket.TotalSeconds);

    public void Replayed(bool isWhole) => _replays.Add(
        1, new KeyValuePair<string, object?>("roost.outcome", isWhole ? "replayed" : "too_long_ago"));

    /// <summary>Shows what is open, and how far behind the feed it is.</summary>
    public void Watch(Func<int> streams, Func<long> lag)
    {
        _meter.CreateObservableGauge("roost.push.streams", streams, "{stream}", "Streams that are open.");
        _meter.CreateObservableGauge("roost.push.lag", lag, "{post}", "Records of the post feed not handed over yet.");
    }

    public void Dispose() => _meter.Dispose();
}
