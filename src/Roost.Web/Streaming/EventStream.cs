using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Roost.Rpc;
using Roost.Services.Push;
using Roost.Web.Http;

namespace Roost.Web.Streaming;

/// <summary>
/// A response of server-sent events that lasts as long as its reader does. Who comes with <c>Last-Event-ID</c> first
/// gets what it missed; what happens meanwhile waits in the connection, so nothing is lost or told twice at the seam.
/// </summary>
internal static class EventStream
{
    private const int UnflushedMax = 32 << 10;

    /// <param name="connection">New; the owner of the stream.</param>
    /// <param name="call">For opening; what follows lasts as long as the request.</param>
    /// <exception cref="ServiceException">The stream cannot be opened.</exception>
    public static async Task RunAsync(
        Site site, HttpContext http, StreamConnection connection, PushStream stream, Call call)
    {
        var live = await site.Services.Push.Open(new OpenStream(stream), call);
        site.Streams.Add(connection);
        try
        {
            await using var leaving = http.RequestAborted.UnsafeRegister(
                static connection => ((StreamConnection)connection!).Gone(), connection);
            Begin(http);
            await connection.Output.BeginAsync(http);
            connection.Output.Write(connection.Framing.Greeting.Span);
            if (LastOf(http.Request) is { } last)
                await ReplayAsync(site, http, connection, new Missed(stream, last, live), call);
            LastingRequest.Forget(http);
            connection.Ready();
            await connection.Ended;
        }
        finally
        {
            site.Services.Push.Close(stream);
            site.Streams.Remove(connection);
        }
    }

    /// <summary>The place that the reader has reached: as browsers tell it when they come back, or, of a page's first
    /// stream, as the page was told.</summary>
    private static string? LastOf(HttpRequest request) =>
        request.Headers["Last-Event-ID"] is [{ Length: > 0 } last] ? last
            : request.Query["after"] is [{ Length: > 0 } after] ? after
            : null;

    private static void Begin(HttpContext http)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        var headers = http.Response.Headers;
        headers.ContentType = "text/event-stream";
        headers.CacheControl = "private, no-store";
        // What lies between may gather bytes, which would hold them back.
        headers["X-Accel-Buffering"] = "no";
    }

    private static async ValueTask ReplayAsync(
        Site site, HttpContext http, StreamConnection connection, Missed missed, Call call)
    {
        var output = connection.Output;
        var replay = StreamMessage.PlaceOf(missed.Last) is { } after
            ? await site.Services.Push.Replay(new ReplayStream(missed.Stream, after, missed.Live), call)
            : null;
        if (replay is not { IsWhole: true })
        {
            output.Write(MissedEvent(missed.Live));
            return;
        }
        var unflushed = 0;
        await foreach (var pushed in replay.Events.WithCancellation(http.RequestAborted))
        {
            var form = connection.Framing.Of(site.Streams.Replayed(pushed), missed.Stream);
            output.Write(form.Span);
            unflushed += form.Length;
            if (unflushed < UnflushedMax)
                continue;
            unflushed = 0;
            if ((await output.FlushAsync()).IsCompleted)
                return;
        }
    }

    /// <summary>Says that there is a gap; with it the reader is at the newest place.</summary>
    private static byte[] MissedEvent(PushPlace live) => System.Text.Encoding.UTF8.GetBytes(
        $"id: {StreamMessage.IdOf(live)}\nevent: missed\n"
        + "data: {\"error\":\"What you missed is too long ago; read the timeline\"}\n\n");

    /// <param name="Last">What the reader says it had last.</param>
    /// <param name="Live">The place from which on the stream is live.</param>
    private readonly record struct Missed(PushStream Stream, string Last, PushPlace Live);
}
