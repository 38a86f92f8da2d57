namespace Roost.Rpc;

/// <summary>
/// A point on a <see cref="TimeProvider"/>'s monotonic clock by which a reply must be there. Carried along from the first
/// server to the last, so that none works on what nobody waits for any more.
/// </summary>
public readonly record struct Deadline
{
    // Timestamp + 1, so that default(Deadline) is "none" and costs no flag.
    private readonly long _timestampPlusOne;

    private Deadline(long timestampPlusOne) => _timestampPlusOne = timestampPlusOne;

    /// <summary>No deadline at all.</summary>
    public static Deadline None => default;

    public bool IsNone => _timestampPlusOne == 0;

    /// <summary>The deadline <paramref name="timeout"/> from now; negative timeouts have passed already.</summary>
    public static Deadline After(TimeSpan timeout, TimeProvider time) =>
        new(time.GetTimestamp() + (long)(timeout.TotalSeconds * time.TimestampFrequency) + 1);

    /// <summary>What is left of it, never negative; <see cref="Timeout.InfiniteTimeSpan"/> when there is none.</summary>
    public TimeSpan Remaining(TimeProvider time)
    {
        if (IsNone) return Timeout.InfiniteTimeSpan;
        var ticks = _timestampPlusOne - 1 - time.GetTimestamp();
        return ticks <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)ticks / time.TimestampFrequency);
    }

    /// <summary>Whether the caller has stopped waiting.</summary>
    public bool HasPassed(TimeProvider time) => !IsNone && time.GetTimestamp() >= _timestampPlusOne - 1;

    /// <summary>The earlier of two deadlines: a service may shorten what it was given, never lengthen it.</summary>
    public static Deadline Earlier(Deadline a, Deadline b) =>
        a.IsNone ? b : b.IsNone || a._timestampPlusOne <= b._timestampPlusOne ? a : b;
}
