using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.Accounts;

/// <summary><c>GET /api/v1/accounts/:id/identity_proofs</c>: none, as on every server since Mastodon 3.5.</summary>
internal static class IdentityProofs
{
    private static readonly ReadOnlyMemory<byte> _none = "[]"u8.ToArray();

    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/accounts/{id}/identity_proofs", Access.User("read:accounts"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        _ = (await call.Services.Users.Get(new GetAccounts([call.AccountIdInPath()]), call.Rpc))[0]
            ?? throw Faults.NotFound();
        await call.ReplyAsync(_none);
    }
}
