using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Notifications;

namespace Roost.Services.Push;

/// <summary>
/// Tells streams of notifications: to each account those that its page shows, by the very question of the page, so
/// blocks, mutes, policies and filters hold as they do there. Live and missed ones go the same way. One thread.
/// </summary>
internal sealed class NoticeMatcher(PushPeers peers)
{
    /// <summary>Notifications in one round of questions.</summary>
    public const int ChunkMax = 64;

    /// <summary>As many as a page can have.</summary>
    private const int PageMax = 80;

    private readonly List<PushedEvent> _events = [];
    private readonly List<PushStream> _streams = [];

    /// <summary>Adds to the turn what these notifications, at most <see cref="ChunkMax"/>, are to whom.</summary>
    /// <param name="seq">The place in the post feed that has been reached.</param>
    public async ValueTask MatchAsync(
        ArraySegment<Notice> notices, uint seq, StreamIndex index, PushTurn turn, CancellationToken ct)
    {
        _events.Clear();
        var range = new NoticeRange(notices[^1].Id + 1, notices[0].Id - 1, true, PageMax);
        foreach (var account in notices.Select(notice => notice.Account).Distinct())
        {
            if (!index.HearsNoticesOf(account))
                continue;
            var page = await peers.Notifications.List(
                new ListNotices(account, range, NoticeChoice.Usual), Call.Until(ct));
            await MakeAsync(account, page.Items, seq, _events, ct);
        }
        foreach (var pushed in _events.OrderBy(pushed => pushed.Place.Notice))
        {
            _streams.Clear();
            index.GatherNotices(((NoticeNews)pushed.News!).View.Notice.Account, _streams);
            foreach (var stream in _streams)
            {
                if (stream.Notices.Kinds.Has(((NoticeNews)pushed.News).View.Notice.Kind))
                    turn.To(stream);
            }
            turn.Add(pushed);
        }
    }

    /// <summary>What a stream's reader is to be shown later than one id, up to another, oldest first; null when that is
    /// more than <paramref name="max"/>.</summary>
    public async ValueTask<List<Notice>?> MissedAsync(
        PushStream stream, long after, long upTo, int max, CancellationToken ct)
    {
        var missed = new List<Notice>();
        while (after < upTo)
        {
            var page = await peers.Notifications.List(
                new ListNotices(stream.Viewer, new NoticeRange(upTo + 1, after, true, PageMax), stream.Notices),
                Call.Until(ct));
            missed.AddRange(page.Items.Reverse());
            if (missed.Count > max)
                return null;
            if (page.Items.Count < PageMax)
                break;
            after = page.Items[0].Id;
        }
        return missed;
    }

    /// <summary>Makes events of notifications of one account.</summary>
    public async ValueTask MakeAsync(
        AccountId account, IReadOnlyList<Notice> notices, uint seq, List<PushedEvent> events, CancellationToken ct)
    {
        var views = await NoticeViews.HydrateAsync(peers.Timelines, account, notices, Call.Until(ct));
        foreach (var view in views)
        {
            events.Add(new PushedEvent(
                PushedKind.Notification, new PushPlace(seq, view.Notice.Id), default, null, 0)
            {
                News = new NoticeNews(view),
            });
        }
    }
}
