using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Roost.Engine.Memory;

namespace Roost.Web.Http;

/// <summary>
/// What a connection sends, handed to the system by whoever flushes, at once: no other thread is woken for it, as the
/// web server does, and once a flush has ended nothing of it waits in this process. So a stream may write to its
/// connection past the response that it began as.
/// </summary>
/// <remarks>
/// One writer at a time; <see cref="CancelPendingFlush"/> may come from anywhere. A flush ends when the system has
/// taken everything, which of a reader that does not read may be never. Memory is held from the first byte to the
/// flush.
/// </remarks>
public sealed class SocketOutput : PipeWriter, IDuplexPipe
{
    private const int LeastBytes = 4_096;

    // These two come first, on one line of the processor's cache: they are all that Send looks at. The handle is null
    // once nothing can be sent any more, and where sockets are only sent to through Socket.
    private SafeSocketHandle? _handle;
    private byte[]? _buffer;
    private readonly Socket _socket;
    private readonly PipeWriter _behind;
    private int _start;
    private int _end;
    private bool _isGone;
    private bool _isOver;
    private volatile CancellationTokenSource? _waiting;

    /// <param name="transport">The web server's own ways from and to the socket. On the latter nothing is written: it
    /// is told of the end, and closes the connection.</param>
    internal SocketOutput(Socket socket, IDuplexPipe transport)
    {
        (_socket, _behind, Input) = (socket, transport.Output, transport.Input);
        // For sending from here; receiving is the web server's and waits as before.
        socket.Blocking = false;
        _handle = SocketSend.IsSupported ? socket.SafeHandle : null;
    }

    public PipeReader Input { get; }

    public PipeWriter Output => this;

    /// <summary>Has the processor fetch what <see cref="TrySend"/> will ask for.</summary>
    public void Prefetch() => Processor.Prefetch((object?)_handle ?? _socket);

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _end - _start;

    /// <summary>Gives the connections of a port such outputs. Goes before whatever else is put around them. The web
    /// server's own ways are not put back at the end: it keeps them, and closes those.</summary>
    public static ConnectionDelegate Around(ConnectionDelegate next) => connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            var output = new SocketOutput(socket, connection.Transport);
            connection.Transport = output;
            connection.Features.Set(output);
        }
        return next(connection);
    };

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _buffer.AsMemory(_end);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _buffer.AsSpan(_end);
    }

    public override void Advance(int bytes)
    {
        if (_isOver)
            return;
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, (_buffer?.Length ?? 0) - _end);
        _end += bytes;
    }

    /// <summary>Writes and flushes at once, without a copy of what the system takes: for bytes that many connections
    /// are sent.</summary>
    /// <returns>False when <see cref="FlushAsync"/> must follow: something waits for it, or nothing can be sent any
    /// more.</returns>
    internal bool TrySend(ReadOnlySpan<byte> bytes)
    {
        var left = _buffer is null && _handle is not null ? bytes[HandOver(bytes)..] : bytes;
        if (left.IsEmpty)
            return true;
        if (!_isGone)
            this.Write(left);
        return false;
    }

    /// <summary>Sends what is the last of this connection: whatever is written afterwards goes nowhere.</summary>
    internal void End(ReadOnlySpan<byte> last)
    {
        this.Write(last);
        _isOver = true;
        _handle = null;
        // What the system does not take now goes with the next flush.
        if (!_isGone)
            Send();
    }

    /// <returns>Completed: the other side has gone, or the connection was closed here.</returns>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_isGone)
            Release();
        if (_start == _end || Send())
            return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: _isGone));
        return WaitAsync(cancellationToken);
    }

    public override void CancelPendingFlush()
    {
        try
        {
            _waiting?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself just now.
        }
    }

    public override void Complete(Exception? exception = null)
    {
        // While a flush waits, the system may still read what it was given: whoever waits gives that back.
        if (_waiting is null)
        {
            // What was written and never flushed goes the way it would have gone.
            if (_start < _end && !_isGone)
                _behind.Write(_buffer.AsSpan(_start, _end - _start));
            Release();
        }
        _behind.Complete(exception);
    }

    /// <summary>Hands over what waits, as far as the system takes it now.</summary>
    /// <returns>Whether nothing is left to wait for: all is sent, or the connection is gone.</returns>
    private bool Send()
    {
        _start += HandOver(_buffer.AsSpan(_start, _end - _start));
        if (_start < _end && !_isGone)
            return false;
        Release();
        return true;
    }

    /// <returns>How much the system has taken.</returns>
    private int HandOver(ReadOnlySpan<byte> bytes)
    {
        var taken = 0;
        try
        {
            while (taken < bytes.Length)
            {
                var sent = _handle is null ? 0 : SocketSend.TrySend(_handle, bytes[taken..]);
                if (sent <= 0 && !AskSocket(bytes[taken..], out sent))
                    break;
                taken += sent;
            }
        }
        catch (ObjectDisposedException)
        {
            Gone();
        }
        return taken;
    }

    /// <summary>Sends through the socket, which knows why when nothing can be sent.</summary>
    private bool AskSocket(ReadOnlySpan<byte> bytes, out int sent)
    {
        sent = _socket.Send(bytes, SocketFlags.None, out var error);
        if (error is not SocketError.Success and not SocketError.WouldBlock)
            Gone();
        return error == SocketError.Success;
    }

    private async ValueTask<FlushResult> WaitAsync(CancellationToken ct)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _waiting = waiting;
        try
        {
            while (_start < _end)
                _start += await _socket.SendAsync(_buffer.AsMemory(_start, _end - _start), waiting.Token);
            Release();
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new FlushResult(isCanceled: true, isCompleted: false);
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException)
        {
            Gone();
        }
        finally
        {
            _waiting = null;
        }
        return new FlushResult(isCanceled: false, isCompleted: _isGone);
    }

    private void Gone()
    {
        _isGone = true;
        _handle = null;
        Release();
        _behind.Complete();
    }

    private void Grow(int sizeHint)
    {
        var needed = Math.Max(sizeHint, 1);
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(needed, LeastBytes));
            return;
        }
        if (_buffer.Length - _end >= needed)
            return;
        // Fourfold: a page of 40 KB is copied once or twice while it grows.
        var grown = ArrayPool<byte>.Shared.Rent(Math.Max(_end - _start + needed, 4 * _buffer.Length));
        _buffer.AsSpan(_start, _end - _start).CopyTo(grown);
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start, _end) = (grown, 0, _end - _start);
    }

    private void Release()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start, _end) = (null, 0, 0);
    }
}
