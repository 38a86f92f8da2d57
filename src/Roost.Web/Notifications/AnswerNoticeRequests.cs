using Roost.Services.Notifications;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Notifications;

internal sealed record MergedReply(bool Merged);

/// <summary>
/// <c>GET /api/v1/notifications/requests</c>, <c>…/:id</c>, <c>…/merged</c>, and <c>POST …/:id/accept</c>,
/// <c>…/:id/dismiss</c>, <c>…/accept</c>, <c>…/dismiss</c> with <c>id[]</c>: those whom the policy keeps back.
/// </summary>
internal static class AnswerNoticeRequests
{
    private const int ManyMax = 40;
    private const string Root = "/api/v1/notifications/requests";

    public static void Map(ApiRoutes routes)
    {
        var (read, write) = (Access.User("read:notifications"), Access.User("write:notifications"));
        routes.Get(Root, read, ListAsync);
        // What is accepted is among the notifications before the answer is sent.
        routes.Get($"{Root}/merged", read,
            call => call.ReplyAsync(new MergedReply(true), WebJson.Default.MergedReply));
        routes.Get($"{Root}/{{id}}", read, GetAsync);
        routes.Post($"{Root}/accept", write, call => AnswerManyAsync(call, true));
        routes.Post($"{Root}/dismiss", write, call => AnswerManyAsync(call, false));
        routes.Post($"{Root}/{{id}}/accept", write, call => AnswerAsync(call, true));
        routes.Post($"{Root}/{{id}}/dismiss", write, call => AnswerAsync(call, false));
    }

    private static async Task ListAsync(ApiCall call)
    {
        var page = await call.Services.NoticePolicy.Requests(
            new ListRequests(call.Viewer, NoticeQuery.RangeOf(call.Query)), call.Rpc);
        if (page.Items.Count > 0) Paging.AddLinks(call, page.Items[0].Id, page.Items[^1].Id, page.HasMore);
        using var buffer = new Utf8Buffer();
        buffer.Write("["u8);
        await WriteAsync(call, buffer, page.Items);
        buffer.Write("]"u8);
        await call.ReplyAsync(buffer);
    }

    private static async Task GetAsync(ApiCall call)
    {
        var request = await call.Services.NoticePolicy.Request(
            new GetRequest(call.Viewer, NoticeQuery.IdInPath(call)), call.Rpc) ?? throw Faults.NotFound();
        using var buffer = new Utf8Buffer();
        await WriteAsync(call, buffer, [request]);
        if (buffer.Length == 0) throw Faults.NotFound();
        await call.ReplyAsync(buffer);
    }

    private static async Task AnswerAsync(ApiCall call, bool isAccepted)
    {
        var request = new AnswerRequests(call.Viewer, [NoticeQuery.IdInPath(call)], isAccepted);
        if (await call.Services.NoticePolicy.Answer(request, call.Rpc) == 0) throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task AnswerManyAsync(ApiCall call, bool isAccepted)
    {
        var texts = (await call.ReadParametersAsync()).List("id");
        if (texts.Count > ManyMax) throw Faults.Invalid($"id[] has {texts.Count} ids; the most is {ManyMax}.");
        long[] ids = [.. texts.Select(NoticeQuery.Number).OfType<long>().Distinct()];
        await call.Services.NoticePolicy.Answer(new AnswerRequests(call.Viewer, ids, isAccepted), call.Rpc);
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task WriteAsync(ApiCall call, Utf8Buffer to, IReadOnlyList<NoticeRequest> requests)
    {
        var senders = await call.Services.Timelines.Accounts(
            new HydrateAccounts([.. requests.Select(request => request.Sender)]), call.Rpc);
        var posts = await NoticeViews.PostsAsync(
            call.Services.Timelines, call.Viewer,
            [.. requests.Select(request => NoticeViews.RefOf(request.LastPostSeq))], call.Rpc);
        var isFirst = true;
        for (var i = 0; i < requests.Count; i++)
        {
            if (senders[i] is not { } sender) continue;
            if (!isFirst) to.Write(","u8);
            isFirst = false;
            Write(call, to, requests[i], sender, posts[i]);
        }
    }

    private static void Write(
        ApiCall call, Utf8Buffer to, NoticeRequest request, AccountView sender, TimelineEntry? post)
    {
        to.Write("{\"id\":\""u8);
        to.WriteNumber(request.Id);
        to.Write("\",\"created_at\":\""u8);
        NoticeJson.WriteTime(to, request.CreatedAt);
        to.Write("\",\"updated_at\":\""u8);
        NoticeJson.WriteTime(to, request.UpdatedAt);
        to.Write("\",\"notifications_count\":\""u8);
        to.WriteNumber(request.Count);
        to.Write("\",\"account\":"u8);
        call.Site.Accounts.Write(to, sender);
        to.Write(",\"last_status\":"u8);
        if (post is null) to.Write("null"u8);
        else call.Site.Statuses.Write(to, post, call.Viewer);
        to.Write("}"u8);
    }
}
