using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Roost.Operations.Gateway;

/// <summary>What a gateway answers by itself: JSON for programs, a small page for people.</summary>
internal sealed class Refusals
{
    // From 1 to this many seconds, so that those who were refused together do not come back together.
    private const int RetryAfterMax = 4;

    private uint _refused;

    /// <param name="isForNow">The same request may be taken a little later.</param>
    public async Task WriteAsync(Exchange exchange, int status, string text, bool isForNow)
    {
        var http = exchange.Http;
        exchange.HeadIsThere();
        // The client has gone, or has begun to get another answer.
        if (http.Response.HasStarted || http.RequestAborted.IsCancellationRequested) return;
        http.Response.Clear();
        http.Response.StatusCode = status;
        var headers = http.Response.Headers;
        headers[Callers.RequestIdHeader] = exchange.Id;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        if (isForNow)
        {
            var seconds = Interlocked.Increment(ref _refused) % RetryAfterMax + 1;
            headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }
        // What is left of a body that is not wanted is not waited for.
        if (status is StatusCodes.Status413PayloadTooLarge or StatusCodes.Status408RequestTimeout)
            headers.Connection = "close";
        var body = IsForPeople(http.Request) ? PageOf(http.Response, text) : JsonOf(http, text);
        http.Response.ContentLength = body.Length;
        if (HttpMethods.IsHead(http.Request.Method)) return;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    private static bool IsForPeople(HttpRequest request) =>
        !request.Path.StartsWithSegments("/api")
        && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    private static byte[] JsonOf(HttpContext http, string text)
    {
        http.Response.ContentType = "application/json; charset=utf-8";
        // As applications answer, so that web apps can read why they were refused.
        if (Applications.Of(http.Request.Path) != Applications.Web)
        {
            http.Response.Headers.AccessControlAllowOrigin = "*";
            http.Response.Headers.AccessControlExposeHeaders = "Retry-After";
        }
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("error"u8, text);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static byte[] PageOf(HttpResponse response, string text)
    {
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        return Encoding.UTF8.GetBytes(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
            + "<meta name=\"viewport\" content=\"width=device-width\"><title>Not now</title>"
            + "<body style=\"font:16px/1.5 system-ui,sans-serif;margin:4rem auto;max-width:30rem;padding:0 1rem;"
            + $"color-scheme:light dark\"><p>{WebUtility.HtmlEncode(text)}</p></body></html>\n");
    }
}
