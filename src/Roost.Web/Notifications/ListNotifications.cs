using Roost.Services.Notifications;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Notifications;

internal sealed record CountReply(int Count);

/// <summary>
/// <c>GET /api/v1/notifications</c>, <c>/notifications/:id</c>, <c>/notifications/unread_count</c>, and
/// <c>POST …/clear</c>, <c>…/:id/dismiss</c>.
/// </summary>
internal static class ListNotifications
{
    public static void Map(ApiRoutes routes)
    {
        var (read, write) = (Access.User("read:notifications"), Access.User("write:notifications"));
        routes.Get("/api/v1/notifications", read, ListAsync);
        routes.Get("/api/v1/notifications/unread_count", read, UnreadAsync);
        routes.Get("/api/v1/notifications/{id}", read, GetAsync);
        routes.Post("/api/v1/notifications/clear", write, ClearAsync);
        routes.Post("/api/v1/notifications/{id}/dismiss", write, DismissAsync);
    }

    private static async Task ListAsync(ApiCall call)
    {
        var request = new ListNotices(
            call.Viewer, NoticeQuery.RangeOf(call.Query), NoticeQuery.ChoiceOf(call.Query));
        var (items, hasOlder) = await NoticePages.ReadAsync(call.Services, request, call.Rpc);
        if (items.Count > 0) Paging.AddLinks(call, items[0].Notice.Id, items[^1].Notice.Id, hasOlder);
        using var buffer = new Utf8Buffer(Utf8Buffer.PageBytes);
        NoticeJson.WriteAll(call, buffer, items);
        await call.ReplyAsync(buffer);
    }

    private static async Task GetAsync(ApiCall call)
    {
        var notice = await call.Services.Notifications.Get(
            new GetNotice(call.Viewer, NoticeQuery.IdInPath(call)), call.Rpc) ?? throw Faults.NotFound();
        var views = await NoticeViews.HydrateAsync(
            call.Services.Timelines, call.Viewer, [notice], call.Rpc);
        using var buffer = new Utf8Buffer();
        NoticeJson.Write(call.Site, call.Viewer, buffer, views is [var view] ? view : throw Faults.NotFound());
        await call.ReplyAsync(buffer);
    }

    private static async Task UnreadAsync(ApiCall call)
    {
        var count = await call.Services.Notifications.Unread(
            new CountUnread(
                call.Viewer, NoticeQuery.ChoiceOf(call.Query), NoticeQuery.UnreadLimitOf(call.Query)), call.Rpc);
        await call.ReplyAsync(new CountReply(count), WebJson.Default.CountReply);
    }

    private static async Task ClearAsync(ApiCall call)
    {
        await call.Services.Notifications.Clear(new ClearNotices(call.Viewer), call.Rpc);
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task DismissAsync(ApiCall call)
    {
        var request = new DismissNotice(call.Viewer, NoticeQuery.IdInPath(call));
        if (!await call.Services.Notifications.Dismiss(request, call.Rpc)) throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }
}
