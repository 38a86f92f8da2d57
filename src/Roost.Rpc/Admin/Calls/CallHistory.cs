namespace Roost.Rpc.Admin.Calls;

/// <summary>
/// How the services of a process, and those that it calls, have done, step by step, for the last hour: what the
/// metrics of their calls tell, by service. In memory, 14 KB a service, at most <see cref="ServicesMax"/>.
/// </summary>
/// <remarks>Steps are taken by <see cref="MetricsHistory"/>, one at a time; reading is thread-safe. A step looks at
/// every series of calls once.</remarks>
internal sealed class CallHistory
{
    public const int ServicesMax = 64;

    private static readonly string[] _instruments =
    [
        CallSources.Served, CallSources.Called, CallSources.Gateway, CallSources.WebRequests, CallSources.WebDurations,
    ];

    private readonly Lock _lock = new();

    // Under _lock, as are the records' rings.
    private readonly SortedDictionary<(CallSide Side, string Service), CallRecord> _records = [];
    private long _steps;

    /// <param name="families">By instrument.</param>
    /// <param name="seconds">How long the step was.</param>
    /// <param name="isKept">False for the first look, which only tells what was before.</param>
    public void Take(ILookup<string, MetricFamily> families, double seconds, bool isKept = true)
    {
        var sums = new Dictionary<(CallSide, string), CallSum>();
        foreach (var instrument in _instruments)
        {
            foreach (var family in families[instrument]) Add(sums, instrument, family);
        }
        lock (_lock)
        {
            foreach (var (key, sum) in sums)
            {
                if (_records.ContainsKey(key) || sum.Calls == 0 || _records.Count >= ServicesMax) continue;
                _records.Add(key, new CallRecord(_steps));
            }
            foreach (var (key, record) in _records)
                record.Take(sums.GetValueOrDefault(key) ?? new CallSum(), seconds, isKept ? _steps : null);
            if (isKept) _steps++;
        }
    }

    /// <summary>The last minute of every service.</summary>
    public IReadOnlyList<CallFigures> Now()
    {
        lock (_lock) return [.. _records.Select(one => one.Value.Now(one.Key.Side, one.Key.Service))];
    }

    /// <param name="steps">How many, as far as there are.</param>
    /// <param name="service">Only this one's; null for all.</param>
    public IReadOnlyList<RecordedCalls> Read(int steps, string? service = null)
    {
        lock (_lock)
        {
            return
            [
                .. _records.Where(one => service is null || one.Key.Service == service)
                    .Select(one => one.Value.Read(one.Key.Side, one.Key.Service, _steps, steps)),
            ];
        }
    }

    private static void Add(Dictionary<(CallSide, string), CallSum> sums, string instrument, MetricFamily family)
    {
        foreach (var (series, kind) in family.Series.SelectMany(
            one => CallSources.KindsOf(instrument, one), static (series, kind) => (series, kind)))
        {
            if (!sums.TryGetValue((kind.Side, kind.Service), out var sum))
                sums.Add((kind.Side, kind.Service), sum = new CallSum());
            if (family.Kind == MetricKind.Histogram) sum.AddDurations(family.Bounds, series.Buckets);
            if (instrument == CallSources.WebDurations) continue;
            var count = family.Kind == MetricKind.Histogram ? series.Count : (long)series.Value;
            sum.Calls += count;
            if (kind.IsFailure) sum.Failures += count;
        }
    }
}

/// <summary>What all series of one service's calls tell together, since the process began.</summary>
internal sealed class CallSum
{
    public long Calls { get; set; }

    public long Failures { get; set; }

    public IReadOnlyList<double> Bounds { get; private set; } = [];

    public long[] Buckets { get; private set; } = [];

    /// <summary>What has other bounds than the first is left out: one service is measured in one way.</summary>
    public void AddDurations(IReadOnlyList<double> bounds, IReadOnlyList<long> buckets)
    {
        if (Buckets.Length == 0) (Bounds, Buckets) = (bounds, new long[buckets.Count]);
        if (buckets.Count != Buckets.Length) return;
        for (var i = 0; i < Buckets.Length; i++) Buckets[i] += buckets[i];
    }

    /// <summary>What came since; never less than nothing, for a meter that ended took its counts along.</summary>
    public CallSum Since(CallSum before)
    {
        var since = new CallSum
        {
            Calls = Math.Max(0, Calls - before.Calls),
            Failures = Math.Max(0, Failures - before.Failures),
            Bounds = Bounds,
            Buckets = new long[Buckets.Length],
        };
        for (var i = 0; i < Buckets.Length; i++)
            since.Buckets[i] = Math.Max(0, Buckets[i] - (i < before.Buckets.Length ? before.Buckets[i] : 0));
        return since;
    }

    public float Quantile(double quantile) =>
        Buckets.Sum() == 0 ? float.NaN : (float)Quantiles.Of(Bounds, Buckets, quantile);
}
