using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Web.Http;
using Roost.Web.Media;
using Roost.Web.Statuses;

namespace Roost.Web.Pages;

/// <summary><c>POST /compose</c>: posts, or answers, with one picture perhaps; a refused text comes back to be
/// mended.</summary>
internal static class ComposeForm
{
    public static void Map(PageRoutes routes) => routes.Post("/compose", RunAsync, withPicture: true);

    private static async Task RunAsync(PageCall call, Parameters form)
    {
        var author = call.SignedIn();
        // Browsers send line ends as CR LF; posts from apps have LF.
        var text = (form.Text("status") ?? "").ReplaceLineEndings("\n").Trim();
        try
        {
            var picture = await MediaUpload.ReadAsync(call.Http, call.Services.Media.Limits, "picture");
            Compose.Check(text, "", call.Options, hasMedia: picture is not null);
            var request = new CreatePost(
                author.Id, text, Sensitive: author.Profile.Posting.Sensitive,
                Visibility: Compose.VisibilityOf(form.Text("visibility")), Language: author.Profile.Posting.Language,
                InReplyTo: form.Post("in_reply_to_id"),
                Mentions: await Compose.MentionsAsync(call.Site, text, call.Rpc))
            {
                MediaIds = picture is null ? [] : [await UploadAsync(call, picture, form.Text("description") ?? "")],
            };
            await call.Services.Posts.Create(request, call.Rpc);
        }
        catch (ServiceException e) when (e.Code is ErrorCode.Invalid or ErrorCode.NotFound or ErrorCode.StorageFull)
        {
            await FrontPage.ShowAsync(
                call, $"Not posted. {Faults.InWords(e)}", text, form.Text("in_reply_to_id") ?? "",
                ErrorReplies.StatusOf(e.Code));
            return;
        }
        call.GoBack(form);
    }

    private static async Task<long> UploadAsync(PageCall call, byte[] picture, string description)
    {
        var item = await call.Services.Media.Upload(
            new UploadMedia(call.SignedIn().Id, MediaPurpose.Attachment, picture, description.Trim()), call.Rpc);
        return item.Id;
    }
}
