using Roost.Services.Search;
using Roost.Web.Http;

namespace Roost.Web.Search;

/// <summary><c>GET /api/v1/tags/:name</c>: one hashtag's uses.</summary>
internal static class GetTag
{
    public static void Map(ApiRoutes routes) => routes.Get("/api/v1/tags/{name}", Access.Anyone, RunAsync);

    /// <summary>Answers with a hashtag as it now is, also to the viewer.</summary>
    public static async Task ReplyAsync(ApiCall call, string name)
    {
        var tag = await call.Services.Search.Tag(new GetTagUses(name), call.Rpc);
        var reply = await TagReply.OfAsync([tag], call);
        await call.ReplyAsync(reply[0], WebJson.Default.TagReply);
    }

    /// <summary>The hashtag in the path, with or without <c>#</c>.</summary>
    /// <exception cref="Roost.Rpc.ServiceException"><see cref="Roost.Rpc.ErrorCode.NotFound"/>: no hashtag can be
    /// called that.</exception>
    public static string NameInPath(ApiCall call)
    {
        var name = ((string?)call.Http.Request.RouteValues["name"] ?? "").TrimStart('#');
        return Engine.Text.Hashtags.Of("#" + name) is [var whole] && whole == name ? name : throw Faults.NotFound();
    }

    private static Task RunAsync(ApiCall call) => ReplyAsync(call, NameInPath(call));
}
