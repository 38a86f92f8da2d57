using Roost.Engine.Text;
using Roost.Services.Community;
using Roost.Services.Filters;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Timelines;

namespace Roost.Web.Search;

/// <summary><c>GET /api/v1/trends/tags</c> (and its older name <c>/api/v1/trends</c>), <c>…/links</c>,
/// <c>…/statuses</c>: what rises now.</summary>
internal static class GetTrending
{
    private const int TagsUsual = 10;
    private const int TagsMax = 20;
    private const int OffsetMax = 1_000;

    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/trends", Access.Anyone, TagsAsync);
        routes.Get("/api/v1/trends/tags", Access.Anyone, TagsAsync);
        routes.Get("/api/v1/trends/links", Access.Anyone, LinksAsync);
        routes.Get("/api/v1/trends/statuses", Access.Anyone, PostsAsync);
    }

    private static async Task TagsAsync(ApiCall call)
    {
        var tags = await call.Services.Search.TrendingTags(Request(call, TagsUsual, TagsMax), call.Rpc);
        var hidden = await HiddenAsync(call, "tags");
        if (hidden.Count > 0) tags = Array.FindAll(tags, tag => !hidden.Contains(Folding.Fold(tag.Name)));
        await call.ReplyAsync(await TagReply.OfAsync(tags, call), WebJson.Default.TagReplyArray);
    }

    private static async Task LinksAsync(ApiCall call)
    {
        var links = await call.Services.Search.TrendingLinks(Request(call, TagsUsual, TagsMax), call.Rpc);
        var hidden = await HiddenAsync(call, "links");
        if (hidden.Count > 0) links = Array.FindAll(links, link => !hidden.Contains(link.Url));
        await call.ReplyAsync(
            Array.ConvertAll(links, link => LinkReply.Of(link, call)), WebJson.Default.LinkReplyArray);
    }

    private static async Task PostsAsync(ApiCall call)
    {
        var request = Request(call, Paging.StatusesUsual, Paging.StatusesMax);
        var refs = await call.Services.Search.TrendingPosts(request, call.Rpc);
        var entries = await call.Services.Timelines.Hydrate(
            new HydratePosts(call.Viewer, refs) { Context = FilterContexts.Public }, call.Rpc);
        var hidden = await HiddenAsync(call, "statuses");
        entries = Array.FindAll(entries, entry => entry is not null && !hidden.Contains(entry.Post.Id.ToString()));
        // By rank, not by id: there is no next page by id.
        await PostPage.WriteAsync(call, [.. await PostPages.InPublicAsync(call, entries)]);
    }

    /// <summary>What those who look after the community do not want to be shown.</summary>
    private static async ValueTask<HashSet<string>> HiddenAsync(ApiCall call, string kind)
    {
        var reviews = await call.Services.Community.TrendReviews(new ListTrendReviews(kind), call.Rpc);
        return [.. reviews.Where(review => !review.IsAllowed).Select(review => review.Trend)];
    }

    private static GetTrends Request(ApiCall call, int usual, int max) => new(
        (int)Math.Min(call.Query.Cursor("offset"), OffsetMax), call.Query.Limit(usual, max));
}
