using Roost.Engine.Ids;
using Roost.Services.Community;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Search;
using Roost.Web.Timelines;

namespace Roost.Web.Moderation;

/// <summary>
/// <c>/api/v1/admin/trends/{tags,links,statuses}</c> and their <c>approve</c> and <c>reject</c>: what rises now, and
/// what of it is not shown. Everything is shown until it is rejected.
/// </summary>
internal static class AdminTrends
{
    private const string Path = "/api/v1/admin/trends/";

    public static void Map(AdminRoutes routes)
    {
        routes.Get(Path + "tags", "admin:read", Permissions.ManageTaxonomies, async call =>
        {
            var tags = await call.Services.Search.TrendingTags(Request(call, 10, 20), call.Call.Rpc);
            await call.Call.ReplyAsync(await TagReply.OfAsync(tags, call.Call), WebJson.Default.TagReplyArray);
        });
        routes.Get(Path + "links", "admin:read", Permissions.ManageTaxonomies, async call =>
        {
            var links = await call.Services.Search.TrendingLinks(Request(call, 10, 20), call.Call.Rpc);
            await call.Call.ReplyAsync(
                Array.ConvertAll(links, link => LinkReply.Of(link, call.Call)), WebJson.Default.LinkReplyArray);
        });
        routes.Get(Path + "statuses", "admin:read", Permissions.ManageTaxonomies, async call =>
        {
            var refs = await call.Services.Search.TrendingPosts(Request(call, 20, 40), call.Call.Rpc);
            var entries = await call.Services.Timelines.Hydrate(
                new HydratePosts(call.Me.Id, refs), call.Call.Rpc);
            await PostPage.WriteAsync(call.Call, [.. entries.OfType<TimelineEntry>()]);
        });
        foreach (var kind in (string[])["tags", "links", "statuses"])
        {
            Review(routes, kind, "approve", isAllowed: true);
            Review(routes, kind, "reject", isAllowed: false);
        }
    }

    private static void Review(AdminRoutes routes, string kind, string verb, bool isAllowed) =>
        routes.Post($"{Path}{kind}/{{id}}/{verb}", "admin:write", Permissions.ManageTaxonomies, async call =>
        {
            // Tags are named by their words, links by their addresses, encoded, posts by their ids.
            var trend = Uri.UnescapeDataString((string)call.Call.Http.Request.RouteValues["id"]!);
            if (kind == "tags") trend = trend.TrimStart('#').ToLowerInvariant();
            if (kind == "statuses" && !PostId.TryParse(trend, out _)) throw Faults.NotFound();
            await call.Services.Community.ReviewTrend(new ReviewTrend(kind, trend, isAllowed), call.Call.Rpc);
            await call.NoteAsync($"{verb} trend", trend);
            await call.Call.ReplyAsync(ApiCall.EmptyObject);
        });

    private static GetTrends Request(AdminCall call, int usual, int max) => new(
        (int)Math.Min(call.Call.Query.Cursor("offset"), 1_000), call.Call.Query.Limit(usual, max));
}
