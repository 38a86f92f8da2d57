using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Roost.Web.Sessions;

/// <summary>
/// Refuses forms that another site has sent (CSRF). Each form carries HMAC-SHA256(browser's secret cookie, a fixed
/// word): only
/// a page that we gave to this browser knows it. Strangers get a random cookie for this, so that nobody can sign them
/// in as
/// somebody else either. Browsers that say where a form comes from are believed on top of that.
/// </summary>
/// <remarks>
/// The platform's antiforgery would need a key ring in files, shared by all processes and to be kept secret; here the
/// secret is
/// the session's own, which both sides hold already, survives restarts, and ends with the session.
/// </remarks>
internal static class FormGuard
{
    public const string FieldName = "form_token";

    private const int SecretBytes = 32;
    private static readonly byte[] _purpose = "roost form"u8.ToArray();

    /// <summary>The token for forms of the page that is being answered with; gives strangers their cookie.</summary>
    public static string TokenFor(HttpContext http, WebOptions options)
    {
        var secret = BrowserSession.SecretOf(http.Request, options) ?? http.Request.Cookies[NameOf(options)];
        if (string.IsNullOrEmpty(secret))
        {
            secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
            http.Response.Cookies.Append(NameOf(options), secret, BrowserSession.CookieOf(options, null));
        }
        return TokenOf(secret);
    }

    /// <summary>Whether a form comes from a page of ours.</summary>
    public static bool IsOurs(HttpRequest request, string? token, WebOptions options)
    {
        if (!IsFromOurPages(request)) return false;

        var secret = BrowserSession.SecretOf(request, options) ?? request.Cookies[NameOf(options)];
        return !string.IsNullOrEmpty(secret) && token is not null
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(token),
                Encoding.UTF8.GetBytes(TokenOf(secret)));
    }

    /// <summary>False when the browser says that another site's page sends it.</summary>
    public static bool IsFromOurPages(HttpRequest request) =>
        (request.Headers["Sec-Fetch-Site"] is not [{ } site] || site is "same-origin" or "none")
        && (request.Headers.Origin is not [{ } origin] || IsSameOrigin(origin, request));

    // "null" is sent by pages without an origin, such as sandboxed frames: not ours.
    private static bool IsSameOrigin(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri)
        && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase);

    private static string TokenOf(string secret) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), _purpose));

    private static string NameOf(WebOptions options) =>
        BrowserSession.IsSecure(options) ? "__Host-roost-visit" : "roost_visit";
}
