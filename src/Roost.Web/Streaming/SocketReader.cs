using System.Buffers;
using System.IO.Pipelines;

namespace Roost.Web.Streaming;

/// <summary>
/// Reads a client's messages off a WebSocket. While nothing comes it holds no memory: it takes a buffer when there is
/// something to put in. One task.
/// </summary>
/// <param name="input">What comes after the handshake. Must hold no memory either while it waits.</param>
internal sealed class SocketReader(PipeReader input)
{
    /// <summary>A message of a client is a line of JSON.</summary>
    private const int MessageMax = 4_096;

    private const int BufferBytes = MessageMax + 512;

    /// <summary>What is passed over at most after a message that is not taken.</summary>
    private const long PassedOverMax = 64 << 20;

    private static readonly byte[] _goodbye = SocketFrames.MakeClose(1000, "");

    private byte[]? _buffer;
    private int _filled;
    private int _handedOut;
    private byte[] _parts = [];
    private volatile bool _isStopped;

    /// <summary>How to end the connection once <see cref="IsOver"/>.</summary>
    public ReadOnlyMemory<byte> Goodbye { get; private set; } = _goodbye;

    /// <summary>Whether there is no more: the client has closed, or broken the protocol, or reading was
    /// stopped.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether the reading ended with something that is not taken.</summary>
    public bool HasRefused { get; private set; }

    /// <summary>Ends the reading, from any thread: what waits, or comes next, ends at once.</summary>
    public void Stop()
    {
        _isStopped = true;
        input.CancelPendingRead();
    }

    /// <summary>Reads on and forgets it, to the client's own farewell, the end of the connection or a bound.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public async ValueTask PassOverAsync(CancellationToken ct)
    {
        var isLast = false;
        for (var left = PassedOverMax; left > 0 && !isLast;)
        {
            var length = SocketFrames.LengthAt(_buffer.AsSpan(0, _filled));
            if (length == 0)
            {
                if (!await FillAsync(ct))
                    return;
                continue;
            }
            isLast = (_buffer![0] & SocketFrames.OpcodeMask) == SocketFrames.Close;
            while (length > _filled)
            {
                (length, left) = (length - _filled, left - _filled);
                _filled = 0;
                if (left <= 0 || !await FillAsync(ct))
                    return;
            }
            left -= length;
            _handedOut = (int)length;
            Release();
        }
    }

    /// <summary>The next text or ping, as far as it has come whole. When there is none, either <see cref="IsOver"/> or
    /// more must be waited for.</summary>
    public bool TryTake(out Message message)
    {
        Release();
        message = default;
        while (!IsOver)
        {
            var frame = SocketFrames.Read(_buffer.AsSpan(0, _filled), MessageMax, out var used);
            if (frame.Opcode >= SocketFrame.TooLong.Opcode)
            {
                End(frame == SocketFrame.Wrong ? (ushort)1002 : (ushort)1009);
                return false;
            }
            if (used == 0)
                return false;
            _handedOut = used;
            if (Take(frame) is { } taken)
            {
                message = taken;
                return true;
            }
            IsOver |= frame.Opcode == SocketFrames.Close;
            if (!IsOver)
                Release();
        }
        return false;
    }

    /// <summary>Waits until something comes, which <see cref="Fill"/> must be given.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="OperationCanceledException">It was aborted.</exception>
    public ValueTask<ReadResult> WaitAsync() => input.ReadAsync(CancellationToken.None);

    /// <summary>Takes over what has come.</summary>
    public void Fill(in ReadResult result)
    {
        // The web server cancels a wait, too, when it stops: that is no end yet.
        if (result.IsCanceled && !_isStopped)
            input.AdvanceTo(result.Buffer.Start);
        else if (!Take(result))
            IsOver = true;
    }

    private void End(ushort status)
    {
        Goodbye = SocketFrames.MakeClose(status, status switch
        {
            1003 => "Send text, not binary.",
            1009 => $"A message has at most {MessageMax} bytes.",
            _ => "These are no WebSocket frames (RFC 6455).",
        });
        (HasRefused, IsOver) = (true, true);
    }

    /// <summary>The message that a frame completes.</summary>
    private Message? Take(in SocketFrame frame)
    {
        var payload = _buffer.AsMemory(frame.Start, frame.Length);
        switch (frame.Opcode)
        {
            case SocketFrames.Ping:
                return new Message(SocketFrames.Ping, payload);
            case SocketFrames.Pong or SocketFrames.Close:
                return null;
            case SocketFrames.Text when _parts.Length == 0 && frame.IsFinal:
                return new Message(SocketFrames.Text, payload);
            case SocketFrames.Text when _parts.Length == 0:
            case SocketFrames.Continuation when _parts.Length > 0:
                return TakePart(payload, frame.IsFinal);
            default:
                // Binary, which nothing here is, or pieces out of order.
                End(frame.Opcode == SocketFrames.Binary ? (ushort)1003 : (ushort)1002);
                return null;
        }
    }

    private Message? TakePart(ReadOnlyMemory<byte> part, bool isLast)
    {
        _parts = [.. _parts, .. part.Span];
        if (_parts.Length > MessageMax)
        {
            End(1009);
            return null;
        }
        if (!isLast)
            return null;
        var whole = _parts;
        _parts = [];
        return new Message(SocketFrames.Text, whole);
    }

    /// <returns>False when the client has gone, or reading was ended from here.</returns>
    private async ValueTask<bool> FillAsync(CancellationToken ct)
    {
        var result = await input.ReadAsync(ct);
        // The web server does that, too, when it stops; and what is passed over is read on after the end.
        while (result.IsCanceled)
        {
            input.AdvanceTo(result.Buffer.Start);
            result = await input.ReadAsync(ct);
        }
        return Take(result);
    }

    private bool Take(in ReadResult result)
    {
        if (result.IsCanceled || result.Buffer.IsEmpty)
        {
            input.AdvanceTo(result.Buffer.Start);
            return false;
        }
        _buffer ??= ArrayPool<byte>.Shared.Rent(BufferBytes);
        var taken = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, _buffer.Length - _filled));
        taken.CopyTo(_buffer.AsSpan(_filled));
        _filled += (int)taken.Length;
        input.AdvanceTo(taken.End);
        return !taken.IsEmpty;
    }

    /// <summary>Lets go of the frame that was handed out last.</summary>
    private void Release()
    {
        if (_handedOut <= 0 || _buffer is null)
            return;
        _buffer.AsSpan(_handedOut, _filled - _handedOut).CopyTo(_buffer);
        _filled -= _handedOut;
        _handedOut = 0;
        if (_filled > 0)
            return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }

    /// <param name="Payload">Valid until the next read.</param>
    internal readonly record struct Message(byte Opcode, ReadOnlyMemory<byte> Payload);
}
