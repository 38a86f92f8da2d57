using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Lists;

namespace Roost.Web.Timelines;

/// <summary><c>GET /api/v1/timelines/list/:id</c>.</summary>
internal static class GetListTimeline
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/timelines/list/{id}", Access.User("read:lists"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var request = new ListTimeline(call.Viewer, ListReply.IdInPath(call), Paging.RangeOf(call.Query));
        await PostPage.ReplyAsync(
            call, await call.Services.Timelines.List(request, call.Rpc) ?? throw Faults.NotFound());
    }
}
