using Roost.Services.Graph;
using Roost.Web.Http;
using Roost.Web.Relations;

namespace Roost.Web.Accounts;

/// <summary><c>GET /api/v1/accounts/relationships?id[]=</c>: in the order asked, an array for one id too.</summary>
internal static class GetRelationshipsOf
{
    private const int ManyMax = 400;

    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/accounts/relationships", Access.User("read:follows"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var ids = AccountIds.Read(call.Query.List("id"), ManyMax);
        var relationships = await call.Services.Graph.Relationships(new GetRelationships(call.Viewer, ids), call.Rpc);
        await call.ReplyAsync([.. relationships.Select(RelationshipReply.Of)], WebJson.Default.RelationshipReplyArray);
    }
}
