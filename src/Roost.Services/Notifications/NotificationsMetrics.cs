using System.Diagnostics.Metrics;

namespace Roost.Services.Notifications;

/// <summary>What operators see of notifications.</summary>
public sealed class NotificationsMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _told;

    public NotificationsMetrics(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        _meter = meters.Create("Roost.Services.Notifications");
        _told = _meter.CreateCounter<long>(
            "roost.notifications.told", "{notification}", "Notifications written, kept-back ones included.");
    }

    public void Dispose() => _meter.Dispose();

    internal void Told(int notifications) => _told.Add(notifications);

    /// <summary>Shows how far the consumer is behind the post feed.</summary>
    internal void Watch(Func<long> lag) => _meter.CreateObservableGauge(
        "roost.notifications.lag", lag, "{post}", "Records of the post feed not looked at for notifications yet.");
}
