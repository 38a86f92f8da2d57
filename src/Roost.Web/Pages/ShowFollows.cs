using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Web.Http;

namespace Roost.Web.Pages;

/// <summary><c>GET /@name/followers</c> and <c>/@name/following</c>, newest first.</summary>
internal static class ShowFollows
{
    public static void Map(PageRoutes routes)
    {
        routes.Get("/@{name}/followers", call => RunAsync(call, FollowSide.Followers));
        routes.Get("/@{name}/following", call => RunAsync(call, FollowSide.Following));
    }

    private static async Task RunAsync(PageCall call, FollowSide side)
    {
        var account = await ShowProfile.FindAsync(call);
        var before = Parameters.OfQuery(call.Http.Request).Cursor("max_id");
        var page = account.Profile.HidesCollections && account.Id != call.ViewerId
            ? new FollowPage([], false)
            : await call.Services.Graph.List(new ListFollows(account.Id, side, before), call.Rpc);
        var views = await call.Services.Timelines.Accounts(
            new HydrateAccounts([.. page.Items.Select(item => item.Account)]), call.Rpc);

        var path = $"/@{account.Username}/{(side == FollowSide.Followers ? "followers" : "following")}";
        var title = side == FollowSide.Followers
            ? call.T("Who follows @{0}", account.Username)
            : call.T("Whom @{0} follows", account.Username);
        await call.ShowAsync<FollowsPage>(new FollowsModel(
            call.Frame(title), account.Username, [.. views.OfType<AccountView>()],
            page is { HasMore: true, Items: [.., var last] } ? $"{path}?max_id={last.FollowId}" : null));
    }
}
