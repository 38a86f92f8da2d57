using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Roost.Engine.Memory;
using Roost.Web.Http;

namespace Roost.Web.Streaming;

internal enum Sent
{
    /// <summary>It is on its way.</summary>
    Taken,
    /// <summary>It is on its way once <see cref="StreamConnection.Flush"/> is called.</summary>
    ToFlush,
    /// <summary>The reader was too slow and is told so: nothing more will be sent.</summary>
    Dropped,
    /// <summary>The connection ends or has ended.</summary>
    Ignored,
}

/// <summary>
/// What is sent to one reader. Bytes go straight to the system; while that takes no more they wait here, as references
/// to what all readers share, and go in one piece as soon as there is room. Who lets more than a bound wait
/// is told, and dropped: it costs nobody else a wait or an allocation.
/// <code>
///   Busy ──Ready──► Idle ──Send──► Dirty ──Flush──► Idle         Busy: being opened, or the flush has to wait
///                     ▲                      └────► Busy ──► …
///   any ──End──► … what waits is replaced by the farewell ──► Ended
/// </code>
/// </summary>
/// <remarks>
/// Thread-safe by one small lock, in which nothing is waited for. The lock is the object itself, which nobody else
/// locks: one of its own would be one more wait for memory on the way to each of thousands of sockets. For the same
/// reason what a message asks for comes first here, within 72 bytes, which two lines of the processor's cache hold
/// wherever they begin; and what only readers need that are behind stands elsewhere.
/// </remarks>
internal sealed class StreamConnection
{
    /// <summary>Written and not flushed: beyond it it is flushed at once.</summary>
    private const int UnflushedMax = 32 << 10;

    private readonly SocketOutput? _socket;
    private readonly HttpContext _http;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // These are guarded by the lock.
    private Backlog? _backlog;
    private State _state = State.Busy;
    private int _unflushed;

    private readonly int _waitingBytesMax;
    private readonly bool _isChunked;
    private bool _isEnding;
    private readonly StreamOutput _output;

    /// <param name="bearer">The secret that it was opened with; null for strangers.</param>
    /// <param name="waitingBytesMax">How much may wait here; what the system holds comes on top.</param>
    public StreamConnection(
        HttpContext http, StreamOutput output, StreamFraming framing, string? bearer, int waitingBytesMax)
    {
        _http = http;
        _output = output;
        (_socket, _isChunked) = (output.Socket, output.IsChunked);
        _waitingBytesMax = waitingBytesMax;
        Framing = framing;
        Bearer = bearer;
    }

    private enum State { Busy, Idle, Dirty, Ended }

    public StreamFraming Framing { get; }

    /// <summary>For what comes first: until <see cref="Ready"/> it is the opener's to write to.</summary>
    public StreamOutput Output => _output;

    public string? Bearer { get; }

    /// <summary>Its place among the gateway's connections.</summary>
    public (int Bucket, int Place) Slot { get; set; }

    /// <summary>Ends when nothing can be sent any more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Has the processor fetch what leads to the socket.</summary>
    public void Prefetch()
    {
        if (_socket is not null)
            Processor.Prefetch(_socket);
    }

    /// <summary>And then the socket.</summary>
    public void PrefetchSocket() => _socket?.Prefetch();

    /// <summary>Sends, after all that was sent before; must be flushed.</summary>
    /// <param name="bytes">Not changed any more: it is kept until it was sent.</param>
    public Sent Send(ReadOnlyMemory<byte> bytes)
    {
        lock (this)
            return Send_NeedsLock(bytes);
    }

    /// <summary>Sends, after all that was sent before, and lets it go; without a copy where the system takes it at
    /// once.</summary>
    public Sent SendNow(StreamPiece piece)
    {
        lock (this)
        {
            if (_state == State.Idle && _socket is not null)
            {
                if (!_socket.TrySend(_isChunked ? piece.Chunk : piece.Bytes))
                    Flush_NeedsLock();
                return Sent.Taken;
            }
            var sent = Send_NeedsLock(piece.Bytes);
            if (sent != Sent.ToFlush)
                return sent;
            Flush_NeedsLock();
            return Sent.Taken;
        }
    }

    private Sent Send_NeedsLock(ReadOnlyMemory<byte> bytes)
    {
        if (_isEnding)
            return Sent.Ignored;
        switch (_state)
        {
            case State.Idle:
                _output.Write(bytes.Span);
                _unflushed = bytes.Length;
                _state = State.Dirty;
                return Sent.ToFlush;
            case State.Dirty:
                _output.Write(bytes.Span);
                _unflushed += bytes.Length;
                if (_unflushed > UnflushedMax)
                    Flush_NeedsLock();
                return Sent.Taken;
            case State.Busy when (_backlog?.Bytes ?? 0) + bytes.Length <= _waitingBytesMax:
                (_backlog ??= new()).Add(bytes);
                return Sent.Taken;
            case State.Busy:
                End_NeedsLock(Framing.Of(Farewell.TooSlow));
                return Sent.Dropped;
            default:
                return Sent.Ignored;
        }
    }

