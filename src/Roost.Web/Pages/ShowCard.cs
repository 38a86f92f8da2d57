using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Timelines;
using Roost.Web.Filters;
using Roost.Web.Http;
using Roost.Web.Statuses;

namespace Roost.Web.Pages;

/// <summary>
/// <c>GET /posts/:id/card</c>: a post as it stands on a page that is open, without the page around it, for whom the
/// page was made. <c>?on=</c> names the page, to come back to it; <c>?in=</c> which filters hold there; <c>?as=</c>
/// whether it is the one that the page is about (<c>focus</c>), stands first (<c>pinned</c>) or is without its buttons
/// (<c>plain</c>).
/// </summary>
internal static class ShowCard
{
    public static void Map(PageRoutes routes) => routes.Get("/posts/{id}/card", RunAsync);

    private static async Task RunAsync(PageCall call)
    {
        if (!PostId.TryParse((string?)call.Http.Request.RouteValues["id"], out var id)) throw Gone();
        var query = Parameters.OfQuery(call.Http.Request);
        var found = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.ViewerId, [StatusReply.RefOf(id)], ByName: true)
            {
                Context = FilterNames.ContextOf(query.Text("in")),
            }, call.Rpc);
        var frame = call.Frame("") with { Here = PageCall.LocalPath(query.Text("on")) ?? "/" };
        var kind = query.Text("as");
        await call.ShowAsync<PostCard>(
            new CardModel(frame, found[0] ?? throw Gone(), IsFocus: kind == "focus", IsPlain: kind == "plain")
            {
                IsPinned = kind == "pinned",
            });
    }

    private static ServiceException Gone() =>
        new(ErrorCode.NotFound, "That post is not there, or is not for everybody to see.");
}
