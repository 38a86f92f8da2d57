using Roost.Engine.Ids;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Notifications;

/// <summary>
/// <c>GET /api/v2/notifications</c>, <c>/notifications/:group_key</c>, <c>…/:group_key/accounts</c>,
/// <c>/notifications/unread_count</c>, and <c>POST …/:group_key/dismiss</c>. Accounts and posts that several groups
/// name are told once.
/// </summary>
internal static class ListNotificationGroups
{
    private const int RoundsMax = 8;

    public static void Map(ApiRoutes routes)
    {
        var (read, write) = (Access.User("read:notifications"), Access.User("write:notifications"));
        routes.Get("/api/v2/notifications", read, ListAsync);
        routes.Get("/api/v2/notifications/unread_count", read, UnreadAsync);
        routes.Get("/api/v2/notifications/{group_key}", read, GetAsync);
        routes.Get("/api/v2/notifications/{group_key}/accounts", read, AccountsAsync);
        routes.Post("/api/v2/notifications/{group_key}/dismiss", write, DismissAsync);
    }

    private static async Task ListAsync(ApiCall call)
    {
        var range = NoticeQuery.RangeOf(call.Query);
        var request = new ListGroups(
            call.Viewer, range, NoticeQuery.ChoiceOf(call.Query), NoticeQuery.GroupedOf(call.Query));
        var shown = new List<(NoticeGroup Group, TimelineEntry? Entry)>();
        var (newest, oldest, hasOlder) = (0L, 0L, false);
        for (var round = 0; round < RoundsMax && shown.Count < range.Limit; round++)
        {
            request = request with { Range = request.Range with { Limit = range.Limit - shown.Count } };
            var page = await call.Services.Notifications.Groups(request, call.Rpc);
            if (page.Groups.Count == 0) break;
            shown.InsertRange(range.Ascending ? 0 : shown.Count, await HydrateAsync(call, page.Groups));
            newest = Math.Max(newest, page.Newest);
            oldest = oldest == 0 ? page.Oldest : Math.Min(oldest, page.Oldest);
            hasOlder = range.Ascending || page.HasOlder;
            if (!page.HasOlder) break;
            request = request with
            {
                Range = range.Ascending
                    ? request.Range with { After = page.Newest }
                    : request.Range with { Before = page.Oldest },
            };
        }
        if (shown.Count > 0) Paging.AddLinks(call, newest, oldest, hasOlder);
        await ReplyAsync(call, [.. shown.DistinctBy(one => one.Group.Key)]);
    }

    private static async Task GetAsync(ApiCall call)
    {
        var group = await call.Services.Notifications.Group(
            new GetGroup(call.Viewer, NoticeQuery.KeyInPath(call)), call.Rpc) ?? throw Faults.NotFound();
        var shown = await HydrateAsync(call, [group]);
        if (shown.Count == 0) throw Faults.NotFound();
        await ReplyAsync(call, shown);
    }

    private static async Task AccountsAsync(ApiCall call)
    {
        var senders = await call.Services.Notifications.GroupSenders(
            new ListGroupSenders(call.Viewer, NoticeQuery.KeyInPath(call)), call.Rpc);
        await AccountPage.ReplyAsync(
            call, await call.Services.Timelines.Accounts(new HydrateAccounts(senders), call.Rpc));
    }

    private static async Task UnreadAsync(ApiCall call)
    {
        var request = new CountUnread(
            call.Viewer, NoticeQuery.ChoiceOf(call.Query), NoticeQuery.UnreadLimitOf(call.Query),
            // Even of kinds that are not put together each counts as a group: the count is the same.
            NoticeQuery.GroupedOf(call.Query));
        await call.ReplyAsync(
            new CountReply(await call.Services.Notifications.Unread(request, call.Rpc)), WebJson.Default.CountReply);
    }

    private static async Task DismissAsync(ApiCall call)
    {
        await call.Services.Notifications.DismissGroup(
            new DismissGroup(call.Viewer, NoticeQuery.KeyInPath(call)), call.Rpc);
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    /// <summary>With their posts; a group about a post that the viewer may not see is left out.</summary>
    private static async Task<List<(NoticeGroup Group, TimelineEntry? Entry)>> HydrateAsync(
        ApiCall call, IReadOnlyList<NoticeGroup> groups)
    {
        PostRef[] refs =
        [
            .. groups.Where(group => group.Newest.PostSeq != 0)
                .Select(group => NoticeViews.RefOf(group.Newest.PostSeq)),
        ];
        var entries = await NoticeViews.PostsAsync(
            call.Services.Timelines, call.Viewer, refs, call.Rpc);
        var shown = new List<(NoticeGroup, TimelineEntry?)>(groups.Count);
        var next = 0;
        foreach (var group in groups)
        {
            var entry = group.Newest.PostSeq == 0 ? null : entries[next++];
            if ((entry is not null || group.Newest.PostSeq == 0) && group.Senders.Count > 0) shown.Add((group, entry));
        }
        return shown;
    }

    private static async Task ReplyAsync(ApiCall call, List<(NoticeGroup Group, TimelineEntry? Entry)> shown)
    {
        AccountId[] senders = [.. shown.SelectMany(one => one.Group.Senders).Distinct()];
        var accounts = await call.Services.Timelines.Accounts(new HydrateAccounts(senders), call.Rpc);
        Notice[] notices = [.. shown.Select(one => one.Group.Newest)];
        var reported = await NoticeViews.ReportedAsync(call.Services.Timelines, notices, call.Rpc);
        using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
        buffer.Write("{\"accounts\":"u8);
        AccountPage.Write(
            call.Site.Accounts, buffer, [.. accounts, .. notices.Select(NoticeViews.NewcomerOf)]);
        // All are told in full: who asks for avatars alone gets them among the rest.
        if (call.Query.Text("expand_accounts") == "partial_avatars") buffer.Write(",\"partial_accounts\":[]"u8);
        buffer.Write(",\"statuses\":"u8);
        var posts = shown.Select(one => one.Entry).OfType<TimelineEntry>().DistinctBy(entry => entry.Post.Id);
        call.Site.Statuses.WritePage(buffer, [.. posts], call.Viewer);
        buffer.Write(",\"notification_groups\":["u8);
        for (var i = 0; i < shown.Count; i++)
        {
            if (i > 0) buffer.Write(","u8);
            var about = notices[i] switch
            {
                { Report: { } report } => reported.GetValueOrDefault(report.Target),
                { Warning: { } warning } => accounts.FirstOrDefault(view => view?.Account.Id == warning.Target),
                _ => null,
            };
            NoticeJson.Write(call.Site, buffer, shown[i].Group, shown[i].Entry, about);
        }
        buffer.Write("]}"u8);
        await call.ReplyAsync(buffer);
    }
}
