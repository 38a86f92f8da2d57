using Roost.Services.Graph;
using Roost.Services.Search;
using Roost.Web.Http;
using Roost.Web.Relations;
using Roost.Web.Search;

namespace Roost.Web.Tags;

/// <summary>
/// <c>POST /api/v1/tags/:name/follow</c> and <c>/unfollow</c>, which answer with the hashtag, and
/// <c>GET /api/v1/followed_tags</c>, newest first, paged by the follow's own id.
/// </summary>
internal static class FollowTags
{
    private const int Usual = 100;

    public static void Map(ApiRoutes routes)
    {
        var access = Access.User("write:follows");
        routes.Post("/api/v1/tags/{name}/follow", access, call => FollowAsync(call, isFollowed: true));
        routes.Post("/api/v1/tags/{name}/unfollow", access, call => FollowAsync(call, isFollowed: false));
        routes.Get("/api/v1/followed_tags", Access.User("read:follows"), ListAsync);
    }

    private static async Task FollowAsync(ApiCall call, bool isFollowed)
    {
        var name = GetTag.NameInPath(call);
        await call.Services.Tags.Follow(new FollowTag(call.Viewer, name, isFollowed), call.Rpc);
        await GetTag.ReplyAsync(call, name);
    }

    private static async Task ListAsync(ApiCall call)
    {
        var range = RelationPaging.RangeOf(call.Query, Usual, FollowTag.TagsMax);
        var page = await call.Services.Tags.Followed(new ListFollowedTags(call.Viewer, range), call.Rpc);
        RelationPaging.AddLinks(call, page.Items, page.HasMore);
        var uses = new List<TagUses>(page.Items.Count);
        foreach (var (_, name) in page.Items)
            uses.Add(await call.Services.Search.Tag(new GetTagUses(name), call.Rpc) with { Name = name });
        await call.ReplyAsync(await TagReply.OfAsync(uses, call), WebJson.Default.TagReplyArray);
    }
}
