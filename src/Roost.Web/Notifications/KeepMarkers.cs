using System.Globalization;
using Roost.Services.Notifications;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Notifications;

/// <summary>The client API's Marker entity.</summary>
internal sealed record MarkerReply(string LastReadId, int Version, string UpdatedAt)
{
    public static MarkerReply Of(Marker marker) => new(
        marker.LastReadId.ToString(CultureInfo.InvariantCulture), marker.Version,
        TimeText.Of(marker.UpdatedAt));
}

/// <summary>
/// <c>GET</c> and <c>POST /api/v1/markers</c>: how far one has read the home timeline and notifications.
/// </summary>
internal static class KeepMarkers
{
    private static readonly (string Name, MarkedTimeline Timeline)[] _timelines =
        [("home", MarkedTimeline.Home), ("notifications", MarkedTimeline.Notifications)];

    public static void Map(ApiRoutes routes)
    {
        routes.Get("/api/v1/markers", Access.User("read:statuses"), ShowAsync);
        routes.Post("/api/v1/markers", Access.User("write:statuses"), MoveAsync);
    }

    private static async Task ShowAsync(ApiCall call)
    {
        var wanted = call.Query.List("timeline");
        var shown = Array.FindAll(_timelines, one => wanted.Contains(one.Name));
        var markers = await call.Services.Notifications.Markers(
            new GetMarkers(call.Viewer, [.. shown.Select(one => one.Timeline)]), call.Rpc);
        var reply = new Dictionary<string, MarkerReply>();
        for (var i = 0; i < shown.Length; i++)
        {
            if (markers[i] is { } marker) reply.Add(shown[i].Name, MarkerReply.Of(marker));
        }
        await ReplyAsync(call, reply);
    }

    private static async Task MoveAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var moves = new List<(string Name, SetMarker Move)>();
        foreach (var (name, timeline) in _timelines)
        {
            // All are read before any is moved.
            var parameter = $"{name}[last_read_id]";
            if (parameters.Text(parameter) is { Length: > 0 })
                moves.Add((name, new SetMarker(call.Viewer, timeline, parameters.Cursor(parameter))));
        }
        var reply = new Dictionary<string, MarkerReply>();
        foreach (var (name, move) in moves)
            reply.Add(name, MarkerReply.Of(await call.Services.Notifications.SetMarker(move, call.Rpc)));
        await ReplyAsync(call, reply);
    }

    private static Task ReplyAsync(ApiCall call, Dictionary<string, MarkerReply> reply) =>
        call.ReplyAsync(reply, WebJson.Default.DictionaryStringMarkerReply);
}
