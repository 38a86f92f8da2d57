using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Notifications;

namespace Roost.Services.WebPush;

/// <summary>
/// The consumer of notifications: makes of each the messages that its account's subscriptions want, durably, and hands
/// them to the sender. A batch that nobody wants, as nearly all are, costs a look into memory; how far was read is then
/// noted once a second.
/// </summary>
internal sealed class AlertFeed(
    SubscriptionStore store, Subscriptions subscriptions, AlertSender sender, WebPushPeers peers,
    WebPushOptions options, TimeProvider time)
{
    private static readonly TimeSpan _noteEvery = TimeSpan.FromSeconds(1);

    private long _notedAt;
    private long _noted;

    /// <summary>Up to which notification all is handed to the sender, or came to nothing.</summary>
    public FeedPlace Place { get; } = new();

    /// <summary>Before the first run.</summary>
    public void StartAfter(long notice)
    {
        _noted = notice;
        Place.Reached(notice);
    }

    public async Task RunAsync(CancellationToken ct)
    {
        await foreach (var batch in peers.Notifications.Feed(Place.Done, ct).WithCancellation(ct))
        {
            var drafts = new List<Delivery>();
            foreach (var notice in batch)
                await AddAsync(notice, drafts, ct);
            var last = batch[^1].Id;
            if (drafts.Count > 0)
                sender.Add(await NoteAsync(drafts, last, ct));
            else if (time.GetElapsedTime(_notedAt) >= _noteEvery)
                await NoteAsync([], last, ct);
            Place.Reached(last);
        }
    }

    /// <summary>Notes how far was read.</summary>
    public async ValueTask FlushAsync()
    {
        if (Place.Done > _noted)
            await NoteAsync([], Place.Done, default);
    }

    private async ValueTask<List<Delivery>> NoteAsync(List<Delivery> drafts, long last, CancellationToken ct)
    {
        var added = await store.AddAsync(drafts, last, ct);
        (_noted, _notedAt) = (last, time.GetTimestamp());
        return added;
    }

    private async ValueTask AddAsync(Notice notice, List<Delivery> drafts, CancellationToken ct)
    {
        if (notice.IsFiltered)
            return;
        var expires = notice.At + options.Lifetime;
        var now = time.GetUtcNow();
        if (expires <= now)
            return;
        foreach (var one in subscriptions.Of(notice.Account))
        {
            if (notice.Id > one.ToldAfter && one.Public.Alerts.Has(notice.Kind)
                && await IsWantedAsync(one.Public, notice, ct))
            {
                drafts.Add(new Delivery(0, one.Public.Id, notice.Account, notice.Id, 0, now, expires));
            }
        }
    }

    private async ValueTask<bool> IsWantedAsync(PushSubscription subscription, Notice notice, CancellationToken ct)
    {
        if (subscription.Policy is PushPolicy.All or PushPolicy.None)
            return subscription.Policy == PushPolicy.All;
        var ties = await peers.Graph.Relationships(
            new GetRelationships(notice.Account, [notice.Sender]), Call.Until(ct));
        return subscription.Policy == PushPolicy.Followed ? ties[0].Following : ties[0].FollowedBy;
    }
}
