using System.Diagnostics.Metrics;

namespace Roost.Services.WebPush;

/// <summary>What operators see of push messages.</summary>
public sealed class WebPushMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _ended;

    public WebPushMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _meter = meters.Create("Roost.Services.WebPush");
        _attempts = _meter.CreateCounter<long>(
            "roost.webpush.attempts", "{attempt}", "Attempts to send a push message, by how they ended.");
        _ended = _meter.CreateCounter<long>(
            "roost.webpush.ended", "{subscription}", "Subscriptions that ended because nothing reaches them.");
    }

    public void Dispose() => _meter.Dispose();

    internal void Attempted(AttemptOutcome outcome) => _attempts.Add(
        1, new KeyValuePair<string, object?>("roost.outcome", outcome switch
        {
            AttemptOutcome.Sent => "sent",
            AttemptOutcome.Unneeded => "unneeded",
            AttemptOutcome.Refused => "refused",
            AttemptOutcome.Failed => "failed",
            _ => "over",
        }));

    internal void Ended() => _ended.Add(1);

    /// <summary>Shows how many subscriptions there are, and how many messages wait.</summary>
    internal void Watch(Func<int> subscriptions, Func<int> waiting)
    {
        _meter.CreateObservableGauge(
            "roost.webpush.subscriptions", subscriptions, "{subscription}", "Subscriptions to push messages.");
        _meter.CreateObservableGauge(
            "roost.webpush.waiting", waiting, "{message}", "Push messages that wait or are on their way.");
    }
}
