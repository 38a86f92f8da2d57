using System.Numerics;

namespace Roost.Services.Timelines;

/// <summary>
/// Counts durations in buckets that grow by an eighth of a power of two, so that a percentile is told within 13 %, in a
/// few kilobytes however many are counted. One writer; readers see counts as of about now.
/// </summary>
internal sealed class LatencyTally
{
    private const int StepBits = 3;
    private readonly long[] _counts = new long[64 << StepBits];

    public long Count => _counts.Sum();

    public void Add(TimeSpan duration, long times) => _counts[Bucket((ulong)Math.Max(0, duration.Ticks))] += times;

    /// <summary>The upper end of the bucket below which <paramref name="fraction"/> (0 to 1) of all in some tallies
    /// lie; zero when there are none.</summary>
    public static TimeSpan Percentile(double fraction, params ReadOnlySpan<LatencyTally> tallies)
    {
        var all = 0L;
        foreach (var tally in tallies)
            all += tally.Count;
        var wanted = (long)Math.Ceiling(all * fraction);
        for (var i = 0; all > 0 && i < 64 << StepBits; i++)
        {
            foreach (var tally in tallies)
                wanted -= tally._counts[i];
            if (wanted <= 0)
                return TimeSpan.FromTicks(UpperEnd(i));
        }
        return TimeSpan.Zero;
    }

    private static int Bucket(ulong ticks)
    {
        if (ticks < 1 << StepBits)
            return (int)ticks;
        var power = BitOperations.Log2(ticks);
        return ((power - StepBits + 1) << StepBits) | (int)((ticks >> (power - StepBits)) & ((1 << StepBits) - 1));
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < 1 << StepBits)
            return bucket;
        var shift = (bucket >> StepBits) - 1;
        var mantissa = (1L << StepBits) | (bucket & ((1 << StepBits) - 1));
        return shift >= 59 ? long.MaxValue : ((mantissa + 1) << shift) - 1;
    }
}
