using System.Globalization;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Notifications;

namespace Roost.Web.OAuth;

internal sealed record AppCredentials(
    string Id, string Name, string? Website, string RedirectUri, IReadOnlyList<string> RedirectUris,
    IReadOnlyList<string> Scopes, string VapidKey);

/// <summary><c>GET /api/v1/apps/verify_credentials</c>: which app a token was made for.</summary>
internal static class VerifyApp
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/apps/verify_credentials", Access.AnyToken, RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var token = call.Token!;
        // A browser's own session is a token of no app: it is the community's.
        var app = await call.Services.Users.GetApp(new GetApp(token.AppId), call.Rpc)
            ?? new App(0, call.Site.Options.Title, call.Site.Options.Root, [], token.Scopes, "", null);
        await call.ReplyAsync(
            new AppCredentials(
                app.Id.ToString(CultureInfo.InvariantCulture), app.Name, app.Website,
                string.Join('\n', app.RedirectUris), app.RedirectUris, app.Scopes.Split(' '),
                await KeepPushSubscription.ServerKeyAsync(call.Services.WebPush, call.Rpc)),
            WebJson.Default.AppCredentials);
    }
}
