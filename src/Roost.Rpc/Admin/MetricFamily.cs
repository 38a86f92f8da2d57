using System.Diagnostics.Metrics;

namespace Roost.Rpc.Admin;

/// <summary>What an instrument's numbers mean.</summary>
public enum MetricKind { Counter, Gauge, Histogram }

/// <summary>One instrument's numbers, a series for each set of tags.</summary>
public sealed class MetricFamily
{
    private static readonly double[] _usualBounds =
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private static readonly KeyValuePair<string, object?>[] _overflow = [new("overflow", "true")];

    private readonly Lock _lock = new();
    private readonly bool _isObserved;
    private readonly double[] _bounds;

    // By the hash of their tags; replaced whole under _lock, read without.
    private Dictionary<int, MetricSeries[]> _series = [];
    private int _count;

    internal MetricFamily(Instrument instrument)
    {
        (Name, Unit, Description) = (instrument.Name, instrument.Unit ?? "", instrument.Description ?? "");
        MeterName = instrument.Meter.Name;
        _isObserved = instrument.IsObservable;
        var type = instrument.GetType();
        var name = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        Kind = name == typeof(Histogram<>) ? MetricKind.Histogram
            : name == typeof(Counter<>) || name == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;
        _isSet = name == typeof(Gauge<>) || _isObserved;
        _bounds = instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } advised }
            ? [.. advised]
            : _usualBounds;
    }

    // Whether a number replaces the one before, instead of being added to it.
    private readonly bool _isSet;

    /// <summary>As OpenTelemetry writes it: <c>rpc.server.call.duration</c>.</summary>
    public string Name { get; }

    public string MeterName { get; }

    public string Unit { get; }

    public string Description { get; }

    public MetricKind Kind { get; }

    public IReadOnlyList<double> Bounds => _bounds;

    public IReadOnlyList<MetricSeries> Series =>
        [.. Volatile.Read(ref _series).Values.SelectMany(series => series)];

    internal void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = HashOf(tags);
        var series = Find(hash, tags) ?? Add(hash, tags);
        if (Kind == MetricKind.Histogram) series.Observe(value, _bounds);
        else if (_isSet) series.Set(value);
        else series.Add(value);
    }

    private MetricSeries? Find(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!Volatile.Read(ref _series).TryGetValue(hash, out var found)) return null;
        foreach (var series in found)
        {
            if (series.Has(tags)) return series;
        }
        return null;
    }

    private MetricSeries Add(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_lock)
        {
            if (Find(hash, tags) is { } found) return found;
            if (_count >= MetricsCollector.SeriesMax)
            {
                tags = _overflow;
                hash = HashOf(tags);
                if (Find(hash, tags) is { } others) return others;
            }
            var series = new MetricSeries(tags.ToArray(), Kind == MetricKind.Histogram ? _bounds.Length + 1 : 0);
            _count++;
            var next = new Dictionary<int, MetricSeries[]>(_series);
            next[hash] = next.TryGetValue(hash, out var known) ? [.. known, series] : [series];
            Volatile.Write(ref _series, next);
            return series;
        }
    }

    private static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = tags.Length;
        foreach (var (_, value) in tags) hash = hash * 31 + (value?.GetHashCode() ?? 0);
        return hash;
    }
}

/// <summary>The numbers of one set of tags. Reading while others write may see a call's bucket and not yet its sum.
/// </summary>
public sealed class MetricSeries
{
    private readonly KeyValuePair<string, object?>[] _tags;

    // The last bucket has what is above all bounds; Interlocked, as is the number.
    private readonly long[] _buckets;
    private double _value;

    internal MetricSeries(KeyValuePair<string, object?>[] tags, int buckets) =>
        (_tags, _buckets) = (tags, new long[buckets]);

    public IEnumerable<(string Name, string Value)> Tags =>
        _tags.Select(tag => (tag.Key, tag.Value?.ToString() ?? ""));

    /// <summary>A counter's or gauge's number; a histogram's sum.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <summary>Of a histogram: how many were observed.</summary>
    public long Count => _buckets.Sum();

    /// <summary>Of a histogram: how many lie between each bound and the one before.</summary>
    public IReadOnlyList<long> Buckets => _buckets;

    internal bool Has(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length != _tags.Length) return false;
        for (var i = 0; i < tags.Length; i++)
        {
            if (!Equals(_tags[i].Value, tags[i].Value) || _tags[i].Key != tags[i].Key) return false;
        }
        return true;
    }

    internal void Observe(double value, double[] bounds)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket]) bucket++;
        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }

    internal void Set(double value) => Volatile.Write(ref _value, value);

    internal void Add(double value)
    {
        var before = Volatile.Read(ref _value);
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref _value, before + value, before);
            if (BitConverter.DoubleToInt64Bits(seen) == BitConverter.DoubleToInt64Bits(before)) return;
            before = seen;
        }
    }
}
