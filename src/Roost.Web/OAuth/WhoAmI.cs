using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.OAuth;

internal sealed record UserInfo(string Iss, string Sub, string Name, string PreferredUsername, string Profile,
    string Picture);

/// <summary><c>GET /oauth/userinfo</c>: whom a token acts for, in OpenID Connect's words.</summary>
internal static class WhoAmI
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/oauth/userinfo", Access.User("profile", "read:accounts"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var found = await call.Services.Users.Get(new GetAccounts([call.Viewer]), call.Rpc);
        var account = found[0] ?? throw Faults.NotFound();
        var options = call.Site.Options;
        var url = AccountRenderer.UrlOf(account, options);
        await call.ReplyAsync(
            new UserInfo(options.Root + "/", url, account.DisplayName, account.Username, url,
                options.Root + "/assets/avatar.png"),
            WebJson.Default.UserInfo);
    }
}
