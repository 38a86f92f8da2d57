using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Media;

namespace Roost.Web.Accounts;

/// <summary>
/// <c>PATCH /api/v1/accounts/update_credentials</c>: what the account says of itself, its pictures, fields and
/// choices. Who unlocks accepts all that have asked to follow.
/// </summary>
internal static class UpdateCredentials
{
    public static void Map(ApiRoutes routes) => routes.Patch(
        "/api/v1/accounts/update_credentials", Access.User("write:accounts"), RunAsync);

    /// <summary>Changes the viewer's account by the request.</summary>
    public static async ValueTask<Account> ChangeAsync(ApiCall call)
    {
        MediaUpload.Allow(call.Http, call.Services.Media.Limits, 2);
        var parameters = await call.ReadParametersAsync();
        var old = (await call.Services.Users.Get(new GetAccounts([call.Viewer]), call.Rpc))[0]
            ?? throw Faults.NotFound();
        return await ProfileForm.ApplyAsync(call.Site, call.Http, parameters, old, call.Rpc);
    }

    private static async Task RunAsync(ApiCall call)
    {
        await ChangeAsync(call);
        await VerifyCredentials.ReplyAsync(call);
    }
}
