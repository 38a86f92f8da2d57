using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;

namespace Roost.Bench.Inbox;

/// <summary>
/// As much of a Redis client as a peer needs: commands of ASCII words, pipelined, and whole numbers or OK for replies
/// (RESP2, redis.io/docs/reference/protocol-spec). Write some thousand commands, then read as many replies.
/// </summary>
internal sealed class RedisPeer : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly NetworkStream _stream;
    private readonly byte[] _received = new byte[1 << 16];
    private byte[] _toSend = new byte[1 << 20];
    private int _toSendLength;
    private int _receivedStart;
    private int _receivedEnd;

    public RedisPeer(string hostAndPort)
    {
        var at = hostAndPort.LastIndexOf(':');
        if (at < 1 || !int.TryParse(hostAndPort.AsSpan(at + 1), CultureInfo.InvariantCulture, out var port))
            throw new ArgumentException($"--redis takes HOST:PORT, such as 127.0.0.1:6390; not '{hostAndPort}'.");
        _client.Connect(hostAndPort[..at], port);
        _stream = _client.GetStream();
    }

    /// <summary>Begins a command of so many words.</summary>
    public void Begin(int words)
    {
        Reserve(16);
        Utf8.TryWrite(_toSend.AsSpan(_toSendLength), CultureInfo.InvariantCulture, $"*{words}\r\n", out var written);
        _toSendLength += written;
    }

    public void Word(ReadOnlySpan<byte> word)
    {
        Reserve(word.Length + 16);
        var to = _toSend.AsSpan(_toSendLength);
        Utf8.TryWrite(to, CultureInfo.InvariantCulture, $"${word.Length}\r\n", out var written);
        word.CopyTo(to[written..]);
        "\r\n"u8.CopyTo(to[(written + word.Length)..]);
        _toSendLength += written + word.Length + 2;
    }

    /// <summary>A word of a name and a number: <c>inbox:7</c>.</summary>
    public void Word(ReadOnlySpan<byte> name, long number)
    {
        Span<byte> word = stackalloc byte[40];
        name.CopyTo(word);
        number.TryFormat(word[name.Length..], out var digits, default, CultureInfo.InvariantCulture);
        Word(word[..(name.Length + digits)]);
    }

    public void Send()
    {
        _stream.Write(_toSend, 0, _toSendLength);
        _toSendLength = 0;
    }

    /// <summary>The next reply: a number; 0 for OK.</summary>
    /// <exception cref="InvalidOperationException">Redis answered with an error.</exception>
    public long Reply()
    {
        var kind = NextByte();
        var error = kind == '-' ? new StringBuilder() : null;
        var number = 0L;
        for (var next = NextByte(); next != '\r'; next = NextByte())
        {
            error?.Append((char)next);
            number = (number * 10) + next - '0';
        }
        NextByte();
        return kind switch
        {
            (byte)':' => number,
            (byte)'+' => 0,
            _ => throw new InvalidOperationException($"Redis answered: {(char)kind}{error}"),
        };
    }

    public void Dispose() => _client.Dispose();

    private void Reserve(int bytes)
    {
        if (_toSend.Length - _toSendLength < bytes)
            Array.Resize(ref _toSend, 2 * _toSend.Length);
    }

    private byte NextByte()
    {
        if (_receivedStart == _receivedEnd)
        {
            (_receivedStart, _receivedEnd) = (0, _stream.Read(_received));
            if (_receivedEnd == 0)
                throw new IOException("Redis closed the connection.");
        }
        return _received[_receivedStart++];
    }
}
