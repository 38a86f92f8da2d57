using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Relations;

namespace Roost.Web.Lists;

/// <summary>
/// <c>GET</c>, <c>POST</c> and <c>DELETE /api/v1/lists/:id/accounts</c>. The latter two take <c>account_ids[]</c> as
/// query or body, DELETE too. With <c>limit=0</c> all members are one page.
/// </summary>
internal static class KeepMembers
{
    private const int ManyMax = 400;

    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/lists/{id}/accounts", Access.User("read:lists"), ShowAsync);
        routes.Post("/api/v1/lists/{id}/accounts", Access.User("write:lists"), call => ChangeAsync(call, true));
        routes.Delete("/api/v1/lists/{id}/accounts", Access.User("write:lists"), call => ChangeAsync(call, false));
    }

    private static async Task ShowAsync(ApiCall call)
    {
        var range = call.Query.Text("limit") == "0"
            ? new RelationRange(Limit: 0)
            : RelationPaging.RangeOf(call.Query);
        var page = await call.Services.Relations.List(
            new ListRelations(call.Viewer, RelationKind.ListMembers, range, ListReply.IdInPath(call)), call.Rpc);
        RelationPaging.AddLinks(call, page.Items, page.HasMore);
        var views = await call.Services.Timelines.Accounts(
            new HydrateAccounts([.. page.Items.Select(item => item.Account)]), call.Rpc);
        await AccountPage.ReplyAsync(call, views);
    }

    private static async Task ChangeAsync(ApiCall call, bool isAdded)
    {
        var parameters = await call.ReadParametersAsync();
        var members = AccountIds.Read(parameters.List("account_ids"), ManyMax, "account_ids");
        var request = new ChangeMembers(call.Viewer, ListReply.IdInPath(call), members, isAdded);
        if (!await call.Services.Lists.Members(request, call.Rpc)) throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }
}
