namespace Roost.Rpc.Admin.Calls;

/// <summary>One service's calls. Under the lock of its history.</summary>
/// <param name="first">The step that it is known since.</param>
internal sealed class CallRecord(long first)
{
    // A minute.
    private const int RecentSteps = 12;

    private readonly float[] _rates = new float[MetricsHistory.StepsMax];
    private readonly float[] _p50s = new float[MetricsHistory.StepsMax];
    private readonly float[] _p99s = new float[MetricsHistory.StepsMax];
    private readonly float[] _failed = new float[MetricsHistory.StepsMax];

    // The newest steps whole, for quantiles over all of them.
    private readonly Queue<(CallSum Sum, double Seconds)> _recent = new();
    private CallSum _before = new();

    /// <param name="step">Its number; null when it is not kept.</param>
    public void Take(CallSum all, double seconds, long? step)
    {
        var since = all.Since(_before);
        _before = all;
        if (step is not { } number) return;
        var place = number % MetricsHistory.StepsMax;
        _rates[place] = (float)(since.Calls / seconds);
        _p50s[place] = since.Quantile(0.5);
        _p99s[place] = since.Quantile(0.99);
        _failed[place] = since.Calls == 0 ? float.NaN : (float)since.Failures / since.Calls;
        if (_recent.Count == RecentSteps) _recent.Dequeue();
        _recent.Enqueue((since, seconds));
    }

    public CallFigures Now(CallSide side, string service)
    {
        var minute = new CallSum();
        var seconds = 0.0;
        foreach (var (sum, length) in _recent)
        {
            minute.Calls += sum.Calls;
            minute.Failures += sum.Failures;
            if (sum.Buckets.Length > 0) minute.AddDurations(sum.Bounds, sum.Buckets);
            seconds += length;
        }
        return new(
            side, service, seconds > 0 ? minute.Calls / seconds : 0, OrNothing(minute.Quantile(0.5)),
            OrNothing(minute.Quantile(0.99)), minute.Calls == 0 ? null : (double)minute.Failures / minute.Calls);
    }

    /// <param name="taken">Steps since the history began.</param>
    /// <param name="wanted">How many of them.</param>
    public RecordedCalls Read(CallSide side, string service, long taken, int wanted)
    {
        var steps = (int)Math.Min(Math.Min(taken, MetricsHistory.StepsMax), Math.Max(0, wanted));
        return new(side, service, Of(_rates, 0), Of(_p50s), Of(_p99s), Of(_failed));

        // Before the service was called for the first time there was nothing.
        float[] Of(float[] ring, float nothing = float.NaN)
        {
            var values = new float[steps];
            for (var i = 0; i < steps; i++)
            {
                var step = taken - steps + i;
                values[i] = step < first ? nothing : ring[step % MetricsHistory.StepsMax];
            }
            return values;
        }
    }

    private static double? OrNothing(float value) => float.IsNaN(value) ? null : value;
}
