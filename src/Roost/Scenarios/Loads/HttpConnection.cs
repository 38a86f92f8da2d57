using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Roost.Scenarios.Loads;

/// <summary>A reply.</summary>
/// <param name="Body">Valid until the connection's next request.</param>
internal readonly record struct HttpReply(int Status, ReadOnlyMemory<byte> Body);

/// <summary>
/// One HTTP/1.1 connection that is kept alive: sends a request, reads the reply to its last byte. It knows just enough
/// of the protocol to tell where a reply ends (Content-Length, RFC 9112 §6.2), so that next to nothing of what is
/// measured is the client.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private const int ReplyBytesMax = 1 << 20;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    };

    private byte[] _buffer = new byte[1 << 16];

    public async Task ConnectAsync(Uri server, CancellationToken ct) =>
        await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), ct);

    /// <param name="request">Head and body, as they go over the wire.</param>
    /// <exception cref="InvalidDataException">The reply is not of the simple kind read here.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HttpReply> SendAsync(ReadOnlyMemory<byte> request, CancellationToken ct)
    {
        await _socket.SendAsync(request, ct);
        var received = 0;
        Head head;
        do received += await ReceiveAsync(received, ct);
        while (!TryReadHead(_buffer.AsSpan(0, received), out head));
        var length = head.Bytes + head.BodyBytes;
        if (length > _buffer.Length) Array.Resize(ref _buffer, length);
        while (received < length) received += await ReceiveAsync(received, ct);
        return new HttpReply(head.Status, _buffer.AsMemory(head.Bytes, head.BodyBytes));
    }

    public void Dispose() => _socket.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(int at, CancellationToken ct)
    {
        var received = await _socket.ReceiveAsync(_buffer.AsMemory(at), ct);
        return received > 0 ? received : throw new InvalidDataException("The server closed the connection.");
    }

    /// <summary>False until the head is there whole.</summary>
    private static bool TryReadHead(ReadOnlySpan<byte> received, out Head head)
    {
        head = default;
        var bytes = received.IndexOf("\r\n\r\n"u8) + 4;
        if (bytes < 4) return false;
        var text = received[..bytes];
        var at = text.IndexOf("\r\nContent-Length: "u8);
        if (!text.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(text[9..], out int status, out _)
            || at < 0 || !Utf8Parser.TryParse(text[(at + 18)..], out int length, out _) || length > ReplyBytesMax)
            throw new InvalidDataException(
                $"The server answered what is not understood here:\n{System.Text.Encoding.ASCII.GetString(text)}");
        head = new Head(status, bytes, length);
        return true;
    }

    private readonly record struct Head(int Status, int Bytes, int BodyBytes);
}
