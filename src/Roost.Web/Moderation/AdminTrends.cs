using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Services.Community;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Search;
using Roost.Web.Timelines;

namespace Roost.Web.Moderation;

/// <summary>A hashtag as those who look after the community see it. All can be used; whether it may rise is theirs to
/// say.</summary>
internal sealed record AdminTagReply(
    string Id, string Name, string Url, IReadOnlyList<DayReply> History, bool? Following, bool? Featuring,
    bool Trendable, bool Usable, bool RequiresReview)
{
    public static async ValueTask<AdminTagReply[]> OfAsync(IReadOnlyList<TagUses> tags, AdminCall call)
    {
        var reviews = await call.Services.Community.TrendReviews(new ListTrendReviews("tags"), call.Call.Rpc);
        var reviewed = reviews.ToDictionary(review => review.Trend, review => review.IsAllowed);
        return
        [
            .. (await TagReply.OfAsync(tags, call.Call)).Select(tag =>
            {
                var isKnown = reviewed.TryGetValue(Folding.Fold(tag.Name), out var isAllowed);
                return new AdminTagReply(
                    tag.Id, tag.Name, tag.Url, tag.History, tag.Following, tag.Featuring, isAllowed || !isKnown,
                    Usable: true, RequiresReview: !isKnown);
            }),
        ];
    }
}

/// <summary>
/// <c>/api/v1/admin/trends/{tags,links,statuses}</c> and their <c>approve</c> and <c>reject</c>: what rises now, and
/// what of it is not shown. Everything is shown until it is rejected.
/// </summary>
internal static class AdminTrends
{
    private const string Path = "/api/v1/admin/trends/";
    private const int PageMax = 40;
    private const int RisingMax = 1_000;

    public static void Map(AdminRoutes routes)
    {
        routes.Get(Path + "tags", "admin:read", Permissions.ManageTaxonomies, async call =>
        {
            var tags = await call.Services.Search.TrendingTags(Request(call, 10, 20), call.Call.Rpc);
            await call.Call.ReplyAsync(await AdminTagReply.OfAsync(tags, call), WebJson.Default.AdminTagReplyArray);
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
            // Tags are named by their ids or words, links by their addresses, encoded, posts by their ids.
            var trend = Uri.UnescapeDataString((string)call.Call.Http.Request.RouteValues["id"]!);
            if (kind == "tags") trend = await TagNameAsync(call, trend);
            if (kind == "statuses" && !PostId.TryParse(trend, out _)) throw Faults.NotFound();
            await call.Services.Community.ReviewTrend(new ReviewTrend(kind, trend, isAllowed), call.Call.Rpc);
            await call.NoteAsync($"{verb} trend", trend);
            if (kind != "tags")
            {
                await call.Call.ReplyAsync(ApiCall.EmptyObject);
                return;
            }
            var tag = await call.Services.Search.Tag(new GetTagUses(trend), call.Call.Rpc);
            await call.Call.ReplyAsync(
                (await AdminTagReply.OfAsync([tag], call))[0], WebJson.Default.AdminTagReply);
        });

    /// <summary>Ids are made of names, which cannot be made of them: so it must be one of those that rise.</summary>
    private static async ValueTask<string> TagNameAsync(AdminCall call, string idOrName)
    {
        for (var offset = 0; idOrName.All(char.IsAsciiDigit) && offset < RisingMax; offset += PageMax)
        {
            var tags = await call.Services.Search.TrendingTags(new GetTrends(offset, PageMax), call.Call.Rpc);
            if (tags.FirstOrDefault(tag => TagReply.IdOf(tag.Name) == idOrName) is { } found)
                return Folding.Fold(found.Name);
            if (tags.Length < PageMax) break;
        }
        return Folding.Fold(idOrName.TrimStart('#'));
    }

    private static GetTrends Request(AdminCall call, int usual, int max) => new(
        (int)Math.Min(call.Call.Query.Cursor("offset"), 1_000), call.Call.Query.Limit(usual, max));
}
