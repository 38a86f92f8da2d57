using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Charts;
using Xunit;

namespace Roost.Tests.Rpc.Admin;

public sealed class MetricsHistoryTests : IDisposable
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly FakeTime _time = new();
    private readonly string _name = "test." + Guid.NewGuid().ToString("N");
    private readonly Meter _meter = new("Roost.Test." + Guid.NewGuid());
    private readonly MetricsCollector _collector;

    public MetricsHistoryTests() => _collector = new MetricsCollector(new HashSet<string> { _name });

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void A_counter_is_told_by_the_second_and_by_its_tag()
    {
        var counter = _meter.CreateCounter<long>(_name);
        counter.Add(1_000, Kind("a"));
        var history = HistoryOf(
            new Figure("all", _name, Measure.PerSecond), new Figure("a", _name, Measure.PerSecond, "kind", "a"));

        counter.Add(10, Kind("a"));
        counter.Add(40, Kind("b"));
        Step(history);
        Step(history);

        var recorded = history.Read(_hour);
        Assert.Equal([10f, 0f], recorded.Values["all"]);
        Assert.Equal([2f, 0f], recorded.Values["a"]);
        Assert.Equal((2, 2, _time.GetUtcNow()), (recorded.Number, recorded.Count, recorded.At));
    }

    [Fact]
    public void A_gauge_is_told_as_it_is()
    {
        var level = 3;
        _meter.CreateObservableGauge(_name, () => level);
        var history = HistoryOf(new Figure("level", _name, Measure.Level));

        Step(history);
        level = 5;
        Step(history);

        Assert.Equal([3f, 5f], history.Read(_hour).Values["level"]);
    }

    [Fact]
    public void Quantiles_are_of_the_step_over_all_series_and_nothing_when_nothing_came()
    {
        var durations = _meter.CreateHistogram(
            _name, "s", "How long.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2, 3] });
        durations.Record(2.5);
        var history = HistoryOf(new Figure("p50", _name, Measure.Median), new Figure("rate", _name, Measure.PerSecond));

        durations.Record(0.5, Kind("a"));
        durations.Record(0.5, Kind("b"));
        Step(history);
        Step(history);

        var recorded = history.Read(_hour);
        Assert.Equal([0.5f, float.NaN], recorded.Values["p50"]);
        Assert.Equal([0.4f, 0f], recorded.Values["rate"]);
    }

    [Fact]
    public void An_hour_is_kept_and_no_more()
    {
        var steps = 0;
        _meter.CreateObservableGauge(_name, () => steps);
        var history = HistoryOf(new Figure("steps", _name, Measure.Level));

        for (steps = 1; steps <= MetricsHistory.StepsMax + 5; steps++) Step(history);

        var kept = history.Read(TimeSpan.FromDays(1)).Values["steps"];
        Assert.Equal(MetricsHistory.StepsMax, kept.Length);
        Assert.Equal((6f, MetricsHistory.StepsMax + 5f), (kept[0], kept[^1]));
        Assert.Equal([724f, 725f], history.Read(MetricsHistory.Step * 2).Values["steps"]);
    }

    [Fact]
    public void What_nobody_reports_is_zero_or_nothing()
    {
        var history = HistoryOf(new Figure("here", _name, Measure.PerSecond));

        Step(history);

        var recorded = history.Read(_hour);
        Assert.Equal([0f], recorded.Values["here"]);
        Assert.Equal([float.NaN], recorded.Of(new Figure("elsewhere", "other", Measure.Level)));
    }

    [Fact]
    public async Task A_step_is_taken_every_five_seconds_and_one_that_fails_is_left_out()
    {
        var fails = false;
        var read = new SemaphoreSlim(0);
        _meter.CreateObservableGauge(_name, () =>
        {
            var isGone = fails;
            read.Release();
            return isGone ? throw new InvalidOperationException("gone") : 1;
        });
        var history = HistoryOf(new Figure("level", _name, Measure.Level));
        history.Start();

        foreach (var one in new[] { true, false })
        {
            await read.WaitAsync(TestContext.Current.CancellationToken);
            fails = one;
            _time.Advance(MetricsHistory.Step);
        }
        await read.WaitAsync(TestContext.Current.CancellationToken);
        await history.DisposeAsync();

        Assert.Equal([1f], history.Read(_hour).Values["level"]);
    }

    [Fact]
    public void The_record_is_readable_by_machines()
    {
        var history = HistoryOf(new Figure("a", _name, Measure.PerSecond), new Figure("b", "none", Measure.P99));
        _meter.CreateHistogram<double>(_name);
        Step(history);

        using var json = JsonDocument.Parse(AdminJson.History(history.Read(_hour)));

        Assert.Equal(5, json.RootElement.GetProperty("step_seconds").GetInt32());
        Assert.Equal(0, json.RootElement.GetProperty("figures").GetProperty("a")[0].GetDouble());
    }

    [Fact]
    public void Values_that_share_a_place_stay_together_as_more_come()
    {
        Assert.Equal([2f, 4f, 5f], LineChart.Thinned([1, 2, 3, 4, 5], number: 5, perPlace: 2));
        Assert.Equal([2f, 4f, 6f], LineChart.Thinned([2, 3, 4, 5, 6], number: 6, perPlace: 2));
        Assert.Equal([3f, float.NaN], LineChart.Thinned([float.NaN, 3, float.NaN], number: 3, perPlace: 2));
        Assert.Empty(LineChart.Thinned([], number: 7, perPlace: 3));
    }

    [Theory]
    [InlineData(new float[0])]
    [InlineData(new[] { float.NaN, float.NaN })]
    [InlineData(new[] { 0f, 0f, 0f })]
    [InlineData(new[] { 1f, float.NaN, 3e9f })]
    public void A_chart_is_a_picture_without_script(float[] line)
    {
        foreach (var look in (ChartLook[])[ChartLook.Light, ChartLook.Dark])
        {
            var svg = new LineChart([line, [.. line.Reverse()]], 0.5, 10, value => $"<{value:0}>", ago => $"{ago} & more").ToSvg(look);

            var root = System.Xml.Linq.XDocument.Parse(svg).Root!;
            Assert.Equal(("svg", "0 0 360 170"), (root.Name.LocalName, root.Attribute("viewBox")?.Value));
            Assert.DoesNotContain("script", svg, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        }
    }

    private MetricsHistory HistoryOf(params Figure[] figures) =>
        new(_collector, figures, _time, NullLogger<MetricsHistory>.Instance);

    private void Step(MetricsHistory history)
    {
        _time.Advance(MetricsHistory.Step);
        history.Take();
    }

    private static KeyValuePair<string, object?> Kind(string kind) => new("kind", kind);
}
