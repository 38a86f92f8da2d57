using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Roost.Bench.Streams;

/// <summary>The most that this machine could do: sockets without a web server, to which constant bytes are written from
/// one loop on each processor.</summary>
internal sealed class RawStreams : IAsyncDisposable
{
    /// <summary>As long as an event of Roost's with a short post.</summary>
    private const int PostBytes = 1_680;

    /// <summary>What Roost's log has of such a post, or somewhat more.</summary>
    private const int LoggedBytes = 300;

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

    /// <summary>Posts at a steady pace, as simply as can be: what is due by now is written to a file and synced, then
    /// each is sent to some readers.</summary>
    /// <returns>How many messages that was.</returns>
    public async Task<long> PaceAsync(int postsPerSecond, int seconds, int readers, string path)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        var (random, due, end) = (new Random(1), new List<byte[]>(), 0L);
        var start = Stopwatch.GetTimestamp();
        for (var posted = 0; posted < postsPerSecond * seconds;)
        {
            due.Clear();
            var now = (int)(Stopwatch.GetElapsedTime(start).TotalSeconds * postsPerSecond);
            for (; posted < Math.Min(now + 1, postsPerSecond * seconds); posted++)
                due.Add(Encoding.ASCII.GetBytes("data: " + StreamLoad.Text().PadRight(PostBytes) + "\n\n"));
            if (due.Count == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                continue;
            }
            foreach (var post in due)
            {
                RandomAccess.Write(file, post.AsSpan(0, LoggedBytes), end);
                end += LoggedBytes;
            }
            RandomAccess.FlushToDisk(file);
            foreach (var post in due) SendToSome(post, readers, random);
        }
        return (long)postsPerSecond * seconds * readers;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        foreach (var socket in _sockets) socket.Dispose();
    }

    private void SendToSome(byte[] message, int readers, Random random)
    {
        byte[] chunk = [.. Encoding.ASCII.GetBytes($"{message.Length:x}\r\n"), .. message, .. "\r\n"u8];
        for (var i = 0; i < readers; i++) Send(_sockets[random.Next(_sockets.Count)], chunk);
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
