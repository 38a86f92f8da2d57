using Microsoft.AspNetCore.Http;
using Roost.Services.Filters;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Streaming;

namespace Roost.Web.Pages;

/// <summary><c>GET /</c>: the home timeline of who is signed in, or what this place is.</summary>
internal static class FrontPage
{
    public static void Map(PageRoutes routes) => routes.Get("/", call => ShowAsync(call));

    /// <param name="problem">Why following was refused, with the name that was typed.</param>
    public static async Task ShowAsync(
        PageCall call, string? problem = null, int status = StatusCodes.Status200OK, string followed = "")
    {
        var query = Parameters.OfQuery(call.Http.Request);
        if (call.Viewer is null)
        {
            var returnTo = PageCall.LocalPath(query.Text("return_to")) ?? "/";
            await call.ShowAsync<WelcomePage>(new WelcomeModel(
                call.Frame(call.T("Welcome")) with
                {
                    Preview = new Preview(
                        "website", call.Options.Title, call.Language.Text(call.Options.Description), "/"),
                }, returnTo));
            return;
        }
        var before = query.Post("max_id");
        var live = before.IsNone ? await call.ListenAsync(OpenPageStream.Home, FilterContexts.Home) : null;
        var page = await call.Services.Timelines.Home(new HomeTimeline(call.ViewerId, new PageRange(before)), call.Rpc);
        // After a form that was refused the address is the form's.
        var frame = call.Frame(call.T("Home"), problem) with { Here = "/" + call.Http.Request.QueryString };
        await call.ShowAsync<HomePage>(
            new HomeModel(frame, page.Entries, before.IsNone, OlderUrl("/", page), followed)
            {
                Live = live is null ? null : live with { Page = "/" },
            }, status);
    }

    /// <summary>Where the page after this one is; null at the end.</summary>
    public static string? OlderUrl(string path, TimelinePage page) => page.HasOlder && page.Entries is [.., var last]
        ? $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}max_id={last.Post.Id}"
        : null;
}
