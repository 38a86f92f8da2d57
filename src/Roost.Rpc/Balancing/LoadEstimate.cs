namespace Roost.Rpc.Balancing;

/// <summary>
/// How slow an instance is, measured in the usual time of each call's method, so that slow and fast methods can be
/// counted together and 1 is a good guess where nothing is known:
/// <list type="bullet">
/// <item><see cref="Peak"/> jumps to each call that is slower and then sinks, so one look at trouble is enough;</item>
/// <item><see cref="Mean"/> follows slowly in both directions: what ejections are judged by.</item>
/// </list>
/// </summary>
/// <remarks>Writers hold the lock for some 20 ns; readers read whole numbers without it.</remarks>
internal sealed class LoadEstimate(TimeSpan peakDecay, TimeProvider time)
{
    // A mean over the last 20 calls or so.
    private const double MeanWeight = 0.05;

    // Over the last 50 or so.
    private const double FailureWeight = 0.02;

    // What a call that failed at once counts for: so that who fails fast does not look quick and draw all traffic.
    private const double FailureTimes = 2;

    // A single failure counts for this much at most, in usual times; a hundred failures must not shun it for ever.
    private const double FailurePeakMax = 100;

    private readonly double _decayPerTick = 1 / (peakDecay.TotalSeconds * time.TimestampFrequency);
    private readonly Lock _lock = new();

    // All written under _lock.
    private double _peak = 1;
    private double _mean = 1;
    private double _failedShare;
    private long _calls;
    private long _at;

    public double Peak => Volatile.Read(ref _peak);

    public double Mean => Volatile.Read(ref _mean);

    public double FailedShare => Volatile.Read(ref _failedShare);

    /// <summary>Calls that ended since the last <see cref="Reset"/>.</summary>
    public long Calls => Volatile.Read(ref _calls);

    /// <summary>A call ended.</summary>
    /// <param name="slowness">Its time, in usual times of its method.</param>
    public void Observe(double slowness, CallOutcome outcome, long now)
    {
        lock (_lock)
        {
            var kept = Kept_NeedsLock(now);
            if (outcome is CallOutcome.Failed or CallOutcome.Overloaded)
                slowness = Math.Max(slowness, Math.Min(_peak * FailureTimes, FailurePeakMax));
            var isSlower = slowness > _peak;
            // An abandoned call took at least this long: it can only say that the instance is slower than thought.
            if (outcome == CallOutcome.Abandoned && slowness <= _mean) return;
            Volatile.Write(ref _peak, isSlower ? slowness : _peak * kept + slowness * (1 - kept));
            if (outcome is CallOutcome.Answered or CallOutcome.Abandoned)
                Volatile.Write(ref _mean, _mean + MeanWeight * (slowness - _mean));
            var failed = outcome == CallOutcome.Failed ? 1.0 : 0.0;
            Volatile.Write(ref _failedShare, _failedShare + FailureWeight * (failed - _failedShare));
            Volatile.Write(ref _calls, _calls + 1);
        }
    }

    /// <summary>Forgets peaks of an instance that gets no calls: it goes back to what is usual.</summary>
    public void Rest(long now)
    {
        lock (_lock)
        {
            var kept = Kept_NeedsLock(now);
            Volatile.Write(ref _peak, 1 + (_peak - 1) * kept);
        }
    }

    /// <summary>Judges anew from here on.</summary>
    public void Reset(long now)
    {
        lock (_lock)
        {
            _at = now;
            Volatile.Write(ref _peak, 1);
            Volatile.Write(ref _mean, 1);
            Volatile.Write(ref _failedShare, 0);
            Volatile.Write(ref _calls, 0);
        }
    }

    // What is left of a peak; exp(-x) for the short times between calls is 1 - x, to a part in ten thousand.
    private double Kept_NeedsLock(long now)
    {
        var x = (now - _at) * _decayPerTick;
        _at = Math.Max(now, _at);
        return x <= 0 ? 1 : x < 0.01 ? 1 - x : Math.Exp(-x);
    }
}
