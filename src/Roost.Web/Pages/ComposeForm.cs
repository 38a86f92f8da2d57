using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Web.Http;
using Roost.Web.Sessions;
using Roost.Web.Statuses;

namespace Roost.Web.Pages;

/// <summary><c>GET /compose</c>, <c>POST /compose</c>, and <c>/posts/:id/edit</c>: writes a post, an answer or a new
/// version; what is refused comes back to be mended.</summary>
internal static class ComposeForm
{
    private static readonly TimeSpan _toldFor = TimeSpan.FromMinutes(10);

    public static void Map(PageRoutes routes)
    {
        routes.Get("/compose", NewAsync);
        routes.Post("/compose", PostAsync, MediaLimits.PerPost);
        routes.Get("/posts/{id}/edit", EditAsync);
        routes.Post("/posts/{id}/edit", SaveAsync);
    }

    private static async Task NewAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var query = Parameters.OfQuery(call.Http.Request);
        // Other sites may offer to share something here; nothing is posted before it is read and sent.
        var to = query.Text("to") is { Length: > 0 } name ? $"@{name} " : "";
        await ShowAsync(call, Draft.Empty with { Text = to + $"{query.Text("text")} {query.Text("url")}".Trim() });
    }

    /// <summary>The form on a page of its own.</summary>
    public static Task ShowAsync(PageCall call, Draft draft, string? problem = null, int status = 200)
    {
        var title = draft.EditOf.Length > 0 ? call.T("Edit the post")
            : draft.RedraftOf.Length > 0 ? call.T("Delete and write again")
            : draft.InReplyTo.Length > 0 ? call.T("Your reply")
            : call.T("New post");
        return call.ShowAsync<ComposePage>(
            new ComposeModel(call.Frame(title, problem), draft, IsAlone: true), status);
    }

    private static async Task PostAsync(PageCall call, Parameters form)
    {
        var author = call.SignedIn();
        var draft = DraftOf(form);
        var old = await Redraft.OldAsync(call, draft.RedraftOf);
        try
        {
            draft = draft with { Pictures = await Redraft.KeptAsync(call, form) };
            (draft, var refusals) = await ComposePictures.TakeAsync(call, form, draft);
            if (refusals.Count > 0)
            {
                await ShowAsync(
                    call, draft, string.Join(' ', [call.T("Not posted."), .. refusals]),
                    StatusCodes.Status422UnprocessableEntity);
                return;
            }
            var count = draft.Pictures.Count;
            Compose.Check(draft.Text, draft.Spoiler, call.Options, count > 0);
            var posting = author.Profile.Posting;
            var request = new CreatePost(
                author.Id, draft.Text, draft.Spoiler,
                posting.Sensitive || author.IsSensitized || draft.Spoiler.Length > 0
                    || old is { Sensitive: true, SpoilerText: "" },
                Compose.VisibilityOf(form.Text("visibility") ?? posting.Privacy),
                Compose.LanguageOf(form.Text("language") ?? posting.Language), form.Post("in_reply_to_id"),
                await Compose.MentionsAsync(call.Site, draft.Text, call.Rpc), IdempotencyKey: KeyOf(form))
            {
                Poll = draft.Options.Count > 0 ? ComposePoll.Of(form, call.Site.Time.GetUtcNow()) : null,
                QuotePolicy = KeepQuotes.PolicyOf(posting),
                Quoted = old?.Quoted.Id ?? default,
            };
            if (request.Poll is { } poll)
                request = request with { Poll = poll with { Options = draft.Options } };
            if (request.Poll is not null && count > 0)
                throw Faults.Invalid("Validation failed: A post has pictures or a poll, not both");
            await Redraft.ReplaceAsync(call, old, draft.Pictures, ComposeMedia.DescriptionsOf(form));
            request = request with { MediaIds = [.. draft.Pictures.Select(item => item.Id)] };
            await call.Services.Posts.Create(request, call.Rpc);
            TellTaken(call, form);
        }
        catch (ServiceException e) when (IsForTheAuthor(e))
        {
            await ShowAsync(call, draft, call.T("Not posted.") + " " + call.InWords(e), ErrorReplies.StatusOf(e.Code));
            return;
        }
        call.GoBack(form);
    }

    private static async Task EditAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var post = await OwnAsync(call);
        var returnTo = PageCall.LocalPath(Parameters.OfQuery(call.Http.Request).Text("return_to")) ?? "/";
        await ShowAsync(call, Draft.Of(post, returnTo));
    }

    private static async Task SaveAsync(PageCall call, Parameters form)
    {
        var author = call.SignedIn();
        var old = await OwnAsync(call);
        var draft = DraftOf(form) with { EditOf = old.Id.ToString(), Pictures = old.Media };
        try
        {
            Compose.Check(draft.Text, draft.Spoiler, call.Options, old.Media.Count > 0 || old.Quoted.Seq != 0);
            var request = new EditPost(
                author.Id, old.Id, draft.Text, draft.Spoiler,
                draft.Spoiler.Length > 0 || (old.Sensitive && old.SpoilerText.Length == 0),
                Compose.LanguageOf(form.Text("language")), await Compose.MentionsAsync(call.Site, draft.Text, call.Rpc))
            {
                Descriptions = ComposeMedia.DescriptionsOf(form),
            };
            _ = await call.Services.Posts.Edit(request, call.Rpc) ?? throw Gone();
            TellTaken(call, form);
        }
        catch (ServiceException e) when (IsForTheAuthor(e))
        {
            await ShowAsync(call, draft, call.T("Not changed.") + " " + call.InWords(e), ErrorReplies.StatusOf(e.Code));
            return;
        }
        call.GoBack(form);
    }

    private static bool IsForTheAuthor(ServiceException e) =>
        e.Code is ErrorCode.Invalid or ErrorCode.NotFound or ErrorCode.StorageFull
            or ErrorCode.Unavailable;

    private static async ValueTask<Post> OwnAsync(PageCall call)
    {
        var viewer = call.SignedIn();
        if (!PostId.TryParse((string?)call.Http.Request.RouteValues["id"], out var id)) throw Gone();
        var posts = await call.Services.Posts.Get(GetPosts.One(viewer.Id, id), call.Rpc);
        return posts[0] is { IsBoost: false } post && post.Author == viewer.Id ? post : throw Gone();
    }

    // Browsers send line ends as CR LF; posts from apps have LF.
    private static Draft DraftOf(Parameters form) => new()
    {
        Text = (form.Text("status") ?? "").ReplaceLineEndings("\n").Trim(),
        Spoiler = (form.Text("spoiler_text") ?? "").ReplaceLineEndings(" ").Trim(),
        Visibility = form.Text("visibility"),
        Language = form.Text("language"),
        InReplyTo = form.Text("in_reply_to_id") ?? "",
        RedraftOf = form.Text("redraft_of") ?? "",
        Options =
        [
            .. form.List("poll[options]").Select(option => (option ?? "").Trim()).Where(option => option.Length > 0),
        ],
        IsMultiple = form.Text("poll[multiple]") == "true",
        Lasts = int.TryParse(form.Text("poll[expires_in]"), out var seconds) ? seconds : Draft.Empty.Lasts,
        ReturnTo = PageCall.LocalPath(form.Text("return_to")),
    };

    /// <summary>Tells the next page's script which form has been taken: until then it keeps what was written. Nothing
    /// secret, so scripts may read it.</summary>
    private static void TellTaken(PageCall call, Parameters form)
    {
        if (KeyOf(form) is null) return;
        var cookie = BrowserSession.CookieOf(call.Options, _toldFor);
        cookie.HttpOnly = false;
        call.Http.Response.Cookies.Append("roost_posted", form.Text("idempotency_key")!, cookie);
    }

    private static string? KeyOf(Parameters form) =>
        form.Text("idempotency_key") is { Length: > 0 and <= 255 } key ? "page-" + key : null;

    private static ServiceException Gone() => new(ErrorCode.NotFound, "That post is not there any more.");
}
