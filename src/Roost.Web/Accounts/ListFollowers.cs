using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Accounts;

/// <summary>
/// <c>GET /api/v1/accounts/:id/followers</c> and <c>/following</c>, newest first, paged by the follow's own id.
/// </summary>
internal static class ListFollowers
{
    private const int Usual = 40;
    private const int Max = 80;

    public static void Map(ApiRoutes routes)
    {
        var access = Access.AnyoneBut("read:accounts");
        routes.Get("/api/v1/accounts/{id}/followers", access, call => RunAsync(call, FollowSide.Followers));
        routes.Get("/api/v1/accounts/{id}/following", access, call => RunAsync(call, FollowSide.Following));
    }

    private static async Task RunAsync(ApiCall call, FollowSide side)
    {
        var id = call.AccountIdInPath();
        var query = call.Query;
        var ascending = query.Text("min_id") is { Length: > 0 };
        var request = new ListFollows(
            id, side, query.Cursor("max_id"), query.Cursor(ascending ? "min_id" : "since_id"), ascending,
            query.Limit(Usual, Max));

        var found = await call.Services.Users.Get(new GetAccounts([id]), call.Rpc);
        if (found[0] is null) throw Faults.NotFound();
        var page = await call.Services.Graph.List(request, call.Rpc);
        var views =
            await call.Services.Timelines.Accounts(new HydrateAccounts([.. page.Items.Select(i => i.Account)]),
                call.Rpc);
        if (page.Items.Count > 0) Paging.AddLinks(call, page.Items[0].FollowId, page.Items[^1].FollowId, page.HasMore);
        await AccountPage.ReplyAsync(call, views);
    }
}
