using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Roost.Web.Http;

/// <summary>Writes JSON replies: one length, one copy into the connection's pipe, one flush.</summary>
/// <remarks>
/// A reply is complete in memory before its first byte is sent. So it has a Content-Length rather than chunks, its
/// headers and
/// body leave in one system call, and whatever fails while it is made still becomes a proper error reply.
/// </remarks>
internal static class JsonReplies
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>
    /// Escapes only what JSON must: replies are never put into HTML, and are sent with <c>nosniff</c>.
    /// </summary>
    public static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>
    /// Sends a reply. The caller keeps the bytes as they are until the task has ended.
    /// </summary>
    public static Task WriteAsync(HttpContext http, ReadOnlyMemory<byte> json, int status = StatusCodes.Status200OK)
    {
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = ContentType;
        response.ContentLength = json.Length;
        // What a reply holds depends on who asks, and changes with every post.
        if (!response.Headers.ContainsKey(HeaderNames.CacheControl))
            response.Headers.CacheControl = "private, no-store";
        // Without a token: when the client goes, the server ends the write by itself, and a token costs a
        // registration each.
        return response.BodyWriter.WriteAsync(json, CancellationToken.None).AsTask();
    }
}
