using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Web.Pages;

/// <summary><c>POST /posts/:id/…</c>: the buttons below a post.</summary>
internal static class PostForms
{
    public static void Map(PageRoutes routes)
    {
        Map(routes, "boost", async (call, me, id) =>
            await call.Services.Posts.Boost(new BoostPost(me, id), call.Rpc) is not null);
        Map(routes, "unboost", async (call, me, id) =>
            await call.Services.Posts.Unboost(new UnboostPost(me, id), call.Rpc));
        Map(routes, "favourite", async (call, me, id) =>
            await call.Services.Posts.Favourite(new FavouritePost(me, id), call.Rpc));
        Map(routes, "unfavourite",
            async (call, me, id) => await call.Services.Posts.Unfavourite(new UnfavouritePost(me, id), call.Rpc));
        Map(routes, "delete", async (call, me, id) =>
            await call.Services.Posts.Delete(new DeletePost(me, id), call.Rpc) is not null);
    }

    private static void Map(PageRoutes routes, string verb, Func<PageCall, AccountId, PostId, Task<bool>> act) =>
        routes.Post($"/posts/{{id}}/{verb}", async (call, form) =>
        {
            var viewer = call.SignedIn();
            if (!PostId.TryParse((string?)call.Http.Request.RouteValues["id"], out var id)
                || !await act(call, viewer.Id, id))
                throw new ServiceException(ErrorCode.NotFound, "That post is not there any more.");
            call.GoBack(form);
        });
}
