using Roost.Engine.Text;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Search;
using Roost.Web.Http;
using Roost.Web.Search;
using Roost.Web.Streaming;

namespace Roost.Web.Pages.Finding;

/// <summary><c>GET /tags/:name</c>: public posts with a hashtag, for everybody; <c>POST …/follow</c> and
/// <c>/unfollow</c>; <c>GET /tags</c>: those that one follows.</summary>
internal static class ShowTags
{
    private const int TrendingMax = 10;

    public static void Map(PageRoutes routes)
    {
        routes.Get("/tags", ListAsync);
        routes.Get("/tags/{name}", ShowAsync);
        routes.Post("/tags/{name}/follow", (call, form) => FollowAsync(call, form, isFollowed: true));
        routes.Post("/tags/{name}/unfollow", (call, form) => FollowAsync(call, form, isFollowed: false));
    }

    private static async Task ListAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var page = await call.Services.Tags.Followed(
            new ListFollowedTags(call.ViewerId, new RelationRange(Limit: FollowTag.TagsMax)), call.Rpc);
        var trending = await call.Services.Search.TrendingTags(new GetTrends(0, TrendingMax), call.Rpc);
        await call.ShowAsync<TagsPage>(new TagsModel(
            call.Frame(call.T("Followed hashtags")), [.. page.Items.Select(item => item.Name)], trending));
    }

    private static async Task ShowAsync(PageCall call)
    {
        var name = NameIn(call);
        var range = new SearchRange(Parameters.OfQuery(call.Http.Request).Post("max_id"));
        var live = range.Before.IsNone
            ? await call.ListenAsync(OpenPageStream.OfTag(name), FilterContexts.Public)
            : null;
        var request = new FindTagged(call.ViewerId, [name], [], [], false, range);
        var (page, _) = await PostPages.ReadAsync(
            call.Services, call.ViewerId, range,
            next => call.Services.Search.Tagged(request with { Range = next }, call.Rpc), call.Rpc);
        var uses = await call.Services.Search.Tag(new GetTagUses(name), call.Rpc);
        var isFollowed = call.Viewer is not null
            && (await call.Services.Tags.Of(new GetTagTies(call.ViewerId), call.Rpc)).IsFollowing(Folding.Fold(name));
        var path = "/tags/" + Uri.EscapeDataString(name);
        await call.ShowAsync<TagPage>(new TagModel(
            call.Frame("#" + name) with
            {
                Preview = new Preview("website", "#" + name, call.Language.Text(call.Options.Description), path),
            },
            name, uses.Days.Sum(day => (int)day.Accounts), isFollowed, page.Entries, FrontPage.OlderUrl(path, page))
        {
            Live = live,
        });
    }

    private static async Task FollowAsync(PageCall call, Parameters form, bool isFollowed)
    {
        var viewer = call.SignedIn();
        await call.Services.Tags.Follow(new FollowTag(viewer.Id, NameIn(call), isFollowed), call.Rpc);
        call.GoBack(form);
    }

    private static string NameIn(PageCall call)
    {
        var name = ((string?)call.Http.Request.RouteValues["name"] ?? "").TrimStart('#');
        return IsName(name)
            ? name
            : throw new ServiceException(
                ErrorCode.NotFound, "No hashtag can be called that: letters, digits and _ make one.");
    }

    /// <summary>Whether a hashtag can be called that.</summary>
    internal static bool IsName(string name) => Hashtags.Of("#" + name) is [var whole] && whole == name;
}
