using System.Globalization;
using Roost.Web.Http;

namespace Roost.Web.OAuth;

internal sealed record AppCredentials(string Id, string Name, string? Website, IReadOnlyList<string> Scopes,
    string VapidKey);

/// <summary><c>GET /api/v1/apps/verify_credentials</c>: which app a token was made for.</summary>
internal static class VerifyApp
{
    public static void Map(ApiRoutes routes) =>
        routes.Get("/api/v1/apps/verify_credentials", Access.AnyToken, call =>
        {
            var token = call.Token!;
            return call.ReplyAsync(
                new AppCredentials(
                    token.AppId.ToString(CultureInfo.InvariantCulture), token.AppName ?? call.Site.Options.Title, null,
                    token.Scopes.Split(' '), ""),
                WebJson.Default.AppCredentials);
        });
}
