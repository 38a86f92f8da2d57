using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Services.Graph;
using Roost.Services.Search;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Lists;
using Roost.Web.Relations;
using Roost.Web.Search;

namespace Roost.Web.Tags;

/// <summary>
/// <c>GET</c> and <c>POST /api/v1/featured_tags</c>, <c>DELETE /api/v1/featured_tags/:id</c>,
/// <c>GET /api/v1/featured_tags/suggestions</c>, <c>GET /api/v1/accounts/:id/featured_tags</c>, and
/// <c>POST /api/v1/tags/:name/feature</c> and <c>/unfeature</c>.
/// </summary>
internal static class FeatureTags
{
    private const int PagesLookedAt = 5;
    private const int SuggestedMax = 10;

    public static void Map(ApiRoutes routes)
    {
        var (read, write) = (Access.User("read:accounts"), Access.User("write:accounts"));
        routes.Get("/api/v1/featured_tags", read, call => ListAsync(call, call.Viewer));
        routes.Post("/api/v1/featured_tags", write, AddAsync);
        routes.Delete("/api/v1/featured_tags/{id}", write, RemoveAsync);
        routes.Get("/api/v1/featured_tags/suggestions", read, SuggestAsync);
        routes.Get("/api/v1/accounts/{id}/featured_tags", Access.AnyoneBut("read:accounts"),
            async call => await ListAsync(call, (await RelationshipCall.OtherAsync(call)).Id));
        routes.Post("/api/v1/tags/{name}/feature", write, call => SetAsync(call, isFeatured: true));
        routes.Post("/api/v1/tags/{name}/unfeature", write, call => SetAsync(call, isFeatured: false));
    }

    private static async Task ListAsync(ApiCall call, AccountId account)
    {
        var ties = await call.Services.Tags.Of(new GetTagTies(account), call.Rpc);
        var replies = new List<FeaturedTagReply>(ties.Featured.Count);
        foreach (var tie in ties.Featured)
            replies.Add(await FeaturedTagReply.OfAsync(call, account, tie));
        await call.ReplyAsync([.. replies], WebJson.Default.FeaturedTagReplyArray);
    }

    private static async Task AddAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var name = (parameters.Text("name") ?? "").Trim().TrimStart('#');
        if (name.Length == 0)
            throw Faults.Invalid("Validation failed: Tag can't be blank; send the name of a hashtag");
        var tie = await call.Services.Tags.Feature(new FeatureTag(call.Viewer, name, IsFeatured: true), call.Rpc)
            ?? throw Faults.NotFound();
        await call.ReplyAsync(
            await FeaturedTagReply.OfAsync(call, call.Viewer, tie), WebJson.Default.FeaturedTagReply);
    }

    private static async Task RemoveAsync(ApiCall call)
    {
        var id = ListReply.IdInPath(call);
        var ties = await call.Services.Tags.Of(new GetTagTies(call.Viewer), call.Rpc);
        var tie = ties.Featured.FirstOrDefault(one => one.Id == id) ?? throw Faults.NotFound();
        await call.Services.Tags.Feature(new FeatureTag(call.Viewer, tie.Name, IsFeatured: false), call.Rpc);
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static async Task SetAsync(ApiCall call, bool isFeatured)
    {
        var name = GetTag.NameInPath(call);
        await call.Services.Tags.Feature(new FeatureTag(call.Viewer, name, isFeatured), call.Rpc);
        await GetTag.ReplyAsync(call, name);
    }

    /// <summary>What the viewer's newest posts use most and the profile does not show yet.</summary>
    private static async Task SuggestAsync(ApiCall call)
    {
        var featured = (await call.Services.Tags.Of(new GetTagTies(call.Viewer), call.Rpc)).Featured;
        var names = (await RecentTagsAsync(call))
            .GroupBy(tag => Folding.Fold(tag))
            .Where(uses => featured.All(tie => tie.Key != uses.Key))
            .OrderByDescending(uses => uses.Count()).ThenBy(uses => uses.Key, StringComparer.Ordinal)
            .Take(SuggestedMax).Select(uses => uses.First());
        var tags = new List<TagUses>();
        foreach (var name in names)
            tags.Add(await call.Services.Search.Tag(new GetTagUses(name), call.Rpc));
        await call.ReplyAsync(await TagReply.OfAsync(tags, call), WebJson.Default.TagReplyArray);
    }

    private static async ValueTask<List<string>> RecentTagsAsync(ApiCall call)
    {
        var tags = new List<string>();
        var range = new PageRange(Limit: Paging.StatusesMax);
        for (var pages = 0; pages < PagesLookedAt; pages++)
        {
            var request = new AccountTimeline(
                call.Viewer, call.Viewer, range, ExcludeReplies: false, ExcludeBoosts: true);
            var page = await call.Services.Timelines.Account(request, call.Rpc);
            foreach (var entry in page.Entries)
                tags.AddRange(Hashtags.Of(entry.Post.Text));
            if (!page.HasOlder || page.Entries.Count == 0)
                break;
            range = range with { Before = page.Entries[^1].Post.Id };
        }
        return tags;
    }
}
