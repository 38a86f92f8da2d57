using Microsoft.AspNetCore.Http;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.OAuth;

namespace Roost.Web.Sessions;

/// <summary>Whose session it is, or whose password was right, and who may not use the account now.</summary>
/// <param name="Standing"><see cref="Standing.Disabled"/> or <see cref="Standing.Suspended"/>.</param>
internal sealed record KeptOut(AccountId Account, Standing Standing);

/// <summary>
/// A browser's session on Roost's own pages: a token of app 0 in a cookie that scripts cannot read and other sites'
/// forms do
/// not carry. Ends when the person signs out or changes the password, like every token.
/// </summary>
internal static class BrowserSession
{
    /// <summary>The session to make with a new account.</summary>
    public static readonly FirstToken First = new(0, Scopes.Session);

    private static readonly TimeSpan _lifetime = TimeSpan.FromDays(90);

    /// <summary>The session's secret, or null when the browser sends none.</summary>
    public static string? SecretOf(HttpRequest request, WebOptions options) =>
        request.Cookies[NameOf(options)] is { Length: > 0 } secret ? secret : null;

    /// <summary>Who is signed in, or null.</summary>
    public static async ValueTask<Account?> FindAsync(Site site, HttpRequest request, Call call) =>
        (await LookAsync(site, request, call)).Viewer;

    /// <summary>Who is signed in; or who was, and is kept out now. Both null for a stranger.</summary>
    public static async ValueTask<(Account? Viewer, KeptOut? KeptOut)> LookAsync(
        Site site, HttpRequest request, Call call)
    {
        if (SecretOf(request, site.Options) is not { } secret) return default;
        var token = await site.Services.Users.FindToken(new FindToken(secret), call);
        // Only a session is one: an app's token in the cookie would give it every scope.
        if (token is not { AppId: 0 } || token.Account.IsNone) return default;
        if (token.Standing is Standing.Disabled or Standing.Suspended)
            return (null, new KeptOut(token.Account, token.Standing));
        if (token.Standing != Standing.Active) return default;
        var found = await site.Services.Users.Get(new GetAccounts([token.Account]), call);
        return (found[0], null);
    }

    public static async ValueTask StartAsync(Site site, HttpContext http, Account account, Call call)
    {
        var token = await site.Services.Users.CreateToken(new CreateToken(0, account.Id, Scopes.Session)
        {
            Ip = http.Connection.RemoteIpAddress?.ToString(),
        }, call);
        Start(site, http, token);
    }

    /// <summary>Starts the session that was made with the account.</summary>
    public static void Start(Site site, HttpContext http, IssuedToken token) =>
        http.Response.Cookies.Append(NameOf(site.Options), token.Value, CookieOf(site.Options, _lifetime));

    public static async ValueTask EndAsync(Site site, HttpContext http, Call call)
    {
        if (SecretOf(http.Request, site.Options) is { } secret)
            await site.Services.Users.RevokeToken(new RevokeToken(secret, 0), call);
        http.Response.Cookies.Delete(NameOf(site.Options), CookieOf(site.Options, null));
    }

    public static CookieOptions CookieOf(WebOptions options, TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = IsSecure(options),
        Path = "/",
        MaxAge = lifetime,
    };

    public static bool IsSecure(WebOptions options) => options.PublicUrl.Scheme == Uri.UriSchemeHttps;

    // __Host- makes browsers refuse the cookie from a sub-domain or without Secure (RFC 6265bis §4.1.3.2).
    private static string NameOf(WebOptions options) => IsSecure(options) ? "__Host-roost" : "roost_session";
}
