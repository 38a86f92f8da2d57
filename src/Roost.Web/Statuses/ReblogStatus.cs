using Roost.Services.Posts;
using Roost.Web.Http;

namespace Roost.Web.Statuses;

/// <summary><c>POST /api/v1/statuses/:id/reblog</c> answers with the boost, <c>/unreblog</c> with the post.</summary>
internal static class ReblogStatus
{
    public static void Map(ApiRoutes routes)
    {
        routes.Post("/api/v1/statuses/{id}/reblog", Access.User("write:statuses"), BoostAsync);
        routes.Post("/api/v1/statuses/{id}/unreblog", Access.User("write:statuses"), UnboostAsync);
    }

    private static async Task BoostAsync(ApiCall call)
    {
        var boost = await call.Services.Posts.Boost(new BoostPost(call.Viewer, call.PostIdInPath()), call.Rpc)
            ?? throw Faults.NotFound();
        await StatusReply.WriteAsync(call, boost.Ref);
    }

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
