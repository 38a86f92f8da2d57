using Roost.Services.Search;
using Roost.Web.Http;

namespace Roost.Web.Search;

/// <summary><c>GET /api/v1/tags/:name</c>: one hashtag's uses.</summary>
internal static class GetTag
{
    public static void Map(ApiRoutes routes) => routes.Get("/api/v1/tags/{name}", Access.Anyone, RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var name = ((string?)call.Http.Request.RouteValues["name"] ?? "").TrimStart('#');
        if (Engine.Text.Hashtags.Of("#" + name) is not [var whole] || whole != name)
            throw Faults.NotFound();
        var tag = await call.Services.Search.Tag(new GetTagUses(name), call.Rpc);
        await call.ReplyAsync(TagReply.Of(tag, call), WebJson.Default.TagReply);
    }
}
