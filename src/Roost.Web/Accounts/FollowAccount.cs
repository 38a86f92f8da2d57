using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Accounts;

/// <summary>
/// <c>POST /api/v1/accounts/:id/follow</c> and <c>/unfollow</c>; both answer with the relationship as it now is.
/// </summary>
internal static class FollowAccount
{
    public static void Map(ApiRoutes routes)
    {
        routes.Post("/api/v1/accounts/{id}/follow", Access.User("write:follows"), FollowAsync);
        routes.Post("/api/v1/accounts/{id}/unfollow", Access.User("write:follows"), UnfollowAsync);
    }

    private static async Task FollowAsync(ApiCall call)
    {
        var other = await OtherAsync(call);
        if (other == call.Viewer) throw Faults.NotAllowed();
        await call.Services.Graph.Follow(new Follow(call.Viewer, other), call.Rpc);
        await ReplyAsync(call, other);
    }

    private static async Task UnfollowAsync(ApiCall call)
    {
        var other = await OtherAsync(call);
        await call.Services.Graph.Unfollow(new Unfollow(call.Viewer, other), call.Rpc);
        await ReplyAsync(call, other);
    }

    private static async Task<AccountId> OtherAsync(ApiCall call)
    {
        var found = await call.Services.Users.Get(new GetAccounts([call.AccountIdInPath()]), call.Rpc);
        return (found[0] ?? throw Faults.NotFound()).Id;
    }

    private static async Task ReplyAsync(ApiCall call, AccountId other)
    {
        var relationships =
            await call.Services.Graph.Relationships(new GetRelationships(call.Viewer, [other]), call.Rpc);
        await call.ReplyAsync(RelationshipReply.Of(relationships[0]), WebJson.Default.RelationshipReply);
    }
}
