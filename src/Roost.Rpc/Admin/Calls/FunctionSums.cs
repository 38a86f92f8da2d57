using Roost.Rpc.Filters;

namespace Roost.Rpc.Admin.Calls;

/// <summary>What all series of one function's calls tell together, since the process began.</summary>
internal sealed class FunctionSums
{
    private readonly CallSum _calls = new();
    private readonly SortedDictionary<string, long> _failed = new(StringComparer.Ordinal);

    public long Calls => _calls.Calls;

    /// <summary>Those that did not end well, by why; what the caller did wrong is among them.</summary>
    public IReadOnlyDictionary<string, long> Failed => _failed;

    /// <summary>Half of the calls took no longer, in seconds; null for none. So is <see cref="P99"/>.</summary>
    public double? P50 => Quantile(0.5);

    /// <summary>99 of 100 calls took no longer.</summary>
    public double? P99 => Quantile(0.99);

    /// <param name="instrument">A histogram of durations by function: <see cref="CallSources.Served"/>.</param>
    /// <returns>By function, the busiest first.</returns>
    public static IReadOnlyList<(string Method, FunctionSums Sums)> Of(
        IReadOnlyList<MetricFamily> families, string instrument)
    {
        var found = new Dictionary<string, FunctionSums>();
        foreach (var family in families.Where(family => family.Name == instrument))
        {
            foreach (var series in family.Series)
            {
                var method = TagOf(series, RpcMetrics.MethodTag);
                if (!found.TryGetValue(method, out var sums)) found.Add(method, sums = new FunctionSums());
                sums.Add(family, series);
            }
        }
        return [.. found.OrderByDescending(one => one.Value.Calls).Select(one => (one.Key, one.Value))];
    }

    /// <summary>A counter's numbers, by function.</summary>
    public static IReadOnlyDictionary<string, long> CountsOf(
        IReadOnlyList<MetricFamily> families, string instrument) => families
        .Where(family => family.Name == instrument).SelectMany(family => family.Series)
        .GroupBy(series => TagOf(series, RpcMetrics.MethodTag))
        .ToDictionary(method => method.Key, method => (long)method.Sum(series => series.Value));

    private void Add(MetricFamily family, MetricSeries series)
    {
        var count = series.Count;
        _calls.Calls += count;
        _calls.AddDurations(family.Bounds, series.Buckets);
        if (TagOf(series, RpcMetrics.ErrorTag) is { Length: > 0 } error)
            _failed[error] = _failed.GetValueOrDefault(error) + count;
    }

    private double? Quantile(double quantile) =>
        _calls.Quantile(quantile) is var value && float.IsFinite(value) ? value : null;

    private static string TagOf(MetricSeries series, string name) =>
        series.Tags.FirstOrDefault(tag => tag.Name == name).Value ?? "";
}
