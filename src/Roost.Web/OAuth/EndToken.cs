using Microsoft.AspNetCore.Http;
using Roost.Services.Users;
using Roost.Web.Http;

namespace Roost.Web.OAuth;

/// <summary>
/// <c>POST /oauth/revoke</c> (RFC 7009): ends a token of the asking app. Also 200 when there was none.
/// </summary>
internal static class EndToken
{
    private static readonly byte[] _done = "{}"u8.ToArray();

    public static void Map(ApiRoutes routes) => routes.Post("/oauth/revoke", Access.Anyone, RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var client = await ClientIdentity.FindAsync(call, parameters);
        if (client.App is null)
        {
            // Clients of the client API expect 403 here, where the RFC says 401.
            await ErrorReplies.WriteJsonAsync(call.Http, StatusCodes.Status403Forbidden,
                "unauthorized_client", "You are not authorized to revoke this token");
            return;
        }
        if (parameters.Text("token") is { Length: > 0 } token)
            await call.Services.Users.RevokeToken(new RevokeToken(token, client.App.Id), call.Rpc);
        await call.ReplyAsync(_done);
    }
}
