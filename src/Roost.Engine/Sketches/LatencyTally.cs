using System.Numerics;

namespace Roost.Engine.Sketches;

/// <summary>
/// Counts durations in buckets that grow by a fraction of a power of two, so that a percentile is told within a known
/// part of itself, in a few kilobytes however many are counted (the idea of HdrHistogram: a logarithm's coarse steps,
/// each divided evenly). Any thread may add; readers see counts as of about now. Adding allocates nothing.
/// </summary>
public sealed class LatencyTally
{
    private readonly int _stepBits;
    private readonly long[] _counts;
    private long _maxTicks;

    /// <param name="stepBits">A percentile is at most 2^-stepBits too great: 3, the default, is 13 % and 4 KB; 7 is
    /// 0.8 % and 64 KB. 1 to 10.</param>
    public LatencyTally(int stepBits = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stepBits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(stepBits, 10);
        _stepBits = stepBits;
        _counts = new long[64 << stepBits];
    }

    /// <summary>How many have been counted.</summary>
    public long Count
    {
        get
        {
            var all = 0L;
            foreach (var count in _counts) all += count;
            return all;
        }
    }

    /// <summary>The longest, exactly; zero when there are none.</summary>
    public TimeSpan Max => TimeSpan.FromTicks(Volatile.Read(ref _maxTicks));

    /// <summary>Negative durations count as none at all.</summary>
    /// <param name="times">How many took so long.</param>
    public void Add(TimeSpan duration, long times = 1)
    {
        var ticks = Math.Max(0, duration.Ticks);
        Interlocked.Add(ref _counts[Bucket((ulong)ticks)], times);
        for (var max = Volatile.Read(ref _maxTicks); ticks > max;)
        {
            var seen = Interlocked.CompareExchange(ref _maxTicks, ticks, max);
            if (seen == max) break;
            max = seen;
        }
    }

    /// <summary>The upper end of the bucket below which <paramref name="fraction"/> (0 to 1) of all lie, and never more
    /// than <see cref="Max"/>; zero when there are none.</summary>
    public TimeSpan Percentile(double fraction) => PercentileOf([this], fraction);

    /// <summary>The same over all that several tallies have counted.</summary>
    /// <param name="tallies">At least one, all with the same buckets.</param>
    public static TimeSpan PercentileOf(ReadOnlySpan<LatencyTally> tallies, double fraction)
    {
        var (all, max) = (0L, TimeSpan.Zero);
        foreach (var tally in tallies)
        {
            all += tally.Count;
            if (tally.Max > max) max = tally.Max;
        }
        var wanted = (long)Math.Ceiling(all * fraction);
        for (var i = 0; all > 0 && i < tallies[0]._counts.Length; i++)
        {
            foreach (var tally in tallies) wanted -= tally._counts[i];
            if (wanted <= 0)
                return TimeSpan.FromTicks(Math.Min(tallies[0].UpperEnd(i), max.Ticks));
        }
        return max;
    }

    private int Bucket(ulong ticks)
    {
        if (ticks < 1UL << _stepBits)
            return (int)ticks;
        var power = BitOperations.Log2(ticks);
        var step = (int)(ticks >> (power - _stepBits)) & ((1 << _stepBits) - 1);
        return ((power - _stepBits + 1) << _stepBits) | step;
    }

    private long UpperEnd(int bucket)
    {
        if (bucket < 1 << _stepBits)
            return bucket;
        var shift = (bucket >> _stepBits) - 1;
        var mantissa = (1L << _stepBits) | (uint)(bucket & ((1 << _stepBits) - 1));
        return shift >= 62 - _stepBits ? long.MaxValue : ((mantissa + 1) << shift) - 1;
    }
}
