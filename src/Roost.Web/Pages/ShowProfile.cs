using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Streaming;

namespace Roost.Web.Pages;

/// <summary><c>GET /@name</c>: an account and its posts.</summary>
internal static class ShowProfile
{
    public static void Map(PageRoutes routes) => routes.Get("/@{name}", RunAsync);

    public static async Task<Account> FindAsync(PageCall call)
    {
        var name = (string)call.Http.Request.RouteValues["name"]!;
        var found = await call.Services.Users.Find(new FindAccounts([name]), call.Rpc);
        return found[0] ?? throw new ServiceException(
            ErrorCode.NotFound, $"Nobody here is called @{Parameters.Shortened(name)}.");
    }

    private static async Task RunAsync(PageCall call)
    {
        var account = await FindAsync(call);
        var views = await call.Services.Timelines.Accounts(new HydrateAccounts([account.Id]), call.Rpc);
        var view = views[0] ?? throw Faults.NotFound();
        var relationship = call.Viewer is null
            ? default
            : (await call.Services.Graph.Relationships(new GetRelationships(call.ViewerId, [account.Id]), call.Rpc))[0];
        var range = new PageRange(Parameters.OfQuery(call.Http.Request).Post("max_id"));
        var live = range.Before.IsNone ? await call.ListenAsync(OpenPageStream.OfAccount(account.Id)) : null;
        var page = await call.Services.Timelines.Account(
            new AccountTimeline(call.ViewerId, account.Id, range, ExcludeReplies: false, ExcludeBoosts: false),
            call.Rpc);
        await call.ShowAsync<ProfilePage>(new ProfileModel(
            call.Frame("@" + account.Username), view, relationship.Following, relationship.FollowedBy, page.Entries,
            FrontPage.OlderUrl("/@" + account.Username, page))
        {
            Live = live,
        });
    }
}
