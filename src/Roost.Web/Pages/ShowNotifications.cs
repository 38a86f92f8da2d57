using System.Globalization;
using Roost.Engine.Ids;
using Roost.Services.Filters;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Streaming;

namespace Roost.Web.Pages;

/// <summary><c>GET /notifications</c>, in groups, and its forms <c>POST /notifications/read</c> and
/// <c>/notifications/clear</c>. Reading is said by a button: a browser that fetches ahead has read nothing.</summary>
internal static class ShowNotifications
{
    private const string Path = "/notifications";
    private const int GroupsPerPage = 20;

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, ShowAsync);
        routes.Post($"{Path}/read", ReadAsync);
        routes.Post($"{Path}/clear", ClearAsync);
    }

    private static async Task ShowAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var before = Parameters.OfQuery(call.Http.Request).Cursor("max_id");
        var notifications = call.Services.Notifications;
        var live = before == 0
            ? await call.ListenAsync(OpenPageStream.Notifications, FilterContexts.Notifications)
            : null;
        var page = await notifications.Groups(
            new ListGroups(
                call.ViewerId, new NoticeRange(Before: before, Limit: GroupsPerPage), NoticeChoice.Personal,
                NoticeKinds.Groupable), call.Rpc);
        var markers = await notifications.Markers(
            new GetMarkers(call.ViewerId, [MarkedTimeline.Notifications]), call.Rpc);
        await call.ShowAsync<NotificationsPage>(new NotificationsModel(
            call.Frame(call.T("Notifications")), await LinesAsync(call, page.Groups, markers[0]?.LastReadId ?? 0),
            before == 0 ? page.Newest : 0, page is { HasOlder: true } ? $"{Path}?max_id={page.Oldest}" : null)
        {
            Live = live is null ? null : live with
            {
                After = $"{live.After}-{page.Newest.ToString(CultureInfo.InvariantCulture)}",
                IsOfNotices = true,
            },
        });
    }

    private static async Task ReadAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        await call.Services.Notifications.SetMarker(
            new SetMarker(viewer.Id, MarkedTimeline.Notifications, form.Cursor("up_to")), call.Rpc);
        call.GoBack(form);
    }

    private static async Task ClearAsync(PageCall call, Parameters form)
    {
        var viewer = call.SignedIn();
        await call.Services.Notifications.Clear(new ClearNotices(viewer.Id), call.Rpc);
        call.GoBack(form);
    }

    private static async Task<List<NotificationLine>> LinesAsync(
        PageCall call, IReadOnlyList<NoticeGroup> groups, long lastRead)
    {
        AccountId[] senders = [.. groups.SelectMany(group => group.Senders).Distinct()];
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts(senders), call.Rpc);
        var accounts = views.OfType<AccountView>().ToDictionary(view => view.Account.Id, view => view.Account);
        PostRef[] refs =
        [
            .. groups.Where(group => group.Newest.PostSeq != 0)
                .Select(group => NoticeViews.RefOf(group.Newest.PostSeq)),
        ];
        var entries = await NoticeViews.PostsAsync(
            call.Services.Timelines, call.ViewerId, refs, call.Rpc);
        var lines = new List<NotificationLine>(groups.Count);
        var next = 0;
        foreach (var group in groups)
        {
            var entry = group.Newest.PostSeq == 0 ? null : entries[next++];
            Account[] who = [.. group.Senders.Where(accounts.ContainsKey).Select(id => accounts[id])];
            if (who.Length == 0 || (entry is null && group.Newest.PostSeq != 0)) continue;
            if (group.Newest is { Kind: NoticeKind.Warning, Warning: null }) continue;
            lines.Add(new NotificationLine(
                group.Newest.Id, group.Newest.Kind, who, group.Count, entry, group.Newest.At,
                group.Newest.Id > lastRead)
            {
                Warning = group.Newest.Warning,
            });
        }
        return lines;
    }
}
