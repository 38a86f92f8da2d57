using System.Globalization;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Push;
using Roost.Web.Http;
using Roost.Web.Pages;
using Roost.Web.Pages.Finding;
using Roost.Web.Sessions;

namespace Roost.Web.Streaming;

/// <summary>
/// <c>GET /live/…</c>: what comes after a page of Roost's own was made, as server-sent events that name posts and tell
/// nothing of them but counters. Who reads is whoever is signed in, by the session's cookie; so only Roost's own pages
/// may listen. <c>?posts=ID,ID</c> says which posts the page shows: it hears when these are answered, boosted or
/// favourited.
/// </summary>
/// <remarks>
/// Other sites' pages get nothing: the cookie is <c>SameSite</c>, browsers say where a request comes from and are
/// believed, and without a CORS header (these paths have none) what is answered cannot be read elsewhere.
/// </remarks>
internal static class OpenPageStream
{
    public const string Home = "/live/home";
    public const string Local = "/live/local";
    public const string Notifications = "/live/notifications";

    public static void Map(PageRoutes routes)
    {
        routes.Get(Home, call => call.Viewer is null
            ? throw new ServiceException(ErrorCode.Forbidden, "Sign in to hear of new posts at home.")
            : RunAsync(call, new StreamTopic(StreamKind.User)));
        // With the home timeline, for what becomes of the posts that the page shows.
        routes.Get(Notifications, call => call.Viewer is null
            ? throw new ServiceException(ErrorCode.Forbidden, "Sign in to hear of notifications.")
            : RunAsync(call, new StreamTopic(StreamKind.User), hasNotices: true));
        routes.Get(Local, call => RunAsync(call, new StreamTopic(StreamKind.Public)));
        routes.Get("/live/accounts/{id}", call => RunAsync(
            call, AccountId.TryParse(IdOf(call), out var id) ? new StreamTopic(StreamKind.Account, id.Value) : null));
        routes.Get("/live/posts/{id}", call => RunAsync(
            call, PostId.TryParse(IdOf(call), out var id) ? new StreamTopic(StreamKind.Thread, id.Value) : null));
        routes.Get("/live/tags/{name}", call => RunAsync(
            call, (string?)call.Http.Request.RouteValues["name"] is { } name && ShowTags.IsName(name)
                ? new StreamTopic(StreamKind.Hashtag, Tag: name)
                : null));
        routes.Get("/live/lists/{id}", call => RunAsync(
            call, call.Viewer is not null && long.TryParse(IdOf(call), out var id)
                ? new StreamTopic(StreamKind.List, id)
                : null));
    }

    public static string OfTag(string name) => "/live/tags/" + Uri.EscapeDataString(name);

    public static string OfList(long list) => string.Create(CultureInfo.InvariantCulture, $"/live/lists/{list}");

    public static string OfAccount(AccountId account) => $"/live/accounts/{account}";

    public static string OfThread(PostId post) => $"/live/posts/{post}";

    private static string? IdOf(PageCall call) => (string?)call.Http.Request.RouteValues["id"];

    private static Task RunAsync(PageCall call, StreamTopic? topic, bool hasNotices = false)
    {
        if (!FormGuard.IsFromOurPages(call.Http.Request))
            throw new ServiceException(ErrorCode.Forbidden, "Only this server's own pages may listen here.");
        if (topic is null)
            throw new ServiceException(ErrorCode.NotFound, "There is nothing to listen to.");
        call.Http.Response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Strangers have no session that could end.
        var secret = call.Viewer is null ? null : BrowserSession.SecretOf(call.Http.Request, call.Options);
        var connection = new StreamConnection(
            call.Http, StreamOutput.OfBody(call.Http), StreamFraming.Pages, secret, call.Options.StreamQueueBytes);
        return EventStream.RunAsync(
            call.Site, call.Http, connection,
            new PushStream(call.ViewerId, topic, connection)
            {
                HasNotices = hasNotices,
                HasStaffNotices = false,
                Shows = ShownOn(call),
            }, call.Rpc);
    }

    private static IReadOnlyList<PostId> ShownOn(PageCall call)
    {
        var shown = new HashSet<PostId>();
        foreach (var text in call.Http.Request.Query["posts"].ToString().Split(
            ',', PushStream.ShowsMax + 1, StringSplitOptions.RemoveEmptyEntries))
        {
            if (!PostId.TryParse(text, out var id) || shown.Count == PushStream.ShowsMax)
            {
                throw Faults.Invalid(
                    $"posts names up to {PushStream.ShowsMax} posts by their ids, with commas between.");
            }
            shown.Add(id);
        }
        return [.. shown];
    }
}
