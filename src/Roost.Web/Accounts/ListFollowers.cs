using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Relations;

namespace Roost.Web.Accounts;

/// <summary>
/// <c>GET /api/v1/accounts/:id/followers</c> and <c>/following</c>, newest first, paged by the follow's own id.
/// </summary>
internal static class ListFollowers
{
    public static void Map(ApiRoutes routes)
    {
        var access = Access.AnyoneBut("read:accounts");
        routes.Get("/api/v1/accounts/{id}/followers", access, call => RunAsync(call, FollowSide.Followers));
        routes.Get("/api/v1/accounts/{id}/following", access, call => RunAsync(call, FollowSide.Following));
    }

    private static async Task RunAsync(ApiCall call, FollowSide side)
    {
        var id = call.AccountIdInPath();
        var range = RelationPaging.RangeOf(call.Query);
        var request = new ListFollows(id, side, range.Before, range.After, range.Ascending, range.Limit);

        var found = await call.Services.Users.Get(new GetAccounts([id]), call.Rpc);
        if (found[0] is not { } account) throw Faults.NotFound();
        if (account.Profile.HidesCollections && id != call.Viewer)
        {
            await AccountPage.ReplyAsync(call, []);
            return;
        }
        var page = await call.Services.Graph.List(request, call.Rpc);
        var seen = await SeenAccounts.OfAsync(call, id, page.Items);
        if (seen.Count > 0) RelationPaging.AddLinks(call, page.Items, page.HasMore);
        await AccountPage.ReplyAsync(
            call, await call.Services.Timelines.Accounts(new HydrateAccounts(seen), call.Rpc));
    }
}
