using System.Diagnostics.Metrics;
using Roost.Rpc.Admin;
using Xunit;

namespace Roost.Tests.Rpc.Admin;

public sealed class MetricsCollectorTests : IDisposable
{
    private readonly Meter _meter = new("Roost.Test." + Guid.NewGuid());
    private readonly MetricsCollector _collector = new();

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counters_add_up_and_gauges_are_set()
    {
        var calls = _meter.CreateCounter<long>("test.calls");
        var open = _meter.CreateUpDownCounter<int>("test.open");
        _meter.CreateObservableGauge("test.level", () => 2.5);
        calls.Add(2, new KeyValuePair<string, object?>("kind", "a"));
        calls.Add(3, new KeyValuePair<string, object?>("kind", "a"));
        calls.Add(1, new KeyValuePair<string, object?>("kind", "b"));
        open.Add(5);
        open.Add(-2);

        Assert.Equal([5.0, 1.0], Family("test.calls").Series.OrderBy(s => s.Tags.Single().Value).Select(s => s.Value));
        Assert.Equal(3, Assert.Single(Family("test.open").Series).Value);
        Assert.Equal(2.5, Assert.Single(Family("test.level").Series).Value);
    }

    [Fact]
    public void Histograms_have_the_buckets_that_were_advised()
    {
        var duration = _meter.CreateHistogram(
            "test.duration", "s", "How long.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2] });
        foreach (var value in new[] { 0.5, 1, 1.5, 9 }) duration.Record(value);

        var family = Family("test.duration");
        var series = Assert.Single(family.Series);

        Assert.Equal([2, 1, 1], series.Buckets);
        Assert.Equal((4, 12.0), (series.Count, series.Value));
        Assert.Equal(1, Quantiles.Of(family, series, 0.5));
        Assert.Equal(2, Quantiles.Of(family, series, 0.99));
    }

    [Fact]
    public void The_text_is_what_prometheus_reads()
    {
        var duration = _meter.CreateHistogram(
            "test.call.duration", "s", "How\nlong.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5] });
        duration.Record(0.25, new KeyValuePair<string, object?>("rpc.method", "a\"b"));
        duration.Record(2, new KeyValuePair<string, object?>("rpc.method", "a\"b"));
        _meter.CreateCounter<long>("test.calls", "{call}").Add(7);

        var text = PrometheusText.Write([Family("test.call.duration"), Family("test.calls")]);

        Assert.Equal(
            """
            # HELP test_call_duration_seconds How\nlong.
            # TYPE test_call_duration_seconds histogram
            test_call_duration_seconds_bucket{rpc_method="a\"b",le="0.5"} 1
            test_call_duration_seconds_bucket{rpc_method="a\"b",le="+Inf"} 2
            test_call_duration_seconds_sum{rpc_method="a\"b"} 2.25
            test_call_duration_seconds_count{rpc_method="a\"b"} 2
            # HELP test_calls_total 
            # TYPE test_calls_total counter
            test_calls_total 7

            """,
            text);
    }

    [Fact]
    public void A_flood_of_tags_is_counted_together()
    {
        var calls = _meter.CreateCounter<long>("test.calls");
        for (var i = 0; i < 1500; i++) calls.Add(1, new KeyValuePair<string, object?>("id", i));

        var series = Family("test.calls").Series;

        Assert.Equal(MetricsCollector.SeriesMax + 1, series.Count);
        Assert.Equal(500, series.Single(one => one.Tags.Single().Name == "overflow").Value);
    }

    [Fact]
    public async Task Threads_lose_no_count()
    {
        var duration = _meter.CreateHistogram<double>("test.duration");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++) duration.Record(1, new KeyValuePair<string, object?>("n", i % 3));
        })));

        var series = Family("test.duration").Series;

        Assert.Equal(3, series.Count);
        Assert.Equal((40_000, 40_000.0), (series.Sum(one => one.Count), series.Sum(one => one.Value)));
    }

    [Fact]
    public void Instruments_that_end_while_they_are_observed_spoil_nothing()
    {
        var ending = new Meter(_meter.Name);
        // Whichever is observed first ends all of them, as a service does that stops while somebody reads.
        for (var i = 0; i < 3; i++) ending.CreateObservableGauge("test.ending", End);
        _meter.CreateObservableGauge("test.level", () => 2.5);

        Assert.Equal(2.5, Assert.Single(Family("test.level").Series).Value);

        double End()
        {
            ending.Dispose();
            return 1;
        }
    }

    private MetricFamily Family(string name) => _collector.Read().Last(family => family.Name == name && family.Series.Count > 0
        && family.MeterName == _meter.Name);
}
