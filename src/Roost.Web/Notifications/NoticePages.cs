using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Timelines;

namespace Roost.Web.Notifications;

/// <summary>A notification with all that is needed to show it.</summary>
/// <param name="Entry">The post that it is about, or null for none.</param>
public sealed record NoticeView(Notice Notice, AccountView Sender, TimelineEntry? Entry);

/// <summary>
/// Makes pages of notifications: what is about a post that the viewer may not see any more, or by an account that is
/// gone, is left out, and the page filled up.
/// </summary>
internal static class NoticePages
{
    private const int RoundsMax = 8;

    public static async Task<(IReadOnlyList<NoticeView> Items, bool HasOlder)> ReadAsync(
        WebServices services, ListNotices request, Call call)
    {
        var items = new List<NoticeView>(request.Range.Limit);
        var range = request.Range;
        for (var round = 0; ; round++)
        {
            range = range with { Limit = request.Range.Limit - items.Count };
            var page = await services.Notifications.List(request with { Range = range }, call);
            items.InsertRange(
                range.Ascending ? 0 : items.Count, await HydrateAsync(services, request.Account, page.Items, call));
            var isEnd = page.Items.Count < range.Limit;
            if (isEnd || items.Count == request.Range.Limit || round == RoundsMax)
                return (items, range.Ascending ? items.Count > 0 : page.HasOlder);
            range = range.Ascending
                ? range with { After = page.Items[0].Id }
                : range with { Before = page.Items[^1].Id };
        }
    }

    public static async Task<List<NoticeView>> HydrateAsync(
        WebServices services, AccountId viewer, IReadOnlyList<Notice> notices, Call call)
    {
        var senders = await services.Timelines.Accounts(
            new HydrateAccounts([.. notices.Select(notice => notice.Sender)]), call);
        PostRef[] refs = [.. notices.Where(notice => notice.PostSeq != 0).Select(notice => RefOf(notice.PostSeq))];
        var entries = await PostsAsync(services, viewer, refs, call);
        var views = new List<NoticeView>(notices.Count);
        var next = 0;
        for (var i = 0; i < notices.Count; i++)
        {
            var entry = notices[i].PostSeq == 0 ? null : entries[next++];
            if (senders[i] is { } sender && (entry is not null || notices[i].PostSeq == 0))
                views.Add(new NoticeView(notices[i], sender, entry));
        }
        return views;
    }

    /// <summary>Posts that notifications are about: null where the viewer may not see one, or filters hide
    /// it.</summary>
    public static async ValueTask<TimelineEntry?[]> PostsAsync(
        WebServices services, AccountId viewer, IReadOnlyList<PostRef> refs, Call call)
    {
        var entries = await services.Timelines.Hydrate(
            new HydratePosts(viewer, refs, ByName: true) { Context = FilterContexts.Notifications }, call);
        return Array.ConvertAll(entries, entry => entry is null || IsHidden(entry) ? null : entry);
    }

    private static bool IsHidden(TimelineEntry entry) =>
        entry.Filtered?.Any(match => match.Filter.Action == FilterAction.Hide) is true;

    public static PostRef RefOf(uint seq) => new(default, seq, default, default, default);
}
