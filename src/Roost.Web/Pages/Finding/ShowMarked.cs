using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Http;

namespace Roost.Web.Pages.Finding;

/// <summary><c>GET /bookmarks</c> and <c>/favourites</c>: what was marked last comes first.</summary>
internal static class ShowMarked
{
    private const int PerPage = 20;

    public static void Map(PageRoutes routes)
    {
        routes.Get("/bookmarks", call => RunAsync(
            call, MarkedKind.Bookmarks, call.T("Bookmarks"), "bookmark",
            call.T("Bookmark a post to find it again: nobody else knows of it.")));
        routes.Get("/favourites", call => RunAsync(
            call, MarkedKind.Favourites, call.T("Favourites"), "star",
            call.T("Favourite a post to tell its author that you like it; you find it here again.")));
    }

    private static async Task RunAsync(PageCall call, MarkedKind kind, string title, string icon, string hint)
    {
        if (call.AsksToSignIn()) return;
        var before = Parameters.OfQuery(call.Http.Request).Cursor("max_id");
        var page = await call.Services.Marks.Marked(
            new ListMarked(call.ViewerId, kind, new RelationRange(before, Limit: PerPage)), call.Rpc);
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.ViewerId, [.. page.Items.Select(item => item.Post)]) { IsChosenList = true },
            call.Rpc);
        await call.ShowAsync<MarkedPage>(new MarkedModel(
            call.Frame(title), icon, hint, [.. entries.OfType<TimelineEntry>()],
            page is { HasMore: true, Items: [.., var last] }
                ? $"{call.Http.Request.Path.ToUriComponent()}?max_id={last.Id}"
                : null));
    }
}
