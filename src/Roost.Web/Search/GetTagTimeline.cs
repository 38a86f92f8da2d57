using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Timelines;

namespace Roost.Web.Search;

/// <summary>
/// <c>GET /api/v1/timelines/tag/:hashtag</c>: public posts with a hashtag or <c>any[]</c> of others, with
/// <c>all[]</c> of more, and with <c>none[]</c> of the last.
/// </summary>
internal static class GetTagTimeline
{
    private const int TagsMax = 4;

    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/timelines/tag/{hashtag}", Access.AnyoneBut("read:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var tag = (string?)call.Http.Request.RouteValues["hashtag"] ?? "";
        var range = PostPages.RangeOf(call, Paging.StatusesUsual, Paging.StatusesMax);
        var request = new FindTagged(
            call.Viewer, [tag, .. List(call, "any")], List(call, "all"), List(call, "none"),
            call.Query.Flag("only_media") is true, range);
        // Every post is a local one.
        var page = call.Query.Flag("remote") is true
            ? new TimelinePage([], false)
            : await PostPages.ReadAsync(
                call, range, next => call.Services.Search.Tagged(request with { Range = next }, call.Rpc));
        await PostPage.ReplyAsync(call, page);
    }

    private static string[] List(ApiCall call, string name)
    {
        var tags = call.Query.List(name);
        if (tags.Count > TagsMax)
            throw Faults.Invalid($"{name} has {tags.Count} hashtags; send {TagsMax} at most.");
        return [.. tags.OfType<string>()];
    }
}
