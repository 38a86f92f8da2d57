using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Statuses;

/// <summary><c>POST /api/v1/statuses/:id/reblog</c> answers with the boost, <c>/unreblog</c> with the post.
/// <c>visibility</c> says whom the boost is for: unless given, whom one's posts are for.</summary>
internal static class ReblogStatus
{
    public static void Map(ApiRoutes routes)
    {
        routes.Post("/api/v1/statuses/{id}/reblog", Access.User("write:statuses"), BoostAsync);
        routes.Post("/api/v1/statuses/{id}/unreblog", Access.User("write:statuses"), UnboostAsync);
    }

    private static async Task BoostAsync(ApiCall call)
    {
        var id = call.PostIdInPath();
        var parameters = await call.ReadParametersAsync();
        var visibility = Compose.Given(parameters, "visibility") is { } given
            ? VisibilityOf(given)
            : UsualVisibility(await Compose.DefaultsAsync(call));
        var boost = await call.Services.Posts.Boost(new BoostPost(call.Viewer, id, visibility), call.Rpc)
            ?? throw Faults.NotFound();
        await StatusReply.WriteAsync(call, boost.Ref);
    }

    /// <summary>That of somebody's posts, but for those whose posts are direct: a boost names nobody.</summary>
    public static Visibility UsualVisibility(PostingDefaults usual) =>
        Compose.VisibilityOf(usual.Privacy) is var visibility and not Visibility.Direct
            ? visibility
            : Visibility.Followers;

    private static Visibility VisibilityOf(string given) =>
        Compose.VisibilityOf(given) is var visibility and not Visibility.Direct
            ? visibility
            : throw Faults.Invalid(
                "Validation failed: visibility is 'direct', but a boost names nobody; use public, unlisted or private");

    private static async Task UnboostAsync(ApiCall call)
    {
        // The id may be that of the viewer's own boost, which is about to go: find out what it boosts first.
        var id = call.PostIdInPath();
        var entry = await StatusReply.FindAsync(call, StatusReply.RefOf(id)) ?? throw Faults.NotFound();
        var original = (entry.Boosted ?? entry).Post.Id;
        if (!await call.Services.Posts.Unboost(new UnboostPost(call.Viewer, original), call.Rpc))
            throw Faults.NotFound();
        await StatusReply.WriteOriginalAsync(call, original);
    }
}
