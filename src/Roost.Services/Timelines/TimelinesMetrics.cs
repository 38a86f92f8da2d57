using System.Diagnostics.Metrics;
using Roost.Rpc.Admin;

namespace Roost.Services.Timelines;

/// <summary>What operators see of inboxes and fan-out.</summary>
public sealed class TimelinesMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _deliveries;
    private readonly Histogram<double> _timeToInbox;
    private readonly Counter<long> _reads;
    private readonly Histogram<double> _rebuilds;
    private readonly Counter<long> _rebuildsJoined;
    private readonly Counter<long> _rebuildsRefused;
    private readonly Counter<long> _evictions;
    private readonly Counter<long> _groupsLost;
    private readonly Counter<long> _groupsRenewed;

    public TimelinesMetrics(IMeterFactory meters)
    {
        _meter = meters.Create("Roost.Timelines");
        _deliveries = _meter.CreateCounter<long>(
            "roost.timelines.deliveries", "{delivery}", "Post ids written into inboxes.");
        _timeToInbox = _meter.CreateHistogram<double>(
            "roost.timelines.time_to_inbox", "s",
            "From commit to the last inbox, by the author's followers: once for all posts of a commit group.",
            advice: DurationBuckets.Advice);
        _reads = _meter.CreateCounter<long>(
            "roost.timelines.inbox_reads", "{read}", "Home timeline reads, by where they were answered from.");
        _rebuilds = _meter.CreateHistogram<double>(
            "roost.timelines.rebuild_duration", "s", "Rebuilding an inbox from the fallback, once it has begun.");
        _rebuildsJoined = _meter.CreateCounter<long>(
            "roost.timelines.rebuilds_joined", "{request}", "Requests that found their inbox being rebuilt already.");
        _rebuildsRefused = _meter.CreateCounter<long>(
            "roost.timelines.rebuilds_refused", "{inbox}", "Rebuilds put off, since they had had their share.");
        _evictions = _meter.CreateCounter<long>(
            "roost.timelines.evictions", "{inbox}", "Inboxes taken from the absent.");
        _groupsLost = _meter.CreateCounter<long>(
            "roost.timelines.groups_lost", "{group}",
            "Groups of inboxes in Redis of which something was lost, or whose server stayed away.");
        _groupsRenewed = _meter.CreateCounter<long>(
            "roost.timelines.groups_renewed", "{group}", "Groups of inboxes in Redis that were begun anew.");
    }

    public void Delivered(long deliveries) => _deliveries.Add(deliveries);

    /// <param name="followers">How many the posts' authors have, as <see cref="TimeToInbox.Followers"/>.</param>
    public void Reached(TimeSpan timeToInbox, string followers) => _timeToInbox.Record(
        timeToInbox.TotalSeconds, new KeyValuePair<string, object?>("roost.followers", followers));

    public void ReadInbox() => _reads.Add(1, new KeyValuePair<string, object?>("roost.source", "inbox"));

    public void ReadFallback() => _reads.Add(1, new KeyValuePair<string, object?>("roost.source", "fallback"));

    public void Rebuilt(TimeSpan took) => _rebuilds.Record(took.TotalSeconds);

    public void RebuildJoined() => _rebuildsJoined.Add(1);

    public void RebuildRefused() => _rebuildsRefused.Add(1);

    public void Evicted(int inboxes) => _evictions.Add(inboxes);

    public void GroupLost() => _groupsLost.Add(1);

    public void GroupRenewed() => _groupsRenewed.Add(1);

    /// <summary>Shows how many groups of inboxes cannot be had.</summary>
    public void WatchGroups(Func<long> lost) => _meter.CreateObservableGauge(
        "roost.timelines.groups_away", lost, "{group}", "Groups of inboxes in Redis that cannot be had.");

    /// <summary>Shows how often a page was made of what was last heard.</summary>
    public void WatchStale(Func<long> reads) => _meter.CreateObservableCounter(
        "roost.timelines.stale_reads", reads, "{read}",
        "Reads that did not wait for what is new, since Posts did not say how far it is.");

    /// <summary>Shows how far fan-out is behind the feed.</summary>
    public void Watch(Func<long> lag, Func<long> giants, Func<long> inboxes, Func<long> bytes)
    {
        _meter.CreateObservableGauge(
            "roost.timelines.lag", lag, "{post}", "Records of the post feed not fanned out yet.");
        _meter.CreateObservableGauge(
            "roost.timelines.giants", giants, "{post}", "Posts for very many, of which a part is delivered yet.");
        _meter.CreateObservableGauge("roost.timelines.inboxes", inboxes, "{inbox}", "Accounts that have an inbox.");
        _meter.CreateObservableGauge("roost.timelines.inbox_memory", bytes, "By", "Memory that inboxes take.");
    }

    public void Dispose() => _meter.Dispose();
}
