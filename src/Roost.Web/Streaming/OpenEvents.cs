using Microsoft.AspNetCore.Http;
using Roost.Services.Push;
using Roost.Web.Http;
using Roost.Web.OAuth;

namespace Roost.Web.Streaming;

/// <summary>
/// <c>GET /api/v1/streaming/…</c>: one stream as server-sent events. Their ids are places in the feed: a reader that
/// comes back with <c>Last-Event-ID</c> gets what it missed. Ids are for those who ask for an event stream by its type,
/// as every EventSource does; readers that do not may know events of two lines only, as Mastodon sends them.
/// </summary>
internal static class OpenEvents
{
    private const string Root = "/api/v1/streaming/";

    private static readonly string[] _paths =
    [
        "user", "user/notification", "public", "public/local", "public/remote", "hashtag", "hashtag/local", "search",
        "list", "direct",
    ];

    private static readonly byte[] _well = "OK"u8.ToArray();

    public static void Map(ApiRoutes routes)
    {
        routes.Get(Root + "health", Access.Anyone, HealthAsync);
        foreach (var path in _paths)
            routes.Stream(Root + path, (call, bearer) => RunAsync(call, bearer, path));
        routes.Get(Root + "{**path}", Access.Anyone, static call => RefuseAsync(call.Http, "Unknown stream type"));
    }

    /// <summary>What was asked for cannot be streamed, in the words that clients know.</summary>
    public static async Task RefuseAsync(HttpContext http, string error)
    {
        using var json = new Rendering.Utf8Buffer();
        WriteRefusal(json, error);
        await JsonReplies.WriteAsync(http, json, StatusCodes.Status400BadRequest);
    }

    public static void WriteRefusal(
        Rendering.Utf8Buffer to, string error, int status = StatusCodes.Status400BadRequest)
    {
        using var writer = new System.Text.Json.Utf8JsonWriter(to, JsonReplies.WriterOptions);
        writer.WriteStartObject();
        writer.WriteString("error"u8, error);
        writer.WriteNumber("status"u8, status);
        writer.WriteEndObject();
    }

    private static async Task HealthAsync(ApiCall call)
    {
        call.Http.Response.ContentType = "text/plain; charset=utf-8";
        call.Http.Response.ContentLength = _well.Length;
        await call.Http.Response.BodyWriter.WriteAsync(_well, CancellationToken.None);
    }

    private static StreamFraming FramingFor(HttpRequest request) =>
        request.Headers.ContainsKey("Last-Event-ID")
        || request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase)
            ? StreamFraming.Events
            : StreamFraming.PlainEvents;

    private static Task RunAsync(ApiCall call, string bearer, string path)
    {
        StreamTopic topic;
        string scope;
        try
        {
            var query = call.Query;
            var name = StreamNames.OfPath(path, query.Flag("only_media") is true);
            topic = StreamNames.Read(name, query.Text, [.. query.List("all").OfType<string>()], out scope);
        }
        catch (StreamRefusal refusal)
        {
            return RefuseAsync(call.Http, refusal.Message);
        }
        if (!Scopes.Covers(call.Token!.Scopes, scope))
        {
            return ErrorReplies.WriteJsonAsync(
                call.Http, StatusCodes.Status403Forbidden, "This action is outside the authorized scopes");
        }
        var connection = new StreamConnection(
            call.Http, StreamOutput.OfBody(call.Http), FramingFor(call.Http.Request), bearer,
            call.Site.Options.StreamQueueBytes);
        var stream = new PushStream(call.Viewer, topic, connection)
        {
            HasNotices = Scopes.Covers(call.Token!.Scopes, StreamNames.NoticesScope),
        };
        return EventStream.RunAsync(call.Site, call.Http, connection, stream, call.Rpc);
    }
}
