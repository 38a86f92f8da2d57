namespace Roost.Services.Timelines;

/// <summary>
/// How much rebuilding there may be: so many inboxes at a time, and so much of the processors' time. Work that was not
/// done is saved up for a moment, so that who comes alone is served at once; when a crowd comes, what is saved is soon
/// used up, and from then on so many get their inbox as the share allows, and all others go on with the fallback. One
/// small lock.
/// </summary>
internal sealed class RebuildShare
{
    /// <summary>A tenth of a second of one processor: some thousand inboxes.</summary>
    private static readonly TimeSpan _savedMax = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly int _atOnceMax;
    private readonly double _processors;
    private readonly Lock _lock = new();
    private TimeSpan _saved = _savedMax;
    private long _asOf;
    private int _underWay;

    public RebuildShare(TimelinesOptions options, TimeProvider time)
    {
        (_time, _atOnceMax) = (time, options.RebuildsAtOnceMax);
        _processors = options.RebuildShare * Environment.ProcessorCount;
        _asOf = time.GetTimestamp();
    }

    /// <summary>Whether one more may be begun now. Then <see cref="Leave"/> must follow.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            Save_NeedsLock();
            if (_underWay == _atOnceMax || _saved <= TimeSpan.Zero)
                return false;
            _underWay++;
            return true;
        }
    }

    /// <param name="worked">What the rebuild took of a processor, without its waiting.</param>
    public void Leave(TimeSpan worked)
    {
        lock (_lock)
        {
            Save_NeedsLock();
            _saved -= worked;
            _underWay--;
        }
    }

    private void Save_NeedsLock()
    {
        var now = _time.GetTimestamp();
        var saved = _saved + (_time.GetElapsedTime(_asOf, now) * _processors);
        (_saved, _asOf) = (saved < _savedMax ? saved : _savedMax, now);
    }
}
