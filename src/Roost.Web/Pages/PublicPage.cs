using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Roost.Web.Pages;

/// <summary>
/// Writes a page that strangers see, which has no form and so no secret: with an ETag (RFC 9110 §8.8.3), so that who
/// has it need not fetch it again, and compressed for who can read that.
/// </summary>
internal static class PublicPage
{
    public static async Task WriteAsync(HttpContext http, string html)
    {
        var body = Encoding.UTF8.GetBytes(html);
        var etag = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 12))}\"";
        var (request, response) = (http.Request, http.Response);
        response.Headers.ETag = etag;
        response.Headers.CacheControl = "public, no-cache";
        response.Headers.Vary = "Accept-Encoding, Accept-Language, Cookie";
        if (request.Headers.IfNoneMatch.Any(tags => tags is not null && tags.Contains(etag, StringComparison.Ordinal)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            response.ContentType = null;
            return;
        }
        if (request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal))
        {
            response.Headers.ContentEncoding = "br";
            body = Pack(body);
        }
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, http.RequestAborted);
    }

    // Quality 4 takes about a millisecond for 60 KB; a higher one gives little and takes long.
    private static byte[] Pack(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, new BrotliCompressionOptions { Quality = 4 })) brotli.Write(body);
        return packed.ToArray();
    }
}
