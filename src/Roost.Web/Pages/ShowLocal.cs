using Roost.Services.Filters;
using Roost.Services.Timelines;
using Roost.Web.Http;
using Roost.Web.Streaming;

namespace Roost.Web.Pages;

/// <summary><c>GET /local</c>: everybody's public posts, for strangers too.</summary>
internal static class ShowLocal
{
    private const string Path = "/local";

    public static void Map(PageRoutes routes) => routes.Get(Path, RunAsync);

    private static async Task RunAsync(PageCall call)
    {
        var before = Parameters.OfQuery(call.Http.Request).Post("max_id");
        var live = before.IsNone ? await call.ListenAsync(OpenPageStream.Local, FilterContexts.Public) : null;
        var page = await call.Services.Timelines.Public(
            new PublicTimeline(call.ViewerId, new PageRange(before)), call.Rpc);
        await call.ShowAsync<LocalPage>(new LocalModel(
            call.Frame(call.T("Local")) with
            {
                Preview = new Preview(
                    "website", call.Options.Title, call.Language.Text(call.Options.Description), Path),
            }, page.Entries, before.IsNone, FrontPage.OlderUrl(Path, page))
        {
            Live = live,
        });
    }
}
