using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Users;
using Xunit;

namespace Roost.Tests.Web.Streaming;

/// <summary>WebSockets, by .NET's own client over a real port.</summary>
public sealed class SocketTests
{
    [Fact]
    public async Task One_socket_has_several_streams_and_says_which_one_each_event_is_from()
    {
        await using var server = await StreamServer.StartAsync(2);
        using var socket = await server.ConnectAsync(header: server.TokenOf(1));
        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "user" });
        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "user" });
        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "hashtag", tag = "Föö" });
        await server.OpenedAsync(2);

        var tagged = await server.PostAsync(2, "a \"quoted\" line\nand #föö");
        var own = await server.PostAsync(1, "mine");
        var first = (await StreamServer.HearAsync(socket))!.Value;
        var second = (await StreamServer.HearAsync(socket))!.Value;

        Assert.Equal(["hashtag", "Föö"], first.GetProperty("stream").EnumerateArray().Select(one => one.GetString()));
        Assert.Equal("update", first.GetProperty("event").GetString());
        var payload = JsonDocument.Parse(first.GetProperty("payload").GetString()!).RootElement;
        Assert.Equal(tagged.Id.ToString(), payload.GetProperty("id").GetString());
        Assert.Contains("&quot;quoted&quot;", payload.GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal(["user"], second.GetProperty("stream").EnumerateArray().Select(one => one.GetString()));
        Assert.Contains(own.Id.ToString(), second.GetProperty("payload").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unsubscribing_ends_one_stream_and_leaves_the_others()
    {
        await using var server = await StreamServer.StartAsync(1);
        using var socket = await server.ConnectAsync(header: server.TokenOf(1));
        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "user" });
        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "public" });
        await server.OpenedAsync(2);

        await StreamServer.SayAsync(socket, new { type = "unsubscribe", stream = "user" });
        await server.OpenedAsync(1);
        await server.PostAsync(1);

        var heard = (await StreamServer.HearAsync(socket))!.Value;
        Assert.Equal("public", heard.GetProperty("stream")[0].GetString());
    }

    [Fact]
    public async Task The_url_names_a_stream_and_the_token_may_stand_for_the_protocol_or_in_the_query()
    {
        await using var server = await StreamServer.StartAsync(1);
        using var byProtocol = await server.ConnectAsync("stream=user", protocol: server.TokenOf(1));
        using var byQuery = await server.ConnectAsync("stream=public:local&access_token=" + server.TokenOf(1));
        await server.OpenedAsync(2);

        var post = await server.PostAsync(1);

        Assert.Equal(server.TokenOf(1), byProtocol.SubProtocol);
        foreach (var socket in (ClientWebSocket[])[byProtocol, byQuery])
        {
            var heard = (await StreamServer.HearAsync(socket))!.Value;
            Assert.Contains(post.Id.ToString(), heard.GetProperty("payload").GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("{\"type\":\"subscribe\",\"stream\":\"weather\"}", 400, "Unknown stream type")]
    [InlineData("{\"type\":\"subscribe\",\"stream\":\"list\",\"list\":\"5\"}", 404, "Record not found")]
    [InlineData("{\"type\":\"subscribe\",\"stream\":\"user:notification\"}", 403, "outside the authorized scopes")]
    [InlineData("subscribe!", 400, "Send JSON")]
    [InlineData("{\"type\":\"dance\",\"stream\":\"user\"}", 400, "subscribe or unsubscribe")]
    public async Task A_wrong_request_is_answered_in_words_and_the_socket_goes_on(string said, int status, string error)
    {
        await using var server = await StreamServer.StartAsync(1);
        using var socket = await server.ConnectAsync(header: await server.TokenAsync(1, "read:statuses"));

        await socket.SendAsync(Encoding.UTF8.GetBytes(said), WebSocketMessageType.Text, true, StreamServer.Ct);
        var heard = (await StreamServer.HearAsync(socket))!.Value;

        Assert.Equal(status, heard.GetProperty("status").GetInt32());
        Assert.Contains(error, heard.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(WebSocketState.Open, socket.State);
    }

    [Fact]
    public async Task A_request_may_come_in_pieces_and_one_that_is_too_long_ends_the_socket()
    {
        await using var server = await StreamServer.StartAsync(1);
        using var socket = await server.ConnectAsync(header: server.TokenOf(1));
        var request = Encoding.UTF8.GetBytes("{\"type\":\"subscribe\",\"stream\":\"user\"}");
        await socket.SendAsync(request.AsMemory(0, 9), WebSocketMessageType.Text, false, StreamServer.Ct);
        await socket.SendAsync(request.AsMemory(9), WebSocketMessageType.Text, true, StreamServer.Ct);
        await server.OpenedAsync(1);

        await socket.SendAsync(new byte[5_000], WebSocketMessageType.Text, true, StreamServer.Ct);

        Assert.Null(await StreamServer.HearAsync(socket));
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);
        await server.OpenedAsync(0);
    }

    [Fact]
    public async Task A_hashtag_is_the_same_however_it_is_spelled()
    {
        await using var server = await StreamServer.StartAsync(1);
        using var socket = await server.ConnectAsync(header: server.TokenOf(1));
        foreach (var tag in (string[])["Cats", "cats", "#CÀTS"])
            await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "hashtag", tag });
        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "public" });
        await server.OpenedAsync(2);

        await StreamServer.SayAsync(socket, new { type = "unsubscribe", stream = "hashtag", tag = "cATS" });
        await server.OpenedAsync(1);
        await server.PostAsync(1, "my #cats");

        var heard = (await StreamServer.HearAsync(socket))!.Value;
        Assert.Equal("public", heard.GetProperty("stream")[0].GetString());
    }

    [Fact]
    public async Task A_list_may_be_named_by_a_number()
    {
        await using var server = await StreamServer.StartAsync(1);
        var list = await server.Node.Lists.Make(new MakeList(new AccountId(1), "Friends"), StreamServer.Call);
        using var socket = await server.ConnectAsync(header: server.TokenOf(1));

        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "list", list = list.Id });
        await server.OpenedAsync(1);
        await StreamServer.SayAsync(socket, new { type = "unsubscribe", stream = "list", list = list.Id.ToString() });
        await server.OpenedAsync(0);
        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "list", list = 1.5 });
        var refusal = (await StreamServer.HearAsync(socket))!.Value;

        Assert.Equal("Missing list name parameter", refusal.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData(70_000)]
    [InlineData(8_000_000)]
    public async Task However_much_too_long_a_message_is_its_sender_hears_why_the_socket_ends(int bytes)
    {
        await using var server = await StreamServer.StartAsync(1);
        using var socket = await server.ConnectAsync(header: server.TokenOf(1));
        await StreamServer.SayAsync(socket, new { type = "subscribe", stream = "user" });
        await server.OpenedAsync(1);

        await socket.SendAsync(new byte[bytes], WebSocketMessageType.Text, true, StreamServer.Ct);
        await socket.SendAsync(new byte[bytes], WebSocketMessageType.Text, true, StreamServer.Ct);

        Assert.Null(await StreamServer.HearAsync(socket));
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, socket.CloseStatus);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", StreamServer.Ct);
        await server.OpenedAsync(0);
    }

    [Fact]
    public async Task Closing_is_answered_and_ends_the_streams()
    {
        await using var server = await StreamServer.StartAsync(1);
        using var socket = await server.ConnectAsync("stream=user", server.TokenOf(1));
        await server.OpenedAsync(1);

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", StreamServer.Ct);

        Assert.Equal(WebSocketState.Closed, socket.State);
        await server.OpenedAsync(0);
    }

    [Fact]
    public async Task A_revoked_token_closes_the_socket_with_a_reason()
    {
        await using var server = await StreamServer.StartAsync(1);
        using var socket = await server.ConnectAsync("stream=user", server.TokenOf(1));

        await server.Node.Users.RevokeToken(new RevokeToken(server.TokenOf(1)), StreamServer.Call);

        Assert.Null(await StreamServer.HearAsync(socket));
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, socket.CloseStatus);
        Assert.Contains("revoked", socket.CloseStatusDescription, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_is_no_websocket_is_told_where_to_go()
    {
        await using var server = await StreamServer.StartAsync(1);

        using var response = await server.SendAsync("", server.TokenOf(1));
        var refused = await Assert.ThrowsAsync<WebSocketException>(
            () => server.ConnectAsync("stream=weather", server.TokenOf(1)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("400", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<WebSocketException>(() => server.ConnectAsync("stream=user"));
    }
}
