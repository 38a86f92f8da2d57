using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Roost.Web.Http;

namespace Roost.Web.Streaming;

/// <summary>
/// <c>GET /api/v1/streaming</c>: a WebSocket with as many streams as its reader subscribes to, or with the one that
/// <c>?stream=</c> names. The handshake is RFC 6455 §4.2; no extension is agreed on.
/// </summary>
internal static class OpenSocket
{
    private const string Path = "/api/v1/streaming";
    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static void Map(ApiRoutes routes) => routes.Stream(Path, RunAsync);

    // Without a state machine: what it would keep is kept for as long as the socket is open.
    private static Task RunAsync(ApiCall call, string bearer)
    {
        var http = call.Http;
        if (http.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade
            || KeyOf(http.Request) is not { } key)
        {
            return OpenEvents.RefuseAsync(
                http, "This is a WebSocket; server-sent events are at /api/v1/streaming/user and its like");
        }
        if (ProblemWithFirst(call) is { } problem)
            return OpenEvents.RefuseAsync(http, problem);
        var headers = http.Response.Headers;
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = AcceptOf(key);
        // Browsers can send a token in no other header; who names a protocol waits to hear it again.
        if (http.Request.Headers.SecWebSocketProtocol is [{ Length: > 0 } protocol])
            headers.SecWebSocketProtocol = protocol.Split(',')[0].Trim();
        return new SocketSession(call.Site, call.Viewer, call.Token!.Scopes)
            .RunAsync(http, upgrade, bearer, FirstOf(call));
    }

    private static SocketRequest? FirstOf(ApiCall call) => call.Query.Text("stream") is { Length: > 0 } name
        ? new SocketRequest(
            "subscribe", name, call.Query.Text("list"), call.Query.Text("tag"), call.Query.Text("q"))
        : null;

    private static string? ProblemWithFirst(ApiCall call)
    {
        if (FirstOf(call) is not { } first)
            return null;
        try
        {
            StreamNames.Read(first.Stream, first.Parameter, [], out _);
            return null;
        }
        catch (StreamRefusal refusal)
        {
            return refusal.Message;
        }
    }

    /// <summary>The client's key, when this is a handshake that can be answered.</summary>
    private static string? KeyOf(HttpRequest request)
    {
        var headers = request.Headers;
        if (headers.Upgrade is not [{ } protocol] || !protocol.Equals("websocket", StringComparison.OrdinalIgnoreCase))
            return null;
        if (headers.SecWebSocketVersion is not ["13"] || headers.SecWebSocketKey is not [{ } key])
            return null;
        Span<byte> bytes = stackalloc byte[18];
        return Convert.TryFromBase64String(key, bytes, out var count) && count == 16 ? key : null;
    }

    // Proves only that the handshake was understood; SHA-1 is what the RFC says.
#pragma warning disable CA5350
    private static string AcceptOf(string key) =>
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Guid)));
#pragma warning restore CA5350
}
