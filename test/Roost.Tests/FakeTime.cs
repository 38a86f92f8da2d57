namespace Roost.Tests;

/// <summary>
/// A clock that stands still until a test moves it. <see cref="Advance"/> runs the timers that become due, each at
/// its own time, in order, on the calling thread; what is due at once goes off with the next advance, be it of zero.
/// Of a timer that goes off every few seconds an advance of months runs the last times only. Thread-safe.
/// </summary>
internal sealed class FakeTime : TimeProvider
{
    private const int TimesMax = 1_000;

    private readonly Lock _lock = new();
    // Armed timers; guarded by _lock, as is _now.
    private readonly List<FakeTimer> _timers = [];
    private readonly DateTimeOffset _start;
    private DateTimeOffset _now;

    /// <summary>A clock at noon of 1 June 2026.</summary>
    public FakeTime() : this(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero)) { }

    public FakeTime(DateTimeOffset start) => _start = _now = start;

    /// <summary>A clock that is years ahead of the machine's: a deadline that goes over the network by it is not over
    /// yet.</summary>
    public static FakeTime Ahead() => new(new DateTimeOffset(2034, 3, 7, 12, 0, 0, TimeSpan.Zero));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Timers that are set and have not gone off.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_lock) return _timers.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => (GetUtcNow() - _start).Ticks;

    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var end = GetUtcNow() + by;
        while (TakeNextDue(end) is { } timer) timer.Fire();
        lock (_lock)
            if (_now < end) _now = end;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private FakeTimer? TakeNextDue(DateTimeOffset end)
    {
        lock (_lock)
        {
            var next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            if (next is null) return null;
            if (next.Due > _now) _now = next.Due;
            if (next.Period > TimeSpan.Zero)
                next.Due += next.Period * Math.Max(1, ((end - next.Due).Ticks / next.Period.Ticks) - TimesMax);
            else
                _timers.Remove(next);
            return next;
        }
    }

    private void Set(FakeTimer timer, TimeSpan dueTime, TimeSpan period)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            timer.Period = period;
            if (dueTime == Timeout.InfiniteTimeSpan) return;
            timer.Due = _now + dueTime;
            _timers.Add(timer);
        }
    }

    private sealed class FakeTimer(FakeTime time, TimerCallback callback, object? state) : ITimer
    {
        private volatile bool _isDisposed;

        public DateTimeOffset Due { get; set; }

        public TimeSpan Period { get; set; }

        public void Fire()
        {
            if (!_isDisposed) callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_isDisposed) return false;
            time.Set(this, dueTime, period);
            return true;
        }

        public void Dispose()
        {
            time.Set(this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _isDisposed = true;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
