using System.Diagnostics.Metrics;

namespace Roost.Services.Cards;

/// <summary>What operators see of pages being fetched.</summary>
internal sealed class CardsMetrics
{
    private readonly Histogram<double> _fetches;
    private readonly Counter<long> _dropped;

    public CardsMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Roost.Services.Cards");
        _fetches = meter.CreateHistogram<double>(
            "roost.cards.fetch.duration", "s", "Finding out what a page says of itself, by outcome.");
        _dropped = meter.CreateCounter<long>(
            "roost.cards.dropped", "{link}", "Links that were not asked about, since too many waited.");
    }

    public void Fetched(bool isCard, TimeSpan took) => _fetches.Record(
        took.TotalSeconds, new KeyValuePair<string, object?>("outcome", isCard ? "card" : "nothing"));

    public void Dropped() => _dropped.Add(1);
}
