using System.Diagnostics.Metrics;

namespace Roost.Services.Conversations;

/// <summary>What operators see of conversations.</summary>
internal sealed class ConversationsMetrics(IMeterFactory meters) : IDisposable
{
    private readonly Meter _meter = meters.Create("Roost.Services.Conversations");

    /// <summary>Shows how far the consumer is behind the post feed.</summary>
    public void Watch(Func<long> lag) => _meter.CreateObservableGauge(
        "roost.conversations.lag", lag, "{post}", "Records of the post feed not looked at for conversations yet.");

    public void Dispose() => _meter.Dispose();
}
