using Microsoft.AspNetCore.Http;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Streaming;

namespace Roost.Web.Pages;

/// <summary><c>GET /</c>: the home timeline of who is signed in, or what this place is.</summary>
internal static class FrontPage
{
    public static void Map(PageRoutes routes) => routes.Get("/", call => ShowAsync(call));

    /// <param name="problem">Why posting or following was refused, with what was typed.</param>
    public static async Task ShowAsync(
        PageCall call, string? problem = null, string draft = "", string inReplyTo = "",
        int status = StatusCodes.Status200OK, string followed = "")
    {
        var query = Parameters.OfQuery(call.Http.Request);
        if (call.Viewer is null)
        {
            var returnTo = PageCall.LocalPath(query.Text("return_to")) ?? "/";
            await call.ShowAsync<WelcomePage>(new WelcomeModel(call.Frame("Welcome"), returnTo));
            return;
        }
        var before = query.Post("max_id");
        var live = before.IsNone ? await call.ListenAsync(OpenPageStream.Home) : null;
        var page = await call.Services.Timelines.Home(new HomeTimeline(call.ViewerId, new PageRange(before)), call.Rpc);
        var model = new HomeModel(
            call.Frame("Home", problem) with { Here = "/" + call.Http.Request.QueryString },
            page.Entries, before.IsNone, OlderUrl("/", page), draft, inReplyTo, followed)
        {
            // After a form that was refused the address is the form's.
            Live = live is null ? null : live with { Page = "/" },
        };
        await call.ShowAsync<HomePage>(model, status);
    }

    public static string? OlderUrl(string path, TimelinePage page) =>
        page.HasOlder && page.Entries is [.., var last] ? $"{path}?max_id={last.Post.Id}" : null;
}
