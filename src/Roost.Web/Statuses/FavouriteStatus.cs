using Roost.Services.Posts;
using Roost.Web.Http;

namespace Roost.Web.Statuses;

/// <summary><c>POST /api/v1/statuses/:id/favourite</c> and <c>/unfavourite</c>; both answer with the post.</summary>
internal static class FavouriteStatus
{
    public static void Map(ApiRoutes routes)
    {
        routes.Post("/api/v1/statuses/{id}/favourite", Access.User("write:favourites"), FavouriteAsync);
        routes.Post("/api/v1/statuses/{id}/unfavourite", Access.User("write:favourites"), UnfavouriteAsync);
    }

    private static async Task FavouriteAsync(ApiCall call)
    {
        var id = call.PostIdInPath();
        if (!await call.Services.Posts.Favourite(new FavouritePost(call.Viewer, id), call.Rpc)) throw Faults.NotFound();
        await StatusReply.WriteOriginalAsync(call, id);
    }

    private static async Task UnfavouriteAsync(ApiCall call)
    {
        var id = call.PostIdInPath();
        if (!await call.Services.Posts.Unfavourite(new UnfavouritePost(call.Viewer, id), call.Rpc))
            throw Faults.NotFound();
        await StatusReply.WriteOriginalAsync(call, id);
    }
}
