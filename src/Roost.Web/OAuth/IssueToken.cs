using System.Globalization;
using Microsoft.AspNetCore.Http;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Sessions;

namespace Roost.Web.OAuth;

internal sealed record TokenReply(string AccessToken, string TokenType, string Scope, long CreatedAt)
{
    public static TokenReply Of(IssuedToken token) =>
        new(token.Value, "Bearer", token.Scopes, token.CreatedAt.ToUnixTimeSeconds());
}

/// <summary>
/// <c>POST /oauth/token</c>: a code, an app's own secret, or a password for a bearer token (RFC 6749 §4.1.3, §4.4,
/// §4.3). Tokens do not expire; they end when they are revoked or the password is changed.
/// </summary>
/// <remarks>
/// An app without a secret may redeem a code only with the PKCE verifier that it was made for; a verifier for a code
/// made without challenge is refused too, since someone has then stripped the challenge (OAuth 2.1 §4.1.3).
/// </remarks>
internal static class IssueToken
{
    public static void Map(ApiRoutes routes) => routes.Post("/oauth/token", Access.Anyone, RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var client = await ClientIdentity.FindAsync(call, parameters);
        if (client.App is null)
        {
            call.Http.Response.Headers.WWWAuthenticate = "Basic realm=\"Roost\"";
            await RefuseAsync(call, "invalid_client",
                "Client authentication failed: the client is unknown or not named, or its secret is wrong.",
                StatusCodes.Status401Unauthorized);
            return;
        }
        await (parameters.Text("grant_type") switch
        {
            "authorization_code" => RedeemAsync(call, parameters, client.App, client.HasSecret),
            "client_credentials" when client.HasSecret => ForAppAsync(call, parameters, client.App),
            "password" when client.HasSecret => ForPasswordAsync(call, parameters, client.App),
            "client_credentials" or "password" => RefuseAsync(
                call, "invalid_client", "This grant needs client_secret.", StatusCodes.Status401Unauthorized),
            null or "" => RefuseAsync(call, "invalid_request", "The parameter grant_type is missing."),
            _ => RefuseAsync(call, "unsupported_grant_type",
                "Use authorization_code, client_credentials or password as grant_type."),
        });
    }

    private static async Task RedeemAsync(ApiCall call, Parameters parameters, App app, bool hasSecret)
    {
        if (parameters.Text("code") is not { Length: > 0 } code)
        {
            await RefuseAsync(call, "invalid_request", "The parameter code is missing.");
            return;
        }
        var grant = await call.Services.Users.RedeemGrant(new RedeemGrant(app.Id, code), call.Rpc);
        if (grant is null || grant.RedirectUri != parameters.Text("redirect_uri"))
        {
            await RefuseGrantAsync(call);
            return;
        }
        var verifier = parameters.Text("code_verifier");
        if (grant.CodeChallenge is null && !hasSecret)
        {
            await RefuseAsync(call, "invalid_client",
                "Send client_secret, or authorize with a code_challenge (PKCE, S256).",
                StatusCodes.Status401Unauthorized);
            return;
        }
        var isProved = grant.CodeChallenge is null
            ? string.IsNullOrEmpty(verifier)
            : verifier is not null && Pkce.Proves(verifier, grant.CodeChallenge);
        await (isProved
            ? IssueForCodeAsync(call, new CreateToken(app.Id, grant.Account, grant.Scopes, code))
            : RefuseGrantAsync(call));
    }

    private static async Task IssueForCodeAsync(ApiCall call, CreateToken request)
    {
        try
        {
            await IssueAsync(call, request);
        }
        catch (ServiceException refusal) when (refusal.Code == ErrorCode.Conflict)
        {
            // The code was used a second time between its first use and this.
            await RefuseGrantAsync(call);
        }
    }

    private static async Task ForAppAsync(ApiCall call, Parameters parameters, App app)
    {
        if (ScopesOf(parameters, app) is { } scopes) await IssueAsync(call, new CreateToken(app.Id, default, scopes));
        else await RefuseScopeAsync(call);
    }

    private static async Task ForPasswordAsync(ApiCall call, Parameters parameters, App app)
    {
        if (parameters.Text("username") is not { Length: > 0 } login
            || parameters.Text("password") is not { Length: > 0 } password)
        {
            await RefuseAsync(call, "invalid_request", "The parameters username and password are needed.");
            return;
        }
        if (ScopesOf(parameters, app) is not { } scopes)
        {
            await RefuseScopeAsync(call);
            return;
        }
        var attempt =
            await call.Site.Passwords.TryAsync(call.Http.Connection.RemoteIpAddress, login, password, call.Rpc);
        if (attempt.RetryAfter > TimeSpan.Zero)
        {
            call.Http.Response.Headers.RetryAfter = SecondsOf(attempt);
            await RefuseAsync(call, "Too many requests",
                $"Too many wrong passwords; try again in {SecondsOf(attempt)} s.",
                StatusCodes.Status429TooManyRequests);
            return;
        }
        await (attempt.Account is { } account
            ? IssueAsync(call, new CreateToken(app.Id, account.Id, scopes))
            : RefuseAsync(
                call, "invalid_grant",
                attempt.Refusal ?? "The username (or e-mail address) or the password is wrong."));
    }

    public static string SecondsOf(PasswordAttempt attempt) =>
        Math.Ceiling(attempt.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static string? ScopesOf(Parameters parameters, App app)
    {
        var scopes = Scopes.Normalise(parameters.Text("scope"));
        return scopes is not null && Scopes.CoversAll(app.Scopes, scopes) ? scopes : null;
    }

    private static async Task IssueAsync(ApiCall call, CreateToken request)
    {
        request = request with { Ip = call.Http.Connection.RemoteIpAddress?.ToString() };
        var token = await call.Services.Users.CreateToken(request, call.Rpc);
        call.Http.Response.Headers.CacheControl = "no-store";
        await call.ReplyAsync(TokenReply.Of(token), WebJson.Default.TokenReply);
    }

    private static Task RefuseGrantAsync(ApiCall call) => RefuseAsync(call, "invalid_grant",
        "The authorization grant is invalid, expired, used or revoked, does not match the redirection URI or the "
        + "code verifier, or was issued to another client.");

    private static Task RefuseScopeAsync(ApiCall call) => RefuseAsync(call, "invalid_scope",
        "The requested scope is unknown, or more than the app was registered with.");

    private static Task RefuseAsync(
        ApiCall call, string error, string description, int status = StatusCodes.Status400BadRequest) =>
        ErrorReplies.WriteJsonAsync(call.Http, status, error, description);
}