    /// <summary>Lets what was sent go; does nothing when nothing was.</summary>
    public void Flush()
    {
        lock (this)
        {
            if (_state == State.Dirty)
                Flush_NeedsLock();
        }
    }

    /// <summary>Ends the opening: what was written to the response goes first, then what has come meanwhile.</summary>
    public void Ready()
    {
        lock (this)
        {
            if (_state != State.Busy)
                return;
            WriteWaiting_NeedsLock();
            Flush_NeedsLock();
        }
    }

    /// <summary>Sends the last bytes instead of what waits, then ends.</summary>
    public void End(Farewell farewell)
    {
        lock (this)
            End_NeedsLock(Framing.Of(farewell));
    }

    /// <summary>As <see cref="End(Farewell)"/> with bytes of the caller's.</summary>
    public void End(ReadOnlyMemory<byte> last)
    {
        lock (this)
            End_NeedsLock(last);
    }

    /// <summary>The reader has gone, or the response is over: nothing is written from now on.</summary>
    public void Gone()
    {
        lock (this)
            Gone_NeedsLock();
    }

    /// <summary>Cuts the connection of a reader that has not even taken the farewell.</summary>
    public void Abort() => _http.Abort();

    private void End_NeedsLock(ReadOnlyMemory<byte> last)
    {
        if (_isEnding || _state == State.Ended)
            return;
        _isEnding = true;
        if (_state == State.Busy)
        {
            (_backlog ??= new()).Replace(last);
            return;
        }
        _output.Write(last.Span);
        _output.WriteEnd();
        Flush_NeedsLock();
    }

    private void Gone_NeedsLock()
    {
        _state = State.Ended;
        _isEnding = true;
        _backlog = null;
        _ended.TrySetResult();
    }

    /// <summary>Flushes until nothing waits any more, or the system takes no more.</summary>
    private void Flush_NeedsLock()
    {
        do
        {
            _unflushed = 0;
#pragma warning disable CA2012 // Its result is taken once: below, or in Flushed.
            var flushing = _output.FlushAsync().GetAwaiter();
#pragma warning restore CA2012
            if (!flushing.IsCompleted)
            {
                Wait_NeedsLock(flushing);
                return;
            }
            if (IsGone(flushing))
            {
                Gone_NeedsLock();
                return;
            }
        }
        while (WriteWaiting_NeedsLock());
        Settle_NeedsLock();
    }

    private void Wait_NeedsLock(ValueTaskAwaiter<FlushResult> flushing)
    {
        _state = State.Busy;
        flushing.UnsafeOnCompleted(() => Flushed(flushing));
    }

    private void Flushed(ValueTaskAwaiter<FlushResult> flushing)
    {
        lock (this)
        {
            if (IsGone(flushing) || _state == State.Ended)
                Gone_NeedsLock();
            else if (WriteWaiting_NeedsLock())
                Flush_NeedsLock();
            else
                Settle_NeedsLock();
        }
    }

    private void Settle_NeedsLock()
    {
        if (_isEnding)
            Gone_NeedsLock();
        else
            _state = State.Idle;
    }

    /// <returns>Whether there was anything.</returns>
    private bool WriteWaiting_NeedsLock()
    {
        if (_backlog is not { IsEmpty: false } waiting)
        {
            // Most readers are never behind; who was keeps nothing for it.
            _backlog = null;
            return false;
        }
        waiting.WriteTo(_output);
        if (_isEnding)
            _output.WriteEnd();
        return true;
    }

    private static bool IsGone(ValueTaskAwaiter<FlushResult> flushed)
    {
        try
        {
            var result = flushed.GetResult();
            return result.IsCompleted || result.IsCanceled;
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException
            or ObjectDisposedException or InvalidOperationException)
        {
            // However a connection breaks, its reader has gone.
            return true;
        }
    }

    /// <summary>What a reader is behind with.</summary>
    private sealed class Backlog
    {
        private readonly Queue<ReadOnlyMemory<byte>> _waiting = new();

        /// <summary>What counts against the bound: a farewell does not.</summary>
        public int Bytes { get; private set; }

        public bool IsEmpty => _waiting.Count == 0;

        public void Add(ReadOnlyMemory<byte> bytes)
        {
            _waiting.Enqueue(bytes);
            Bytes += bytes.Length;
        }

        /// <summary>Has only these last bytes wait.</summary>
        public void Replace(ReadOnlyMemory<byte> last)
        {
            _waiting.Clear();
            _waiting.Enqueue(last);
            Bytes = 0;
        }

        /// <summary>Writes as much as goes with one flush.</summary>
        public void WriteTo(in StreamOutput output)
        {
            var written = 0;
            while (written < UnflushedMax && _waiting.TryDequeue(out var bytes))
            {
                output.Write(bytes.Span);
                written += bytes.Length;
            }
            Bytes -= Math.Min(Bytes, written);
        }
    }
}
