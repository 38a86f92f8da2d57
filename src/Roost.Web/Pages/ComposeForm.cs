using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Web.Http;
using Roost.Web.Statuses;

namespace Roost.Web.Pages;

/// <summary><c>POST /compose</c>: posts, or answers; a refused text comes back to be mended.</summary>
internal static class ComposeForm
{
    public static void Map(PageRoutes routes) => routes.Post("/compose", RunAsync);

    private static async Task RunAsync(PageCall call, Parameters form)
    {
        var author = call.SignedIn();
        // Browsers send line ends as CR LF; posts from apps have LF.
        var text = (form.Text("status") ?? "").ReplaceLineEndings("\n").Trim();
        try
        {
            Compose.Check(text, "", call.Options);
            var request = new CreatePost(
                author.Id, text, Visibility: Compose.VisibilityOf(form.Text("visibility")),
                InReplyTo: form.Post("in_reply_to_id"),
                Mentions: await Compose.MentionsAsync(call.Site, text, call.Rpc));
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
}
