using Roost.Services.Graph;
using Roost.Web.Http;

namespace Roost.Web.Accounts;

/// <summary>What one account is to another. Every member is always there: strict clients insist.</summary>
internal sealed record RelationshipReply(
    string Id, bool Following, bool ShowingReblogs, bool Notifying, IReadOnlyList<string>? Languages, bool FollowedBy,
    bool Blocking, bool BlockedBy, bool Muting, bool MutingNotifications, string? MutingExpiresAt, bool Requested,
    bool RequestedBy, bool DomainBlocking, bool Endorsed, string Note)
{
    public static RelationshipReply Of(Relationship of) => new(
        of.Other.ToString(), of.Following, ShowingReblogs: of.Following, false, null, of.FollowedBy, false, false,
        false,
        false, null, false, false, false, false, "");
}

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
