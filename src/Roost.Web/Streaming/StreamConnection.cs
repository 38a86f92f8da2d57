using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

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
/// What is sent to one reader. Bytes go straight into the web server's buffer; while that is full they wait here, as
/// references to what all readers share, and go in one piece as soon as there is room. Who lets more than a bound wait
/// is told, and dropped: it costs nobody else a wait or an allocation.
/// <code>
///   Busy ──Ready──► Idle ──Send──► Dirty ──Flush──► Idle         Busy: being opened, or the flush has to wait
///                     ▲                      └────► Busy ──► …
///   any ──End──► … what waits is replaced by the farewell ──► Ended
/// </code>
/// </summary>
/// <remarks>Thread-safe by one small lock, in which nothing is waited for.</remarks>
internal sealed class StreamConnection
{
    /// <summary>Written and not flushed: beyond it the web server is told at once.</summary>
    private const int UnflushedMax = 32 << 10;

    private readonly Lock _lock = new();
    private readonly HttpContext _http;
    private readonly StreamOutput _output;
    private readonly int _waitingBytesMax;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // All guarded by _lock.
    private State _state = State.Busy;
    private bool _isEnding;
    private int _unflushed;
    private int _waitingBytes;
    private Queue<ReadOnlyMemory<byte>>? _waiting;
    private ValueTaskAwaiter<FlushResult> _flushing;
    private Action? _onFlushed;

    /// <param name="bearer">The secret that it was opened with; null for strangers.</param>
    /// <param name="waitingBytesMax">How much may wait here; what the web server holds comes on top.</param>
    public StreamConnection(
        HttpContext http, StreamOutput output, StreamFraming framing, string? bearer, int waitingBytesMax)
    {
        _http = http;
        _output = output;
        _waitingBytesMax = waitingBytesMax;
        Framing = framing;
        Bearer = bearer;
    }

    private enum State : byte { Busy, Idle, Dirty, Ended }

    public StreamFraming Framing { get; }

    /// <summary>For what comes first: until <see cref="Ready"/> it is the opener's to write to.</summary>
    public StreamOutput Output => _output;

    public string? Bearer { get; }

    /// <summary>Its place among the gateway's connections.</summary>
    public (int Bucket, int Place) Slot { get; set; }

    /// <summary>Ends when nothing can be sent any more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Sends, after all that was sent before; must be flushed.</summary>
    /// <param name="bytes">Not changed any more: it is kept until it was sent.</param>
    public Sent Send(ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
            return Send_NeedsLock(bytes);
    }

    /// <summary>Sends, and lets it go.</summary>
    /// <inheritdoc cref="Send"/>
    public Sent SendNow(ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            var sent = Send_NeedsLock(bytes);
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
            case State.Busy when _waitingBytes + bytes.Length <= _waitingBytesMax:
                (_waiting ??= new()).Enqueue(bytes);
                _waitingBytes += bytes.Length;
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
        lock (_lock)
        {
            if (_state == State.Dirty)
                Flush_NeedsLock();
        }
    }

    /// <summary>Ends the opening: what was written to the response goes first, then what has come meanwhile.</summary>
    public void Ready()
    {
        lock (_lock)
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
        lock (_lock)
            End_NeedsLock(Framing.Of(farewell));
    }

    /// <summary>As <see cref="End(Farewell)"/> with bytes of the caller's.</summary>
    public void End(ReadOnlyMemory<byte> last)
    {
        lock (_lock)
            End_NeedsLock(last);
    }

    /// <summary>The reader has gone, or the response is over: nothing is written from now on.</summary>
    public void Gone()
    {
        lock (_lock)
            Gone_NeedsLock();
    }

    /// <summary>Cuts the connection of a reader that has not even taken the farewell.</summary>
    public void Abort() => _http.Abort();

    private void End_NeedsLock(ReadOnlyMemory<byte> last)
    {
        if (_isEnding || _state == State.Ended)
            return;
        _isEnding = true;
        _waiting?.Clear();
        _waitingBytes = 0;
        if (_state == State.Busy)
        {
            (_waiting ??= new()).Enqueue(last);
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
        _waiting = null;
        _ended.TrySetResult();
    }

    /// <summary>Flushes until nothing waits any more, or the web server has no more room.</summary>
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
                _state = State.Busy;
                _flushing = flushing;
                _flushing.UnsafeOnCompleted(_onFlushed ??= Flushed);
                return;
            }
            if (IsGone(ref flushing))
            {
                Gone_NeedsLock();
                return;
            }
        }
        while (WriteWaiting_NeedsLock());
        Settle_NeedsLock();
    }

    private void Flushed()
    {
        lock (_lock)
        {
            if (IsGone(ref _flushing) || _state == State.Ended)
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
        if (_waiting is not { Count: > 0 } waiting)
        {
            // Most readers are never behind; who was keeps no queue for it.
            _waiting = null;
            return false;
        }
        var written = 0;
        while (written < UnflushedMax && waiting.TryDequeue(out var bytes))
        {
            _output.Write(bytes.Span);
            written += bytes.Length;
        }
        _waitingBytes -= Math.Min(_waitingBytes, written);
        if (_isEnding)
            _output.WriteEnd();
        return true;
    }

    private static bool IsGone(ref ValueTaskAwaiter<FlushResult> flushed)
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
}
