using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Calls;
using Roost.Rpc.Filters;
using Xunit;

namespace Roost.Tests.Rpc.Admin;

/// <summary>What is recorded of calls, by service.</summary>
public sealed class CallHistoryTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly TestMeters _meters = new();
    private readonly MetricsCollector _collector = new(new HashSet<string>
    {
        CallSources.Served, CallSources.Called, CallSources.Gateway, CallSources.WebRequests,
    });

    // Of its own, since a collector hears all meters of the process that the tests run in.
    private readonly string _service = "s" + Guid.NewGuid().ToString("N");

    public void Dispose()
    {
        _collector.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public void Calls_are_told_by_service_with_what_failed_through_no_fault_of_the_caller()
    {
        var served = new RpcMetrics(_meters);
        var history = History();
        for (var i = 0; i < 6; i++) served.CallEnded(_service + ".get", TimeSpan.FromMilliseconds(2), null);
        served.CallEnded(_service + ".put", TimeSpan.FromMilliseconds(2), new ServiceException(ErrorCode.NotFound, "x"));
        served.CallEnded(_service + ".put", TimeSpan.FromMilliseconds(2), new OperationCanceledException());
        served.CallEnded(_service + ".put", TimeSpan.FromSeconds(4), new ServiceException(ErrorCode.Unavailable, "x"));
        served.CallEnded(_service + ".put", TimeSpan.FromSeconds(4), new InvalidOperationException("x"));

        Step(history);
        Step(history);

        var calls = Assert.Single(history.Calls.Read(720, _service));
        Assert.Equal([2f, 0f], calls.Rate);
        Assert.Equal([0.2f, float.NaN], calls.Failed);
        Assert.InRange(calls.P50[0], 0.001, 0.0025);
        Assert.InRange(calls.P99[0], 2.5, 5);
        Assert.True(float.IsNaN(calls.P99[1]));
        var now = history.Calls.Now().Single(one => one.Service == _service);
        Assert.Equal((CallSide.Served, 1.0, 0.2), (now.Side, now.Rate, now.Failed));
        Assert.InRange(now.P99!.Value, 2.5, 5);
    }

    [Fact]
    public void Calls_to_a_service_elsewhere_are_apart_from_those_that_are_served()
    {
        var history = History();
        new RpcMetrics(_meters).CallEnded(_service + ".get", TimeSpan.FromMilliseconds(1), null);
        new RpcMetrics(_meters, RpcSide.Client).CallEnded(_service + ".get", TimeSpan.FromMilliseconds(20), null);

        Step(history);

        var both = history.Calls.Read(1, _service);
        Assert.Equal([CallSide.Served, CallSide.Called], both.Select(one => one.Side));
        Assert.True(both[0].P99[0] < both[1].P99[0]);
    }

    [Fact]
    public void What_is_called_for_the_first_time_had_no_calls_before_and_an_hour_is_kept()
    {
        var served = new RpcMetrics(_meters);
        var history = History();
        Step(history);
        Step(history);
        served.CallEnded(_service + ".get", TimeSpan.FromMilliseconds(1), null);
        Step(history);

        Assert.Equal([0f, 0f, 0.2f], history.Calls.Read(720, _service)[0].Rate);
        for (var i = 0; i < MetricsHistory.StepsMax - 1; i++) Step(history);
        Assert.Equal(0.2f, history.Calls.Read(9_999, _service)[0].Rate[0]);
        Step(history);
        Assert.Equal(MetricsHistory.StepsMax, history.Calls.Read(9_999, _service)[0].Rate.Length);
        Assert.Equal(0f, history.Calls.Read(9_999, _service)[0].Rate[0]);
        Assert.Equal(0, history.Calls.Now().Single(one => one.Service == _service).Rate);
    }

    [Fact]
    public void However_many_services_are_named_only_so_many_are_kept()
    {
        var served = new RpcMetrics(_meters);
        var history = History();
        for (var i = 0; i < 2 * CallHistory.ServicesMax; i++)
            served.CallEnded($"{_service}{i}.get", TimeSpan.FromMilliseconds(1), null);

        Step(history);

        Assert.Equal(CallHistory.ServicesMax, history.Calls.Now().Count);
    }

    [Fact]
    public void What_a_gateway_sends_on_is_what_it_serves_and_what_it_calls()
    {
        using var meter = new Meter("Roost.Test." + Guid.NewGuid());
        var requests = meter.CreateHistogram<double>(CallSources.Gateway);
        var history = History();
        foreach (var outcome in (string[])["answered", "refused", "overloaded", "failed"])
        {
            requests.Record(
                0.1, new KeyValuePair<string, object?>("roost.gateway.application", _service),
                new KeyValuePair<string, object?>("roost.gateway.outcome", outcome));
        }

        Step(history);

        var application = history.Calls.Now().Single(one => one.Service == _service);
        Assert.Equal((CallSide.Called, 0.8, 0.5), (application.Side, application.Rate, application.Failed));
        Assert.Contains(history.Calls.Now(), one => one is { Side: CallSide.Served, Service: "gateway" });
    }

    private MetricsHistory History() => new(_collector, [], _time, NullLogger<MetricsHistory>.Instance);

    private void Step(MetricsHistory history)
    {
        _time.Advance(MetricsHistory.Step);
        history.Take();
    }
}
