using Roost.Services.Graph;
using Roost.Web.Http;
using Roost.Web.Relations;

namespace Roost.Web.Lists;

/// <summary>
/// <c>GET</c> and <c>POST /api/v1/lists</c>, <c>GET</c>, <c>PUT</c> and <c>DELETE /api/v1/lists/:id</c>, and
/// <c>GET /api/v1/accounts/:id/lists</c>: those lists of the viewer's that an account is on.
/// </summary>
internal static class KeepLists
{
    public static void Map(ApiRoutes routes)
    {
        var (read, write) = (Access.User("read:lists"), Access.User("write:lists"));
        routes.Get("/api/v1/lists", read, call => AllAsync(call, new GetLists(call.Viewer)));
        routes.Get("/api/v1/lists/{id}", read, GetAsync);
        routes.Post("/api/v1/lists", write, MakeAsync);
        routes.Put("/api/v1/lists/{id}", write, ChangeAsync);
        routes.Delete("/api/v1/lists/{id}", write, EndAsync);
        routes.Get("/api/v1/accounts/{id}/lists", read, async call =>
            await AllAsync(call, new GetLists(call.Viewer, (await RelationshipCall.OtherAsync(call)).Id)));
    }

    private static async Task AllAsync(ApiCall call, GetLists request)
    {
        var lists = await call.Services.Lists.All(request, call.Rpc);
        await call.ReplyAsync([.. lists.Select(ListReply.Of)], WebJson.Default.ListReplyArray);
    }

    private static async Task GetAsync(ApiCall call) => await ReplyAsync(
        call, await call.Services.Lists.Get(new GetList(call.Viewer, ListReply.IdInPath(call)), call.Rpc));

    private static async Task MakeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var request = new MakeList(
            call.Viewer, parameters.Text("title") ?? "", ListReply.RepliesOf(parameters) ?? ListReplies.ToMembers,
            parameters.Flag("exclusive") is true);
        await ReplyAsync(call, await call.Services.Lists.Make(request, call.Rpc));
    }

    private static async Task ChangeAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var request = new ChangeList(
            call.Viewer, ListReply.IdInPath(call), parameters.Text("title"), ListReply.RepliesOf(parameters),
            parameters.Flag("exclusive"));
        await ReplyAsync(call, await call.Services.Lists.Change(request, call.Rpc));
    }

    private static async Task EndAsync(ApiCall call)
    {
        if (!await call.Services.Lists.End(new EndList(call.Viewer, ListReply.IdInPath(call)), call.Rpc))
            throw Faults.NotFound();
        await call.ReplyAsync(ApiCall.EmptyObject);
    }

    private static Task ReplyAsync(ApiCall call, AccountList? list) => list is null
        ? throw Faults.NotFound()
        : call.ReplyAsync(ListReply.Of(list), WebJson.Default.ListReply);
}
