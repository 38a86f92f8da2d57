using Roost.Services.Timelines;
using Roost.Web.Http;

namespace Roost.Web.Timelines;

/// <summary><c>GET /api/v1/timelines/home</c>. The hottest read of all.</summary>
internal static class GetHomeTimeline
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/timelines/home", Access.User("read:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var request = new HomeTimeline(call.Viewer, Paging.RangeOf(call.Query));
        await PostPage.ReplyAsync(call, await call.Services.Timelines.HomeOutline(request, call.Rpc));
    }
}
