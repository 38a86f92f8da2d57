namespace Roost.Bench.Web;

/// <summary>
/// Counts durations by the microsecond up to a quarter of a second; what takes longer counts as that. Any thread may
/// record, which allocates nothing.
/// </summary>
internal sealed class Latencies
{
    private const int MicrosecondsMax = 1 << 18;

    private readonly int[] _counts = new int[MicrosecondsMax + 1];

    public void Record(TimeSpan duration) =>
        Interlocked.Increment(ref _counts[(int)Math.Min(duration.TotalMicroseconds, MicrosecondsMax)]);

    public void Clear() => Array.Clear(_counts);

    /// <summary>The milliseconds within which this part of all, from 0 to 1, was done; 0 when there was none.</summary>
    public double Milliseconds(double part)
    {
        var below = (long)(_counts.Sum(count => (long)count) * part);
        for (var i = 0; i < _counts.Length; i++)
        {
            below -= _counts[i];
            if (below < 0) return i / 1e3;
        }
        return 0;
    }
}
