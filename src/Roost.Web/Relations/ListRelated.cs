using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Timelines;
using Roost.Web.Accounts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Relations;

/// <summary>
/// <c>GET /api/v1/blocks</c>, <c>/mutes</c>, <c>/endorsements</c>, <c>/accounts/:id/endorsements</c> and
/// <c>/follow_requests</c>: accounts, newest relation first, paged by the relation's own id.
/// </summary>
internal static class ListRelated
{
    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/blocks", Access.User("read:blocks", "follow"),
            call => RunAsync(call, call.Viewer, RelationKind.Blocks));
        routes.Get("/api/v1/endorsements", Access.User("read:accounts"),
            call => RunAsync(call, call.Viewer, RelationKind.Endorsements));
        routes.Get("/api/v1/follow_requests", Access.User("read:follows", "follow"),
            call => RunAsync(call, call.Viewer, RelationKind.Requests));
        routes.Get("/api/v1/accounts/{id}/endorsements", Access.AnyoneBut("read:accounts"), OfOtherAsync);
        routes.Get("/api/v1/mutes", Access.User("read:mutes", "follow"), MutesAsync);
    }

    private static async Task OfOtherAsync(ApiCall call)
    {
        var other = await RelationshipCall.OtherAsync(call);
        await RunAsync(call, other.Id, RelationKind.Endorsements);
    }

    private static async Task RunAsync(ApiCall call, AccountId account, RelationKind kind)
    {
        var (_, views) = await FindAsync(call, account, kind);
        await AccountPage.ReplyAsync(call, views);
    }

    /// <summary>Mutes tell also when they end.</summary>
    private static async Task MutesAsync(ApiCall call)
    {
        var (accounts, views) = await FindAsync(call, call.Viewer, RelationKind.Mutes);
        var relationships =
            await call.Services.Graph.Relationships(new GetRelationships(call.Viewer, accounts), call.Rpc);
        using var buffer = new Utf8Buffer();
        buffer.Write("["u8);
        var isFirst = true;
        for (var i = 0; i < views.Length; i++)
        {
            if (views[i] is not { } view) continue;
            if (!isFirst) buffer.Write(","u8);
            isFirst = false;
            call.Site.Accounts.WriteOpen(buffer, view);
            buffer.Write(",\"mute_expires_at\":"u8);
            using (var json = new Utf8JsonWriter(buffer, JsonReplies.WriterOptions))
                json.WriteStringValue(RelationshipReply.Of(relationships[i]).MutingExpiresAt);
            buffer.Write("}"u8);
        }
        buffer.Write("]"u8);
        await call.ReplyAsync(buffer);
    }

    private static async ValueTask<(AccountId[] Accounts, AccountView?[] Views)> FindAsync(
        ApiCall call, AccountId account, RelationKind kind)
    {
        var page = await call.Services.Relations.List(
            new ListRelations(account, kind, RelationPaging.RangeOf(call.Query)), call.Rpc);
        RelationPaging.AddLinks(call, page.Items, page.HasMore);
        AccountId[] accounts = [.. page.Items.Select(item => item.Account)];
        return (accounts, await call.Services.Timelines.Accounts(new HydrateAccounts(accounts), call.Rpc));
    }
}
