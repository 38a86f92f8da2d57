using System.Globalization;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Web.Http;

namespace Roost.Web.Media;

/// <summary>
/// <c>GET</c>, <c>PUT</c> and <c>DELETE /api/v1/media/:id</c>: a picture that one sent oneself. What is told about one
/// that a post shows already is an edit of that post.
/// </summary>
internal static class OwnMedia
{
    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/media/{id}", Access.User("write:media", "read"), GetAsync);
        routes.Put("/api/v1/media/{id}", Access.User("write:media"), PutAsync);
        routes.Delete("/api/v1/media/{id}", Access.User("write:media"), DeleteAsync);
    }

    private static async Task GetAsync(ApiCall call)
    {
        var items = await call.Services.Media.Get(new GetMedia([IdOf(call)]), call.Rpc);
        await ReplyAsync(call, items[0] is { } item && item.Account == call.Viewer ? item : null);
    }

    private static async Task PutAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var focus = MediaUpload.FocusOf(parameters.Text("focus"));
        var item = await call.Services.Media.Describe(
            new DescribeMedia(call.Viewer, IdOf(call), parameters.Text("description"), focus?.X, focus?.Y), call.Rpc);
        if (item is { IsUsed: true, Purpose: MediaPurpose.Attachment })
            await call.Services.Posts.Redescribe(new RedescribeMedia(call.Viewer, item.Id), call.Rpc);
        await ReplyAsync(call, item);
    }

    private static async Task DeleteAsync(ApiCall call)
    {
        switch (await call.Services.Media.Delete(new DeleteMedia(call.Viewer, IdOf(call)), call.Rpc))
        {
            case DeleteMediaReply.NotFound:
                throw Faults.NotFound();
            case DeleteMediaReply.InUse:
                throw Faults.Invalid("Media is shown by a post: delete or edit the post instead.");
            default:
                await call.ReplyAsync("{}"u8.ToArray());
                break;
        }
    }

    private static Task ReplyAsync(ApiCall call, MediaItem? item) => item is null
        ? throw Faults.NotFound()
        : call.ReplyAsync(MediaReply.Of(item, call.Site.Options), WebJson.Default.MediaReply);

    /// <exception cref="ServiceException"><see cref="ErrorCode.NotFound"/>: no id.</exception>
    private static long IdOf(ApiCall call) => long.TryParse(
        (string?)call.Http.Request.RouteValues["id"], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw Faults.NotFound();
}
