using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Roost.Bench.Streams;

/// <summary>The most that this machine could do: sockets without a web server, to which constant bytes are written from
/// one loop on each processor.</summary>
internal sealed class RawStreams : IAsyncDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _sockets = [];
    private readonly Task _accepting;

    public RawStreams()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1_024);
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}");

    /// <summary>Writes the bytes to all so many times, in one piece.</summary>
    public void Send(byte[] message, int times)
    {
        // Readers take chunks apart, as the web server makes them.
        var piece = new List<byte>(Encoding.ASCII.GetBytes($"{message.Length * times:x}\r\n"));
        for (var i = 0; i < times; i++) piece.AddRange(message);
        piece.AddRange("\r\n"u8);
        var chunk = piece.ToArray();
        Parallel.For(0, Environment.ProcessorCount, share =>
        {
            for (var i = share; i < _sockets.Count; i += Environment.ProcessorCount)
                Send(_sockets[i], chunk);
        });
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (var socket in _sockets) socket.Dispose();
    }

    private static void Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var sent = socket.Send(bytes, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
                socket.Poll(Timeout.InfiniteTimeSpan, SelectMode.SelectWrite);
            else if (error != SocketError.Success)
                throw new SocketException((int)error);
            bytes = bytes[sent..];
        }
    }

    private async Task AcceptAsync()
    {
        var request = new byte[4_096];
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync();
                socket.NoDelay = true;
                // A request is one packet here.
                await socket.ReceiveAsync(request);
                await socket.SendAsync(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n3\r\n:)\n\r\n"u8.ToArray());
                socket.Blocking = false;
                _sockets.Add(socket);
            }
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // That is how it ends.
        }
    }
}
