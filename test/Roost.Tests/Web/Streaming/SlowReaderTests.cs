using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Roost.Services.Push;
using Roost.Web.Streaming;
using Xunit;

namespace Roost.Tests.Web.Streaming;

public sealed class SlowReaderTests
{
    [Fact]
    public async Task A_reader_that_takes_nothing_is_told_and_dropped_and_others_get_everything()
    {
        await using var server = await StreamServer.StartAsync(
            2, web => web with { StreamQueueBytes = 16 << 10, PostCharactersMax = 5_000 });
        await server.FollowAsync(1, 2);
        using var stalled = await StallAsync(server);
        using var other = await server.OpenAsync("user", 1);
        await server.OpenedAsync(2);

        // More than sockets, the web server and the queue hold together: until the stalled one is gone.
        var text = new string('x', 4_900);
        var heard = 0;
        for (; (await server.Push.Pushed(new AwaitPush(), StreamServer.Call)).Streams == 2; heard++)
        {
            var post = await server.PostAsync(2, text);
            Assert.Equal(post.Id.ToString(), (await other.NextAsync())!.PostId);
            Assert.True(heard < 20_000, "Nobody was dropped.");
        }

        var last = await server.PostAsync(2, "still there");
        Assert.Equal(last.Id.ToString(), (await other.NextAsync())!.PostId);
    }

    [Fact]
    public async Task Who_was_too_slow_reads_that_at_the_end_of_what_it_gets()
    {
        // Room for three messages before flushes have to wait.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 3_000, resumeWriterThreshold: 1));
        var connection = new StreamConnection(
            new DefaultHttpContext(), StreamOutput.Through(pipe.Writer), StreamFraming.Events, null,
            waitingBytesMax: 2_000);
        var message = new byte[1_000];
        connection.Ready();

        List<Sent> sent = [];
        for (var i = 0; i < 7; i++)
        {
            sent.Add(connection.Send(message));
            connection.Flush();
        }

        Assert.Equal(
            [Sent.ToFlush, Sent.ToFlush, Sent.ToFlush, Sent.Taken, Sent.Taken, Sent.Dropped, Sent.Ignored], sent);
        Assert.False(connection.Ended.IsCompleted);
        var first = await pipe.Reader.ReadAsync(StreamServer.Ct);
        Assert.Equal(3_000, first.Buffer.Length);
        pipe.Reader.AdvanceTo(first.Buffer.End);
        var last = await pipe.Reader.ReadAsync(StreamServer.Ct);
        Assert.StartsWith(
            "event: closed\ndata: {\"error\":\"You were dropped", Encoding.UTF8.GetString(last.Buffer),
            StringComparison.Ordinal);
        pipe.Reader.AdvanceTo(last.Buffer.End);
        await connection.Ended.WaitAsync(StreamServer.Patience, StreamServer.Ct);
    }

    [Fact]
    public async Task What_waits_goes_in_one_piece_when_there_is_room()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 100, resumeWriterThreshold: 1));
        var connection = new StreamConnection(
            new DefaultHttpContext(), StreamOutput.Through(pipe.Writer), StreamFraming.Events, null,
            waitingBytesMax: 2_000);
        connection.Ready();
        for (var i = 0; i < 5; i++)
        {
            connection.Send(Enumerable.Repeat((byte)i, 100).ToArray());
            connection.Flush();
        }

        var first = await pipe.Reader.ReadAsync(StreamServer.Ct);
        Assert.Equal(100, first.Buffer.Length);
        pipe.Reader.AdvanceTo(first.Buffer.End);
        var rest = await pipe.Reader.ReadAtLeastAsync(400, StreamServer.Ct);

        Assert.Equal([1, 2, 3, 4], rest.Buffer.ToArray().Chunk(100).Select(piece => piece[50]));
    }

    [Fact]
    public async Task A_heartbeat_comes_every_fifteen_seconds()
    {
        var time = new FakeTime();
        await using var host = await WebHost.StartAsync(time: time);
        var account = host.Network.AddAccount("ann");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/streaming/user");
        request.Headers.Authorization = new("Bearer", host.Network.AddToken(account.Id, "read"));
        using var response = await host.Client.SendAsync(
            request, HttpCompletionOption.ResponseHeadersRead, StreamServer.Ct);
        using var lines = new System.IO.StreamReader(await response.Content.ReadAsStreamAsync(StreamServer.Ct));
        Assert.Equal(":)", await lines.ReadLineAsync(StreamServer.Ct));

        for (var beat = 0; beat < 2; beat++)
        {
            var line = lines.ReadLineAsync(StreamServer.Ct).AsTask();
            for (var second = 0; second < 15; second++) time.Advance(TimeSpan.FromSeconds(1));
            // A second that came while the one before was at work counts for both.
            while (!line.IsCompleted)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Yield();
            }
            Assert.Equal(":thump", await line);
        }
    }

    /// <summary>A stream whose reader has a small window and never reads.</summary>
    private static async Task<Socket> StallAsync(StreamServer server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4_096 };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Url.Port), StreamServer.Ct);
        await socket.SendAsync(
            Encoding.ASCII.GetBytes(
                $"GET /api/v1/streaming/user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.TokenOf(1)}\r\n\r\n"),
            StreamServer.Ct);
        return socket;
    }
}
