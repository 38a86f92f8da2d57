using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Roost.Tests.Web.Streaming;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>What the web server refuses before it is a request is answered like all else that is wrong.</summary>
public sealed class UnreadableRequestTests
{
    [Theory]
    [InlineData("/@%00")]
    [InlineData("/@u1/%00?max_id=1")]
    [InlineData("/tags/a%00b")]
    public async Task People_get_a_page(string path)
    {
        await using var server = await StreamServer.StartAsync(1);

        var (head, body) = await AskAsync(server, $"GET {path} HTTP/1.1\r\nHost: roost\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Content-Type: text/html; charset=utf-8", head, StringComparison.Ordinal);
        Assert.Contains("Content-Security-Policy: default-src 'none'", head, StringComparison.Ordinal);
        Assert.Contains("That did not work", body, StringComparison.Ordinal);
        Assert.EndsWith("</html>", body.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_json_that_every_origin_may_read()
    {
        await using var server = await StreamServer.StartAsync(1);

        var (head, body) = await AskAsync(server, "GET /api/v1/accounts/%00 HTTP/1.1\r\nHost: roost\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", head, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Origin: *", head, StringComparison.Ordinal);
        Assert.Equal(
            "The request cannot be read", JsonDocument.Parse(body).RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public async Task What_was_asked_before_on_the_connection_is_answered_before()
    {
        await using var server = await StreamServer.StartAsync(1);

        var (head, body) = await AskAsync(
            server, "GET /health HTTP/1.1\r\nHost: roost\r\n\r\nGET /api/%00 HTTP/1.1\r\nHost: roost\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 OK\r\n", head, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 400 Bad Request\r\n", body, StringComparison.Ordinal);
        Assert.EndsWith("{\"error\":\"The request cannot be read\"}", body, StringComparison.Ordinal);
    }

    /// <summary>All that comes until the server closes, cut after the first head.</summary>
    private static async Task<(string Head, string Body)> AskAsync(StreamServer server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Url.Host, server.Url.Port, StreamServer.Ct);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), StreamServer.Ct);
        using var reader = new StreamReader(client.GetStream());
        var reply = await reader.ReadToEndAsync(StreamServer.Ct).WaitAsync(StreamServer.Patience, StreamServer.Ct);
        var end = reply.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, reply);
        return (reply[..end], reply[(end + 4)..]);
    }
}
