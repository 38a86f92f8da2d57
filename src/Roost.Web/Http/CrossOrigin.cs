using Microsoft.AspNetCore.Http;
using Roost.Web.Search;

namespace Roost.Web.Http;

/// <summary>
/// Cross-origin rules (CORS): any web client may call the API with a token of its own. Cookies mean nothing there, so
/// <c>*</c> gives nothing away. The pages stay closed to other origins.
/// </summary>
internal static class CrossOrigin
{
    private const string Exposed =
        "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, WWW-Authenticate, "
        + PostPages.PartialHeader + ", " + PostPages.WrongQueryHeader;

    /// <returns>True when that was a preflight, which is answered now.</returns>
    public static bool Apply(HttpContext http)
    {
        if (!ErrorReplies.IsForPrograms(http.Request.Path)) return false;

        var headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = "*";
        if (!HttpMethods.IsOptions(http.Request.Method))
        {
            headers.AccessControlExposeHeaders = Exposed;
            return false;
        }
        headers.AccessControlAllowMethods = "GET, HEAD, POST, PUT, PATCH, DELETE";
        // Whichever: none of them means anything to us that a page could not send as well.
        headers.AccessControlAllowHeaders = http.Request.Headers.AccessControlRequestHeaders is [{ Length: > 0 } asked]
            ? asked
            : "Authorization, Content-Type, Idempotency-Key";
        headers.Vary = "Access-Control-Request-Headers";
        headers.AccessControlMaxAge = "86400";
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
