namespace Roost.Tests.Web.Conformance.Visits;

/// <summary>Apps, tokens, accounts of one's own.</summary>
internal static class SignIn
{
    public static IReadOnlyList<Visit> All { get; } =
    [
        new("POST /api/v1/apps", server => server.PostAsync("/api/v1/apps", new
        {
            client_name = "An app",
            redirect_uris = new[] { "https://app.example/back", "app.example:/back" },
            scopes = "read write",
            website = "https://app.example",
        }, token: null)),
        new("GET /api/v1/apps/verify_credentials",
            server => server.GetAsync("/api/v1/apps/verify_credentials", "app")),
        new("POST /oauth/token", server => server.TokenAsync(new { grant_type = "client_credentials" })),
        new("GET /oauth/authorize", server => server.GetAsync(
            $"/oauth/authorize?response_type=code&client_id={server["client_id"]}"
            + "&redirect_uri=urn:ietf:wg:oauth:2.0:oob&scope=read", token: null)),
        new("GET /oauth/userinfo", server => server.GetAsync("/oauth/userinfo")),
        new("GET /.well-known/oauth-authorization-server",
            server => server.GetAsync("/.well-known/oauth-authorization-server", token: null)),
        new("POST /api/v1/accounts", async server => server.Keep("dora", await server.PostAsync("/api/v1/accounts", new
        {
            username = "dora",
            email = "dora@example.org",
            password = "the password of dora",
            agreement = true,
            locale = "en",
        }, "app"), "access_token")),
        new("GET /api/v1/accounts/verify_credentials",
            server => server.GetAsync("/api/v1/accounts/verify_credentials")),
    ];
}
