namespace Roost.Rpc;

/// <summary>
/// A point on a <see cref="TimeProvider"/>'s monotonic clock by which a reply must be there. Carried along from the
/// first server to the last, so that none works on what nobody waits for any more.
/// </summary>
public readonly record struct Deadline
{
    // Timestamp + 1, so that default(Deadline) is "none" and costs no flag.
    private readonly long _timestampPlusOne;

    private Deadline(long timestampPlusOne) => _timestampPlusOne = timestampPlusOne;

    /// <summary>No deadline at all.</summary>
    public static Deadline None => default;

    public bool IsNone => _timestampPlusOne == 0;

    /// <summary>
    /// The deadline <paramref name="timeout"/> from now; negative timeouts have passed already, and one beyond the
    /// end of the clock (292 years where it counts nanoseconds) is none.
    /// </summary>
    public static Deadline After(TimeSpan timeout, TimeProvider time) => After(timeout, time, time.GetTimestamp());

    /// <summary>
    /// What is left of it, never negative; <see cref="Timeout.InfiniteTimeSpan"/> when there is none.
    /// </summary>
    public TimeSpan Remaining(TimeProvider time) =>
        IsNone ? Timeout.InfiniteTimeSpan : Remaining(time, time.GetTimestamp());

    /// <summary>Whether the caller has stopped waiting.</summary>
    public bool HasPassed(TimeProvider time) => !IsNone && HasPassed(time.GetTimestamp());

    /// <summary>The earlier of two deadlines: a service may shorten what it was given, never lengthen it.</summary>
    public static Deadline Earlier(Deadline a, Deadline b) =>
        a.IsNone ? b : b.IsNone || a._timestampPlusOne <= b._timestampPlusOne ? a : b;

    // The same with the clock already read: filters read it once per call, it is most of what they cost.

    internal static Deadline After(TimeSpan timeout, TimeProvider time, long now)
    {
        var ticks = timeout.TotalSeconds * time.TimestampFrequency;
        return now + ticks >= long.MaxValue ? None : new Deadline(now + (long)ticks + 1);
    }

    internal TimeSpan Remaining(TimeProvider time, long now)
    {
        if (IsNone) return Timeout.InfiniteTimeSpan;
        var ticks = _timestampPlusOne - 1 - now;
        return ticks <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)ticks / time.TimestampFrequency);
    }

    internal bool HasPassed(long now) => !IsNone && now >= _timestampPlusOne - 1;

    /// <summary>How long before <paramref name="now"/> it passed; zero when it has not.</summary>
    internal TimeSpan Overrun(TimeProvider time, long now) =>
        HasPassed(now)
            ? TimeSpan.FromSeconds((double)(now - (_timestampPlusOne - 1)) / time.TimestampFrequency)
            : TimeSpan.Zero;
}
