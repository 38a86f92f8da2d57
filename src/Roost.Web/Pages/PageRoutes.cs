using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Roost.Rpc;
using Roost.Services.Notifications;
using Roost.Web.Http;
using Roost.Web.Limits;
using Roost.Web.Media;
using Roost.Web.Sessions;

namespace Roost.Web.Pages;

/// <summary>
/// Where pages and their forms are mapped; the one place where sessions are read and forged forms refused.
/// </summary>
internal sealed class PageRoutes(IEndpointRouteBuilder routes, Site site)
{
    private static readonly string[] _reads = ["GET", "HEAD"];
    private static readonly string[] _posts = ["POST"];
    private static readonly object _afterSignIn = new();

    public Site Site { get; } = site;

    public void Get(string pattern, Func<PageCall, Task> handler) =>
        routes.MapMethods(pattern, _reads, new RequestDelegate(async http => await handler(await BeginAsync(http))));

    /// <summary>
    /// A form: its fields are read and checked to come from a page of ours before the handler sees them.
    /// </summary>
    /// <param name="pictures">Up to how many pictures it may bring.</param>
    public void Post(string pattern, Func<PageCall, Parameters, Task> handler, int pictures = 0)
    {
        var limit = RouteLimits.Of("POST", pattern);
        routes.MapMethods(pattern, _posts, new RequestDelegate(async http =>
        {
            if (pictures > 0) MediaUpload.Allow(http, Site.Services.Media.Limits, pictures);
            var form = await Parameters.ReadAsync(http.Request, http.RequestAborted);
            if (pattern is not ("/sign-in" or "/sign-up")) http.Items[_afterSignIn] = AfterSignIn(pattern, form);
            if (!FormGuard.IsOurs(http.Request, form.Text(FormGuard.FieldName), Site.Options))
                throw new ServiceException(ErrorCode.Forbidden, WhyNotOurs(http));
            var call = await BeginAsync(http);
            if (limit != LimitKind.None && Site.Gate.RefusesForm(http, call.ViewerId, limit) is { } refusal)
            {
                http.Response.Headers.RetryAfter = Site.Gate.SecondsToWait(refusal);
                await ShowProblemAsync(
                    http, StatusCodes.Status429TooManyRequests,
                    $"That was too much in a short time. Try again in {Site.Gate.SecondsToWait(refusal)} s.");
                return;
            }
            if (RequestGate.IsForWhatIsMade(limit))
                await Site.Gate.RunAsync(http, call.ViewerId, limit, () => handler(call, form));
            else
                await handler(call, form);
        }));
    }

    /// <summary>Shows a failure as a page; never fails itself for want of a session.</summary>
    public async Task ShowProblemAsync(HttpContext http, int status, string text)
    {
        var call = await BeginWithOrWithoutSessionAsync(http);
        var title = status switch
        {
            StatusCodes.Status404NotFound => call.T("There is nothing here"),
            StatusCodes.Status403Forbidden => call.T("That is not allowed"),
            StatusCodes.Status429TooManyRequests => call.T("Not so fast"),
            StatusCodes.Status422UnprocessableEntity or StatusCodes.Status400BadRequest => call.T("That did not work"),
            _ => call.T("Something went wrong"),
        };
        await call.ShowAsync<MessagePage>(
            new MessageModel(call.Frame(title), call.Language.Problem(text), SignInUrl(call, status)), status);
    }

    /// <summary>Where who has signed in goes on: the page that the form was on, which has the draft of what was
    /// written.</summary>
    private static string AfterSignIn(string pattern, Parameters form) =>
        pattern == "/compose" && string.IsNullOrEmpty(form.Text("in_reply_to_id"))
            ? pattern
            : PageCall.LocalPath(form.Text("return_to")) ?? "/";

    private static string? SignInUrl(PageCall call, int status) =>
        call.Viewer is null && status == StatusCodes.Status403Forbidden
            && call.Http.Items[_afterSignIn] is string path
            ? "/sign-in?return_to=" + Uri.EscapeDataString(path)
            : null;

    // Without the session's cookie a form of one's own cannot be known any more.
    private string WhyNotOurs(HttpContext http) =>
        http.Items.ContainsKey(_afterSignIn) && FormGuard.IsFromOurPages(http.Request)
            && BrowserSession.SecretOf(http.Request, Site.Options) is null
            ? "You are not signed in any more. Sign in and try again."
            : "That form did not come from a page of this server, or is too old. Go back, reload, try again.";

    private async ValueTask<PageCall> BeginWithOrWithoutSessionAsync(HttpContext http)
    {
        try
        {
            return await BeginAsync(http);
        }
        catch (ServiceException)
        {
            // What the page is about may be just that; it is told all the same, to whomever it is.
            return new PageCall(Site, http, null, Call.Until(http.RequestAborted));
        }
    }

    private async ValueTask<PageCall> BeginAsync(HttpContext http)
    {
        var rpc = new Call(Deadline.After(Site.Options.RequestTimeout, Site.Time), http.RequestAborted);
        var (viewer, keptOut) = await BrowserSession.LookAsync(Site, http.Request, rpc);
        var isCounted = viewer is not null && !HttpMethods.IsPost(http.Request.Method);
        return new PageCall(Site, http, viewer, rpc)
        {
            KeptOut = keptOut,
            Unread = isCounted
                ? await Site.Services.Notifications.Unread(new CountUnread(viewer!.Id, NoticeChoice.Personal), rpc)
                : 0,
        };
    }
}
