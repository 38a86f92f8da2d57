using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Relations;
using Roost.Web.Timelines;

namespace Roost.Web.Statuses;

/// <summary>
/// <c>GET /api/v1/favourites</c> and <c>/bookmarks</c>: what the viewer favourited or bookmarked last comes first.
/// Pages go by the ids of favourites and bookmarks, not of posts; a page may have fewer than asked for, where posts are
/// no longer the viewer's to see.
/// </summary>
internal static class ListMarkedStatuses
{
    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/favourites", Access.User("read:favourites"),
            call => RunAsync(call, MarkedKind.Favourites));
        routes.Get("/api/v1/bookmarks", Access.User("read:bookmarks"), call => RunAsync(call, MarkedKind.Bookmarks));
    }

    private static async Task RunAsync(ApiCall call, MarkedKind kind)
    {
        var range = RelationPaging.RangeOf(call.Query, Paging.StatusesUsual, Paging.StatusesMax);
        var page = await call.Services.Marks.Marked(new ListMarked(call.Viewer, kind, range), call.Rpc);
        RelationPaging.AddLinks(call, page.Items, page.HasMore);
        await PostPage.WriteAsync(call, await EntriesAsync(call, page));
    }

    /// <summary>The posts of the page that the viewer may see.</summary>
    public static async ValueTask<IReadOnlyList<TimelineEntry>> EntriesAsync(ApiCall call, MarkedPage page)
    {
        var request = new HydratePosts(call.Viewer, [.. page.Items.Select(item => item.Post)]) { IsChosenList = true };
        var entries = await call.Services.Timelines.Hydrate(request, call.Rpc);
        return [.. entries.OfType<TimelineEntry>()];
    }
}
