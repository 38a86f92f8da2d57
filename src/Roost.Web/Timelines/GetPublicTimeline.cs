using Roost.Services.Timelines;
using Roost.Web.Http;

namespace Roost.Web.Timelines;

/// <summary><c>GET /api/v1/timelines/public</c>: everybody's public posts. All of them are local ones.</summary>
internal static class GetPublicTimeline
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/timelines/public", Access.AnyoneBut("read:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var query = call.Query;
        var request = new PublicTimeline(call.Viewer, Paging.RangeOf(query), query.Flag("only_media") is true);
        await PostPage.ReplyAsync(call, query.Flag("remote") is true
            ? new TimelinePage([], false)
            : await call.Services.Timelines.Public(request, call.Rpc));
    }
}
