using Roost.Services.Posts;
using Roost.Web.Http;

namespace Roost.Web.Statuses;

/// <summary>
/// <c>POST /api/v1/statuses/:id/bookmark</c>, <c>/pin</c>, <c>/mute</c> (of its thread) and their undoing: what one
/// keeps for oneself about a post. All answer with the post.
/// </summary>
internal static class MarkStatus
{
    public static void Map(ApiRoutes routes)
    {
        Add("bookmark", "write:bookmarks", PostMark.Bookmark);
        Add("pin", "write:accounts", PostMark.Pin);
        Add("mute", "write:mutes", PostMark.Mute);

        void Add(string name, string scope, PostMark mark)
        {
            var access = Access.User(scope);
            routes.Post($"/api/v1/statuses/{{id}}/{name}", access, call => RunAsync(call, mark, isSet: true));
            routes.Post($"/api/v1/statuses/{{id}}/un{name}", access, call => RunAsync(call, mark, isSet: false));
        }
    }

    private static async Task RunAsync(ApiCall call, PostMark mark, bool isSet)
    {
        var id = call.PostIdInPath();
        if (!await call.Services.Marks.Mark(new MarkPost(call.Viewer, id, mark, isSet), call.Rpc))
            throw Faults.NotFound();
        await StatusReply.WriteOriginalAsync(call, id);
    }
}
