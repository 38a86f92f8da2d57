using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Relations;

namespace Roost.Web.Statuses;

/// <summary>
/// <c>GET /api/v1/statuses/:id/favourited_by</c> and <c>/reblogged_by</c>: who did last comes first. Whoever may see
/// the post may see this, without those who block or are blocked.
/// </summary>
internal static class ListStatusMarkers
{
    public static void Map(ApiRoutes routes)
    {
        var access = Access.AnyoneBut("read:statuses");
        routes.Get("/api/v1/statuses/{id}/favourited_by", access, call => RunAsync(call, MarkerKind.Favourites));
        routes.Get("/api/v1/statuses/{id}/reblogged_by", access, call => RunAsync(call, MarkerKind.Boosts));
    }

    private static async Task RunAsync(ApiCall call, MarkerKind kind)
    {
        var request = new ListMarkers(call.Viewer, call.PostIdInPath(), kind, RelationPaging.RangeOf(call.Query));
        var page = await call.Services.Marks.Markers(request, call.Rpc) ?? throw Faults.NotFound();
        RelationPaging.AddLinks(call, page.Items, page.HasMore);
        var seen = await SeenAccounts.OfAsync(call, default, page.Items);
        await AccountPage.ReplyAsync(call, await call.Services.Timelines.Accounts(new HydrateAccounts(seen), call.Rpc));
    }
}
