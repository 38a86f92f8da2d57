using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Posts;
using Roost.Services.Push;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Pages.Languages;
using Roost.Web.Sessions;
using Roost.Web.Streaming;

namespace Roost.Web.Pages;

/// <summary>One request for a page or from a page's form, with who is signed in, and the ways to answer.</summary>
internal sealed class PageCall(Site site, HttpContext http, Account? viewer, Call rpc)
{
    public Site Site { get; } = site;
    public HttpContext Http { get; } = http;
    public Account? Viewer { get; } = viewer;
    public AccountId ViewerId => Viewer?.Id ?? default;
    public Call Rpc { get; } = rpc;
    public WebServices Services => Site.Services;
    public WebOptions Options => Site.Options;

    /// <summary>What the viewer chose, or else what the browser asks for.</summary>
    public Language Language { get; } = Language.Of(
        viewer?.Profile.Reading.PagesLanguage, http.Request.Headers.AcceptLanguage.ToString());

    /// <summary>How many notifications the viewer has not read, 100 at most.</summary>
    public int Unread { get; init; }

    /// <summary>Whose session it is that may not be used now; null for who is signed in, and for strangers.</summary>
    public KeptOut? KeptOut { get; init; }

    private bool HasForms { get; set; }

    /// <inheritdoc cref="Language.Text(string)"/>
    public string T(string english) => Language.Text(english);

    /// <inheritdoc cref="Language.Text(string, ReadOnlySpan{object?})"/>
    public string T(string english, params ReadOnlySpan<object?> values) => Language.Text(english, values);

    /// <summary>A refusal in the viewer's language.</summary>
    public string InWords(ServiceException refusal) => Language.Problem(Faults.InWords(refusal));

    /// <summary>
    /// Where a page that is about to be read hears of what comes afterwards. To be asked for first: what comes
    /// meanwhile may then be on the page and told of, too, which the page knows.
    /// </summary>
    /// <param name="path">One of the streams for pages.</param>
    /// <param name="context">Which of the viewer's filters hold on the page.</param>
    public async ValueTask<LiveModel> ListenAsync(string path, FilterContexts context)
    {
        var newest = await Services.Posts.Locate(LocatePost.End, Rpc) - 1;
        return new LiveModel(
            path, StreamMessage.IdOf(new PushPlace(newest)), Http.Request.Path.ToUriComponent(), context, Unread);
    }

    /// <summary>Where a redirect after this page's forms may go beside our own origin; null for nowhere.</summary>
    public string? FormTarget { get; set; }

    /// <summary>Whether other sites may show the page in a frame; no page with forms may be.</summary>
    public bool IsInFrame { get; set; }

    public PageFrame Frame(string title, string? problem = null) => new(
        title, Options, Viewer, IssueToken, Http.Request.Path.ToUriComponent() + Http.Request.QueryString,
        Site.Time.GetUtcNow(), problem)
    {
        Unread = Unread,
        IsKeptOut = KeptOut is not null,
        CardOf = post => Site.Statuses.CardOf(LentPost.Of(post)).Card,
    };

    /// <summary>Answers with a component, which takes everything it shows as its one parameter <c>Model</c>.</summary>
    public async Task ShowAsync<TComponent>(object model, int status = StatusCodes.Status200OK)
        where TComponent : IComponent
    {
        // A renderer of its own for each page: it holds the page's components, and nothing when the page has been
        // written.
        // Only the HTML is wanted, so none of the services that interactive components need has to start.
        await using var renderer = new HtmlRenderer(Http.RequestServices, Site.Loggers);
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(PageRoot.Language)] = Language,
            [nameof(PageRoot.Emojis)] = Services.Community.Emojis.Now,
            [nameof(PageRoot.Page)] = typeof(TComponent),
            [nameof(PageRoot.Parameters)] = new Dictionary<string, object> { ["Model"] = model },
        });
        var html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<PageRoot>(parameters)).ToHtmlString());

        var response = Http.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentLanguage = Language.Code;
        response.Headers.ContentSecurityPolicy =
            IsInFrame
                ? "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors *; "
                    + "form-action 'none'"
                : "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
                    + "manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
                    + $"form-action 'self'{(FormTarget is null ? "" : " " + FormTarget)}";
        response.Headers["Referrer-Policy"] = "same-origin";
        // What everybody gets who is nobody may be kept, if it is asked for again whether it is still so.
        if (Viewer is null && KeptOut is null && !HasForms && status == StatusCodes.Status200OK)
        {
            await PublicPage.WriteAsync(Http, html);
            return;
        }
        response.Headers.CacheControl = "private, no-store";
        await response.WriteAsync(html, Http.RequestAborted);
    }

    private string IssueToken()
    {
        HasForms = true;
        return FormGuard.TokenFor(Http, Options);
    }

    /// <summary>Sends the browser on with a GET, so that reloading does not send the form again.</summary>
    public void GoTo(string url)
    {
        Http.Response.StatusCode = StatusCodes.Status303SeeOther;
        Http.Response.Headers.Location = url;
    }

    /// <summary>Back to the page that a form was on, or to the front page.</summary>
    public void GoBack(Parameters form) => GoTo(LocalPath(form.Text("return_to")) ?? "/");

    /// <summary>A path on this server, or null for anything that could lead elsewhere.</summary>
    public static string? LocalPath(string? path)
    {
        if (string.IsNullOrEmpty(path) || path[0] != '/' || path.Length > 8_000) return null;
        if (path.Length > 1 && path[1] is '/' or '\\') return null;
        return path.AsSpan().ContainsAnyExceptInRange('!', '~') ? null : path;
    }

    /// <exception cref="ServiceException"><see cref="ErrorCode.Forbidden"/>: nobody is signed in.</exception>
    public Account SignedIn() =>
        Viewer ?? throw new ServiceException(
            ErrorCode.Forbidden,
            KeptOut is { } keptOut
                ? PasswordGate.InWords(keptOut.Standing)
                : "You are not signed in any more. Sign in and try again.");

    /// <summary>For pages of one's own: sends strangers to sign in and back again.</summary>
    /// <returns>True when nobody is signed in: the request is answered.</returns>
    public bool AsksToSignIn()
    {
        if (Viewer is not null) return false;
        if (KeptOut is not null)
        {
            GoTo(ShowStanding.Path);
            return true;
        }
        var here = Http.Request.Path.ToUriComponent() + Http.Request.QueryString;
        GoTo("/sign-in?return_to=" + Uri.EscapeDataString(here));
        return true;
    }
}
