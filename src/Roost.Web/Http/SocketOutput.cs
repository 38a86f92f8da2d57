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

    private readonly Socket _socket;
    private readonly PipeWriter _behind;
    private byte[]? _buffer;
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
    }

    public PipeReader Input { get; }

    public PipeWriter Output => this;

    /// <summary>Has the processor fetch what a flush will ask for.</summary>
    public void Prefetch() => Processor.Prefetch(_socket);

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _end - _start;

    /// <summary>Gives the connections of a port such outputs. Goes before whatever else is put around them.</summary>
    public static ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            await next(connection);
            return;
        }
        var transport = connection.Transport;
        var output = new SocketOutput(socket, transport);
        connection.Transport = output;
        connection.Features.Set(output);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
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

    /// <summary>Sends what is the last of this connection: whatever is written afterwards goes nowhere.</summary>
    internal void End(ReadOnlySpan<byte> last)
    {
        this.Write(last);
        _isOver = true;
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

    /// <summary>Hands over what the system takes now.</summary>
    /// <returns>Whether nothing is left to wait for: all is sent, or the connection is gone.</returns>
    private bool Send()
    {
        try
        {
            while (_start < _end)
            {
                var sent = _socket.Send(_buffer.AsSpan(_start, _end - _start), SocketFlags.None, out var error);
                if (error == SocketError.WouldBlock)
                    return false;
                if (error != SocketError.Success)
                {
                    Gone();
                    return true;
                }
                _start += sent;
            }
        }
        catch (ObjectDisposedException)
        {
            Gone();
            return true;
        }
        Release();
        return true;
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
