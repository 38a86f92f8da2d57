namespace Roost.Rpc.Admin;

/// <summary>Takes one figure at each step, from what its instrument has told since the step before.</summary>
internal sealed class FigureReader(Figure figure)
{
    private double _total;
    private long[] _buckets = [];

    public Figure Figure { get; } = figure;

    /// <param name="families">Those with the figure's instrument: several, where several meters have one of that
    /// name.</param>
    /// <param name="seconds">How long the step was.</param>
    /// <returns>NaN for nothing.</returns>
    public double Read(IEnumerable<MetricFamily> families, double seconds)
    {
        double total = 0;
        IReadOnlyList<double> bounds = [];
        long[] buckets = [];
        foreach (var family in families)
        {
            if (family.Kind == MetricKind.Histogram && buckets.Length == 0)
                (bounds, buckets) = (family.Bounds, new long[family.Bounds.Count + 1]);
            foreach (var series in family.Series.Where(IsWanted))
            {
                if (family.Kind != MetricKind.Histogram) total += series.Value;
                else if (series.Buckets.Count == buckets.Length) Add(buckets, series.Buckets);
            }
        }
        return buckets.Length > 0 ? ReadHistogram(bounds, buckets, seconds) : ReadNumber(total, seconds);
    }

    private static void Add(long[] buckets, IReadOnlyList<long> more)
    {
        for (var i = 0; i < buckets.Length; i++) buckets[i] += more[i];
    }

    private bool IsWanted(MetricSeries series) => Figure.Tag is null
        || series.Tags.Any(tag => tag.Name == Figure.Tag && tag.Value == Figure.Value);

    private double ReadNumber(double total, double seconds)
    {
        var before = _total;
        _total = total;
        // A meter that ended took its counts along.
        return Figure.Measure == Measure.Level ? total : Math.Max(0, total - before) / seconds;
    }

    private double ReadHistogram(IReadOnlyList<double> bounds, long[] buckets, double seconds)
    {
        var since = new long[buckets.Length];
        for (var i = 0; i < since.Length; i++)
            since[i] = Math.Max(0, buckets[i] - (i < _buckets.Length ? _buckets[i] : 0));
        _buckets = buckets;
        var count = since.Sum();
        return Figure.Measure switch
        {
            Measure.PerSecond => count / seconds,
            _ when count == 0 => double.NaN,
            Measure.Median => Quantiles.Of(bounds, since, 0.5),
            Measure.P99 => Quantiles.Of(bounds, since, 0.99),
            _ => throw new InvalidOperationException($"{Figure.Name} asks a histogram for its level."),
        };
    }
}
