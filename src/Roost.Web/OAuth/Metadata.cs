using Roost.Web.Http;

namespace Roost.Web.OAuth;

internal sealed record ServerMetadata(
    string Issuer, string ServiceDocumentation, string AuthorizationEndpoint, string TokenEndpoint,
    string RevocationEndpoint, string UserinfoEndpoint,
    IReadOnlyList<string> ScopesSupported, IReadOnlyList<string> ResponseTypesSupported,
    IReadOnlyList<string> ResponseModesSupported, IReadOnlyList<string> GrantTypesSupported,
    IReadOnlyList<string> TokenEndpointAuthMethodsSupported, IReadOnlyList<string> CodeChallengeMethodsSupported,
    string AppRegistrationEndpoint);

/// <summary>
/// <c>GET /.well-known/oauth-authorization-server</c> (RFC 8414): where OAuth's endpoints are and what they take.
/// </summary>
internal static class Metadata
{
    public static void Map(ApiRoutes routes)
    {
        var root = routes.Site.Options.Root;
        var reply = new ServerMetadata(
            root + "/", root + "/about", root + "/oauth/authorize", root + "/oauth/token", root + "/oauth/revoke",
            root + "/oauth/userinfo",
            Scopes.All, ["code"], ["query"], ["authorization_code", "client_credentials", "password"],
            ["client_secret_basic", "client_secret_post", "none"], [Pkce.Method], root + "/api/v1/apps");
        routes.Get("/.well-known/oauth-authorization-server", Access.Anyone,
            call => call.ReplyAsync(reply, WebJson.Default.ServerMetadata));
    }
}
