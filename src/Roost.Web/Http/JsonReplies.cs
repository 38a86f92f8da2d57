using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Roost.Web.Rendering;

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

    /// <summary>Sends a reply. The caller may dispose the buffer when the call has returned.</summary>
    /// <param name="contentType">For the few replies that are of another type.</param>
    public static Task WriteAsync(
        HttpContext http, Utf8Buffer json, int status = StatusCodes.Status200OK, string contentType = ContentType)
    {
        Begin(http, json.Length, status, contentType);
        var started = http.Response.StartAsync(CancellationToken.None);
        // Headers go into memory, so this has always ended; if ever not, the bytes are taken along.
        if (!started.IsCompletedSuccessfully) return AwaitAsync(http, started, json.ToArray());
        var flushed = FlushAsync(http, json);
        return flushed.IsCompletedSuccessfully ? Task.CompletedTask : flushed.AsTask();
    }

    /// <inheritdoc cref="WriteAsync(HttpContext, Utf8Buffer, int, string)"/>
    /// <param name="json">Kept as it is until the task has ended.</param>
    public static Task WriteAsync(
        HttpContext http, ReadOnlyMemory<byte> json, int status = StatusCodes.Status200OK,
        string contentType = ContentType)
    {
        Begin(http, json.Length, status, contentType);
        // Without a token: when the client goes, the server ends the write by itself, and a token costs a
        // registration each.
        return http.Response.BodyWriter.WriteAsync(json, CancellationToken.None).AsTask();
    }

    private static void Begin(HttpContext http, int length, int status, string contentType)
    {
        var response = http.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = length;
        // What a reply holds depends on who asks, and changes with every post.
        if (!response.Headers.ContainsKey(HeaderNames.CacheControl))
            response.Headers.CacheControl = "private, no-store";
    }

    private static ValueTask<FlushResult> FlushAsync(HttpContext http, Utf8Buffer json)
    {
        var writer = http.Response.BodyWriter;
        writer.Write(json.Written);
        return writer.FlushAsync(CancellationToken.None);
    }

    private static async Task AwaitAsync(HttpContext http, Task started, byte[] json)
    {
        await started;
        await http.Response.BodyWriter.WriteAsync(json, CancellationToken.None);
    }
}
