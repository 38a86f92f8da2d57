using Roost.Engine.Text;
using Roost.Services.Search;
using Roost.Web.Http;
using Roost.Web.Search;

namespace Roost.Web.Timelines;

/// <summary><c>GET /api/v1/timelines/link?url=</c>: public posts with that link, whatever stands behind its
/// <c>#</c>.</summary>
internal static class GetLinkTimeline
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/timelines/link", Access.AnyoneBut("read:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        if (Links.Of(call.Query.Text("url")?.Trim() ?? "") is not [var link])
            throw Faults.Invalid("url is no link; send one whole address that begins with http:// or https://.");
        var range = PostPages.RangeOf(call, Paging.StatusesUsual, Paging.StatusesMax);
        var page = await PostPages.ReadAsync(
            call, range, next => call.Services.Search.Linked(new FindLinked(link, next), call.Rpc),
            entry => Links.Of(entry.Post.Text).Contains(link));
        await PostPage.ReplyAsync(call, page);
    }
}
