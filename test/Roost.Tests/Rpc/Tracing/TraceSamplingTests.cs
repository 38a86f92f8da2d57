using System.Diagnostics;
using Roost.Rpc.Tracing;
using Xunit;

namespace Roost.Tests.Rpc.Tracing;

public sealed class TraceSamplingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(1)]
    public void As_many_traces_are_recorded_as_the_rate_says_and_by_any_two_processes_the_same(double rate)
    {
        var (here, there) = (new TraceSampling(rate), new TraceSampling(0));
        there.Set(rate);
        var traces = Enumerable.Range(0, 10_000).Select(_ => ActivityTraceId.CreateRandom()).ToArray();

        var recorded = traces.Where(trace => here.IsRecorded(default, trace, ActivityKind.Server)).ToArray();

        Assert.InRange(recorded.Length / 10_000.0, rate - 0.02, rate + 0.02);
        Assert.All(traces, trace => Assert.Equal(
            here.IsRecorded(default, trace, ActivityKind.Server), there.IsRecorded(default, trace, ActivityKind.Server)));
    }

    [Fact]
    public void What_is_part_of_a_trace_is_recorded_with_it_and_calls_to_elsewhere_begin_none()
    {
        var (all, none) = (new TraceSampling(1), new TraceSampling(0));
        var trace = ActivityTraceId.CreateRandom();
        var recorded = new ActivityContext(trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, isRemote: true);
        var passedOver = new ActivityContext(trace, ActivitySpanId.CreateRandom(), ActivityTraceFlags.None, isRemote: true);

        Assert.True(none.IsRecorded(recorded, trace, ActivityKind.Server));
        Assert.True(none.IsRecorded(recorded, trace, ActivityKind.Client));
        Assert.False(all.IsRecorded(passedOver, trace, ActivityKind.Server));
        Assert.False(all.IsRecorded(default, trace, ActivityKind.Client));
    }
}
