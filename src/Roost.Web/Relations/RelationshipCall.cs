using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Relations;

/// <summary>What endpoints have in common that change what is between the viewer and the account in the path: they look
/// the account up, and answer with the relationship as it now is.</summary>
internal static class RelationshipCall
{
    /// <exception cref="Roost.Rpc.ServiceException"><see cref="Roost.Rpc.ErrorCode.NotFound"/>: there is no such
    /// account.</exception>
    public static async ValueTask<Account> OtherAsync(ApiCall call)
    {
        var found = await call.Services.Users.Get(new GetAccounts([call.AccountIdInPath()]), call.Rpc);
        return found[0] ?? throw Faults.NotFound();
    }

    public static async Task ReplyAsync(ApiCall call, AccountId other)
    {
        var relationships =
            await call.Services.Graph.Relationships(new GetRelationships(call.Viewer, [other]), call.Rpc);
        await call.ReplyAsync(RelationshipReply.Of(relationships[0]), WebJson.Default.RelationshipReply);
    }
}
