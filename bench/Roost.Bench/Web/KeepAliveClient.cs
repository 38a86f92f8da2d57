using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Roost.Bench.Web;

/// <summary>
/// One HTTP/1.1 connection that is kept alive: sends a request, reads the reply to its last byte, sends the next. It
/// knows just enough of the protocol to tell where a reply ends (Content-Length, RFC 9112 §6.2), so that most of what
/// is measured is the server, and awaits only the socket itself, which does not allocate.
/// </summary>
internal sealed class KeepAliveClient : IDisposable
{
    private const int ReplyBytesMax = 8 << 20;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    };

    // Holds the head of a reply whole; the body is read over it, for nobody looks at it.
    private readonly byte[] _buffer = new byte[1 << 16];

    /// <summary>Bytes of all replies, heads included; counted on from whatever is set.</summary>
    public long BytesReceived { get; set; }

    public async Task ConnectAsync(Uri server, CancellationToken ct) =>
        await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port), ct);

    /// <summary>Sends requests in turn, beginning at <paramref name="first"/>, until the time has come.</summary>
    /// <param name="until">A <see cref="Stopwatch"/> timestamp; what is under way then is finished.</param>
    /// <returns>How many replies came.</returns>
    /// <exception cref="InvalidDataException">A reply is not 200, or not of the simple kind read here.</exception>
    public async Task<long> RunAsync(
        byte[][] requests, int first, long until, Latencies latencies, CancellationToken ct)
    {
        var done = 0L;
        while (Stopwatch.GetTimestamp() is var start && start < until)
        {
            await _socket.SendAsync(requests[(int)((first + done) % requests.Length)], ct);
            var received = 0;
            long missing;
            do
            {
                received += Counted(await _socket.ReceiveAsync(_buffer.AsMemory(received), ct));
            }
            while (!TryReadHead(_buffer.AsSpan(0, received), out missing));
            while (missing > 0) missing -= Counted(await _socket.ReceiveAsync(_buffer, ct));
            latencies.Record(Stopwatch.GetElapsedTime(start));
            done++;
        }
        return done;
    }

    public void Dispose() => _socket.Dispose();

    // Not an async method of its own: each time that one waits it allocates.
    private int Counted(int received)
    {
        if (received == 0) ThrowClosed();
        BytesReceived += received;
        return received;
    }

    /// <summary>False until the head is there whole.</summary>
    /// <param name="missing">Bytes of the body that have not been received.</param>
    private static bool TryReadHead(ReadOnlySpan<byte> received, out long missing)
    {
        missing = 0;
        var headLength = received.IndexOf("\r\n\r\n"u8) + 4;
        if (headLength < 4) return false;
        var head = received[..headLength];
        var at = head.IndexOf("\r\nContent-Length: "u8);
        // As haproxy writes it.
        if (at < 0) at = head.IndexOf("\r\ncontent-length: "u8);
        if (!head.StartsWith("HTTP/1.1 200 "u8) || at < 0
            || !Utf8Parser.TryParse(head[(at + 18)..], out int length, out _) || length > ReplyBytesMax)
            ThrowUnexpected(head);
        else
            missing = length - (received.Length - headLength);
        return true;
    }

    private static void ThrowClosed() =>
        throw new InvalidDataException("The server closed the connection, or a reply's head is endless.");

    private static void ThrowUnexpected(ReadOnlySpan<byte> head) => throw new InvalidDataException(
        $"The server answered what the load generator does not take:\n{System.Text.Encoding.ASCII.GetString(head)}");
}
