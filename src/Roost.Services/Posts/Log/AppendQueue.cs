namespace Roost.Services.Posts.Log;

/// <summary>What became of an attempt to queue.</summary>
internal enum Admission
{
    Queued,
    Full,
    Closed,
}

/// <summary>
/// What waits to be written: any thread adds, the writer takes all at once. Bounded in bytes; beyond the bound appends
/// are refused rather than kept, since whoever awaits its appends is held back by them anyway.
/// </summary>
internal sealed class AppendQueue(int bytesMax) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _arrived = new(false);
    private List<PendingAppend> _waiting = [];
    private long _bytes;
    private bool _writerSleeps;
    private bool _closed;

    public Admission TryAdd(PendingAppend pending)
    {
        bool wake;
        lock (_gate)
        {
            if (_closed) return Admission.Closed;
            if (_bytes > 0 && _bytes + pending.Bytes > bytesMax) return Admission.Full;
            _waiting.Add(pending);
            _bytes += pending.Bytes;
            wake = _writerSleeps;
            _writerSleeps = false;
        }
        if (wake) _arrived.Set();
        return Admission.Queued;
    }

    /// <summary>
    /// Waits until something waits, and takes all of it in exchange for an empty list. The writer only.
    /// </summary>
    /// <returns>False when the queue is closed and empty.</returns>
    public bool TakeAll(ref List<PendingAppend> empty)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_waiting.Count > 0)
                {
                    (_waiting, empty) = (empty, _waiting);
                    return true;
                }
                if (_closed) return false;
                _writerSleeps = true;
            }
            _arrived.WaitOne();
        }
    }

    /// <summary>
    /// Takes what waits, or what comes within a time, in exchange for an empty list. The writer only.
    /// </summary>
    /// <returns>False when there is nothing.</returns>
    public bool TryTakeAll(ref List<PendingAppend> empty, TimeSpan within)
    {
        for (var isLate = false; ; isLate = true)
        {
            lock (_gate)
            {
                if (_waiting.Count > 0)
                {
                    (_waiting, empty) = (empty, _waiting);
                    return true;
                }
                if (_closed || isLate) return false;
                _writerSleeps = true;
            }
            _arrived.WaitOne(within);
        }
    }

    /// <summary>Whether nothing more is taken in.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate) return _closed;
        }
    }

    /// <summary>Says that so many bytes taken earlier wait no more.</summary>
    public void Release(long bytes)
    {
        lock (_gate) _bytes -= bytes;
    }

    /// <summary>Takes nothing more in; what waits is still written.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
        _arrived.Set();
    }

    public void Dispose() => _arrived.Dispose();
}
