using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Roost.Bench.Streams;

/// <summary>
/// A process of readers: opens many streams from an address of its own, and counts what comes.
/// It is told what to do by lines on stdin and answers each with one on stdout:
/// <code>
///   open PORT PATH TOKENS STALLED   opens one stream for each token of that file; so many of them never read
///   reset                           forgets what came so far
///   await N                         answers when N messages have come, or nothing has for three seconds
///   report                          messages, p50 and p99 of their ages in ms, longest
/// </code>
/// </summary>
internal sealed class StreamClient(IPAddress address)
{
    private const int BufferBytes = 24 << 10;

    private const string Upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: cm9vc3QtYmVuY2htYXJrIQ==\r\n";

    /// <summary>When nothing has come for so long, nothing will.</summary>
    private const int QuietSeconds = 3;

    private readonly List<Socket> _sockets = [];
    private readonly int[] _ages = new int[1 << 20];
    private long _messages;
    private long _longest;

    public static async Task RunAsync(IPAddress address)
    {
        var client = new StreamClient(address);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            await Console.Out.WriteLineAsync(words[0] switch
            {
                "open" => await client.OpenAsync(words),
                "reset" => client.Reset(),
                "await" => await client.AwaitAsync(long.Parse(words[1], CultureInfo.InvariantCulture)),
                _ => client.Report(),
            });
        }
    }

    private async Task<string> OpenAsync(string[] words)
    {
        var server = new IPEndPoint(IPAddress.Loopback, int.Parse(words[1], CultureInfo.InvariantCulture));
        var stalled = int.Parse(words[4], CultureInfo.InvariantCulture);
        // What names its stream in the query is a WebSocket.
        var isSocket = words[2].Contains('?', StringComparison.Ordinal);
        foreach (var token in await File.ReadAllLinesAsync(words[3]))
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            if (_sockets.Count < stalled)
                socket.ReceiveBufferSize = 4_096;
            socket.Bind(new IPEndPoint(address, 0));
            await socket.ConnectAsync(server);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"GET {words[2]} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
                + (isSocket ? Upgrade : "") + "\r\n"));
            var buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);
            var read = await socket.ReceiveAsync(buffer);
            var head = buffer.AsSpan(0, read).IndexOf("\r\n\r\n"u8);
            var isOpen = buffer.AsSpan().StartsWith(isSocket ? "HTTP/1.1 101"u8 : "HTTP/1.1 200"u8);
            if (head < 0 || !isOpen)
                throw new InvalidOperationException(Encoding.ASCII.GetString(buffer, 0, read));
            _sockets.Add(socket);
            if (_sockets.Count <= stalled)
                continue;
            Tally tally = isSocket ? new FrameTally() : new StreamTally();
            tally.Take(buffer.AsSpan((head + 4)..read), 0, Note);
            _ = ReadAsync(socket, tally, buffer);
        }
        return $"{_sockets.Count}";
    }

    private async Task ReadAsync(Socket socket, Tally tally, Memory<byte> buffer)
    {
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(buffer);
                if (read == 0)
                    return;
                Interlocked.Add(ref _messages, tally.Take(buffer.Span[..read], Stopwatch.GetTimestamp(), Note));
            }
        }
        catch (SocketException)
        {
            // Dropped by the server: what is missing shows in the count.
        }
    }

    private void Note(long posted, long now)
    {
        var age = (long)Stopwatch.GetElapsedTime(posted, now).TotalMicroseconds;
        Interlocked.Increment(ref _ages[Math.Clamp(age, 0, _ages.Length - 1)]);
        if (age > Volatile.Read(ref _longest))
            Volatile.Write(ref _longest, age);
    }

    private string Reset()
    {
        Array.Clear(_ages);
        _longest = 0;
        Interlocked.Exchange(ref _messages, 0);
        return "reset";
    }

    private async Task<string> AwaitAsync(long messages)
    {
        var (seen, since) = (0L, Stopwatch.GetTimestamp());
        while (Volatile.Read(ref _messages) < messages && Stopwatch.GetElapsedTime(since).TotalSeconds < QuietSeconds)
        {
            if (seen != _messages)
                (seen, since) = (_messages, Stopwatch.GetTimestamp());
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
        return $"{_messages}";
    }

    private string Report() => string.Create(
        CultureInfo.InvariantCulture, $"{_messages} {Age(0.5)} {Age(0.99)} {_longest / 1e3}");

    private double Age(double part)
    {
        var below = (long)(_ages.Sum(count => (long)count) * part);
        for (var i = 0; i < _ages.Length; i++)
        {
            below -= _ages[i];
            if (below < 0)
                return i / 1e3;
        }
        return 0;
    }
}
