using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Xunit;

namespace Roost.Tests.Services.WebPush;

/// <summary>Hears of each message that was sent and whose answer was taken: then no time limit is on it any more.
/// </summary>
internal sealed class SentPushes : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Channel<long> _sent = Channel.CreateUnbounded<long>();

    /// <param name="meters">Of the network that sends.</param>
    public SentPushes(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters) && instrument.Name == "roost.webpush.attempts")
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (var (key, tag) in tags)
            {
                if (key == "roost.outcome" && tag is "sent")
                    _sent.Writer.TryWrite(value);
            }
        });
        _listener.Start();
    }

    /// <summary>The next one, which must come.</summary>
    public Task NextAsync() => _sent.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask()
        .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    public void Dispose() => _listener.Dispose();
}
