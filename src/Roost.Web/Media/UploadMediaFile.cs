using Roost.Services.Media;
using Roost.Web.Http;

namespace Roost.Web.Media;

/// <summary>
/// <c>POST /api/v2/media</c> and its forerunner v1: a picture to post later. It is processed before the answer, so the
/// answer is always 200 and the picture there.
/// </summary>
internal static class UploadMediaFile
{
    public static void Map(ApiRoutes routes)
    {
        routes.Post("/api/v2/media", Access.User("write:media"), RunAsync);
        routes.Post("/api/v1/media", Access.User("write:media"), RunAsync);
    }

    private static async Task RunAsync(ApiCall call)
    {
        MediaUpload.Allow(call);
        var content = await MediaUpload.ReadAsync(call, "file")
            ?? throw Faults.Invalid(
                "Validation failed: File can't be blank: send it as multipart/form-data, in 'file'");
        var parameters = await call.ReadParametersAsync();
        var focus = MediaUpload.FocusOf(parameters.Text("focus")) ?? (0, 0);
        var item = await call.Services.Media.Upload(
            new UploadMedia(
                call.Viewer, MediaPurpose.Attachment, content, parameters.Text("description") ?? "", focus.X, focus.Y),
            call.Rpc);
        await call.ReplyAsync(MediaReply.Of(item, call.Site.Options), WebJson.Default.MediaReply);
    }
}
