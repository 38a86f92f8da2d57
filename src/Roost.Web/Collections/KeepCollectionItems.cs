using Roost.Engine.Ids;
using Roost.Services.Collections;
using Roost.Web.Http;

namespace Roost.Web.Collections;

/// <summary>
/// <c>POST /api/v1/collections/:collection_id/items</c> puts an account in, <c>DELETE …/items/:id</c> takes it out, and
/// by <c>POST …/items/:id/revoke</c> one takes oneself out.
/// </summary>
internal static class KeepCollectionItems
{
    public static void Map(ApiRoutes routes)
    {
        var write = Access.User("write:collections");
        routes.Post("/api/v1/collections/{collection_id}/items", write, AddAsync);
        routes.Delete("/api/v1/collections/{collection_id}/items/{id}", write, async call => await EndedAsync(
            call, await call.Services.Collections.Remove(
                new RemoveFromCollection(call.Viewer, CollectionOf(call), call.NumberInPath()), call.Rpc)));
        routes.Post("/api/v1/collections/{collection_id}/items/{id}/revoke", write, async call => await EndedAsync(
            call, await call.Services.Collections.Leave(
                new LeaveCollection(call.Viewer, CollectionOf(call), call.NumberInPath()), call.Rpc)));
    }

    private static async Task AddAsync(ApiCall call)
    {
        var text = (await call.ReadParametersAsync()).Text("account_id");
        if (string.IsNullOrEmpty(text)) throw Faults.Invalid("`account_id` parameter is missing");
        if (!AccountId.TryParse(text, out var member)) throw Faults.NotFound();
        var item = await call.Services.Collections.Add(
            new AddToCollection(call.Viewer, CollectionOf(call), member), call.Rpc) ?? throw Faults.NotFound();
        await call.ReplyAsync(
            new OneCollectionItem(CollectionItemReply.Of(item)), WebJson.Default.OneCollectionItem);
    }

    private static Task EndedAsync(ApiCall call, bool isEnded) =>
        isEnded ? call.ReplyAsync(ApiCall.EmptyObject) : throw Faults.NotFound();

    private static long CollectionOf(ApiCall call) => call.NumberInPath("collection_id");
}
