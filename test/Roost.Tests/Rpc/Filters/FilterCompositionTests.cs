using System.Diagnostics.Metrics;
using Roost.Rpc;
using Roost.Rpc.Filters;
using Xunit;

namespace Roost.Tests.Rpc.Filters;

public sealed class FilterCompositionTests
{
    [Fact]
    public async Task The_first_filter_meets_the_request_first_and_the_reply_last()
    {
        var seen = new List<string>();
        Service<string, string> service = (request, _) =>
        {
            seen.Add($"service {request}");
            return ValueTask.FromResult("reply");
        };

        var reply = await service.With(Noting("outer"), Noting("inner"))("request", Call.Unbounded);

        Assert.Equal("reply", reply);
        Assert.Equal(["outer in", "inner in", "service request", "inner out", "outer out"], seen);

        Filter<string, string> Noting(string name) => next => async (request, call) =>
        {
            seen.Add($"{name} in");
            var answer = await next(request, call);
            seen.Add($"{name} out");
            return answer;
        };
    }

    [Fact]
    public void Without_filters_a_service_is_itself()
    {
        Service<int, int> service = (request, _) => ValueTask.FromResult(request);

        Assert.Same(service, service.With());
    }

    [Fact]
    public void A_filter_that_returns_no_service_is_refused_at_composition()
    {
        Service<int, int> service = (request, _) => ValueTask.FromResult(request);

        var error = Assert.Throws<ArgumentException>(() => service.With(next => next, _ => null!));

        Assert.Contains("Filter 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_through_five_filters_allocates_nothing()
    {
        using var meters = new DiscardingMeters();
        var metrics = new RpcMetrics(meters);
        var time = TimeProvider.System;
        Service<string, string> service = (request, _) => ValueTask.FromResult(request);
        var composed = service.With(
            new MetricsFilter("test.echo", metrics, time).Apply,
            new DeadlineFilter("test.echo", TimeSpan.FromSeconds(10), metrics, time).Apply,
            new ConcurrencyLimitFilter("test.echo", 10, 10, time).Apply,
            new DeadlineFilter("test.echo", TimeSpan.FromSeconds(1), metrics, time).Apply,
            new MetricsFilter("test.echo.inner", metrics, time).Apply);
        var call = new Call(Deadline.After(TimeSpan.FromSeconds(5), time), TestContext.Current.CancellationToken);
        const int calls = 10_000;
        Assert.True(CallManyAsync(composed, call, 1_000).IsCompletedSuccessfully);

        var runs = 0;
        var allocated = Allocations.Least(() =>
        {
            runs++;
            Assert.True(CallManyAsync(composed, call, calls).IsCompletedSuccessfully);
        });

        Assert.Equal(0, allocated);
        Assert.Equal(2 * (runs * calls + 1_000), meters.Count);
    }

    private static async Task CallManyAsync(Service<string, string> service, Call call, int count)
    {
        for (var i = 0; i < count; i++) Assert.Same("request", await service("request", call));
    }

    /// <summary>
    /// Listens, so that metrics do their work, and only counts, so that the listener allocates nothing.
    /// </summary>
    private sealed class DiscardingMeters : IMeterFactory
    {
        private readonly MeterListener _listener = new();
        private readonly List<Meter> _meters = [];

        public DiscardingMeters()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (ReferenceEquals(instrument.Meter.Scope, this)) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Count++);
            _listener.Start();
        }

        public int Count { get; private set; }

        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose()
        {
            _listener.Dispose();
            foreach (var meter in _meters) meter.Dispose();
        }
    }
}
