using Roost.Rpc;
using Roost.Rpc.Filters;
using Xunit;

namespace Roost.Tests.Rpc.Filters;

public sealed class DeadlineFilterTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly TestMeters _meters = new();
    private readonly TaskCompletionSource<int> _answer = new();
    private readonly List<Deadline> _seen = [];
    private readonly Service<int, int> _service;

    public DeadlineFilterTests()
    {
        Service<int, int> service = (_, call) =>
        {
            _seen.Add(call.Deadline);
            return new ValueTask<int>(_answer.Task);
        };
        _service = service.With(Filter(TimeSpan.FromSeconds(2)).Apply);
    }

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task A_call_whose_deadline_has_passed_is_refused_and_the_service_not_asked()
    {
        var deadline = Deadline.After(TimeSpan.FromMilliseconds(5), _time);
        _time.Advance(TimeSpan.FromMilliseconds(12));

        var error = await Assert.ThrowsAsync<ServiceException>(() => CallAsync(deadline));

        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        Assert.Contains(
            "test.wait was not started: the deadline had passed 7 ms before", error.Message, StringComparison.Ordinal);
        Assert.Empty(_seen);
    }

    [Fact]
    public async Task A_running_call_is_answered_when_its_deadline_passes()
    {
        var call = CallAsync(Deadline.After(TimeSpan.FromMilliseconds(250), _time));
        _time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(call.IsCompleted);

        _time.Advance(TimeSpan.FromMilliseconds(1));

        var error = await Assert.ThrowsAsync<ServiceException>(() => call);
        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        Assert.Contains("test.wait did not answer within 250 ms", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_filters_maximum_shortens_a_longer_deadline_and_replaces_none()
    {
        var unbounded = CallAsync(Deadline.None);
        var patient = CallAsync(Deadline.After(TimeSpan.FromHours(1), _time));

        _time.Advance(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<ServiceException>(() => unbounded);
        await Assert.ThrowsAsync<ServiceException>(() => patient);
        Assert.Equal([TimeSpan.Zero, TimeSpan.Zero], _seen.Select(deadline => deadline.Remaining(_time)));
    }

    [Fact]
    public async Task An_earlier_deadline_of_the_caller_is_handed_on_as_it_is()
    {
        var deadline = Deadline.After(TimeSpan.FromSeconds(1), _time);

        var call = CallAsync(deadline);
        _answer.SetResult(7);

        Assert.Equal(7, await call);
        Assert.Equal([deadline], _seen);
    }

    [Fact]
    public async Task An_answer_in_time_disarms_the_timer()
    {
        var call = CallAsync(Deadline.None);
        Assert.Equal(1, _time.ArmedTimers);

        _answer.SetResult(7);

        Assert.Equal(7, await call);
        Assert.Equal(0, _time.ArmedTimers);
    }

    [Fact]
    public async Task A_timeout_of_the_services_own_stays_what_it_is()
    {
        var call = CallAsync(Deadline.None);

        _answer.SetException(new TimeoutException("the service's own"));

        var error = await Assert.ThrowsAsync<TimeoutException>(() => call);
        Assert.Equal("the service's own", error.Message);
    }

    [Fact]
    public async Task How_an_abandoned_call_ends_is_reported()
    {
        var call = CallAsync(Deadline.None);
        _time.Advance(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<ServiceException>(() => call);
        Assert.Empty(_meters.Recorded);

        _answer.SetException(new ServiceException(ErrorCode.StorageFull, "full"));

        var recorded = Assert.Single(_meters.Recorded);
        Assert.Equal("roost.rpc.call.overrun", recorded.Instrument);
        Assert.Equal(1.0, recorded.Value, precision: 6);
        Assert.Equal("test.wait", recorded.Tags["rpc.method"]);
        Assert.Equal("storage_full", recorded.Tags["error.type"]);
    }

    [Fact]
    public async Task An_infinite_maximum_leaves_calls_without_a_deadline_alone()
    {
        Service<int, int> service = (_, _) => new ValueTask<int>(_answer.Task);
        var unlimited = service.With(Filter(Timeout.InfiniteTimeSpan).Apply);

        var call = unlimited(0, Call.Unbounded);
        _time.Advance(TimeSpan.FromDays(100));
        Assert.Equal(0, _time.ArmedTimers);
        _answer.SetResult(7);

        Assert.Equal(7, await call);
    }

    [Fact]
    public async Task A_deadline_too_far_away_for_any_timer_is_waited_for_without_one()
    {
        Service<int, int> service = (_, _) => new ValueTask<int>(_answer.Task);
        var unlimited = service.With(Filter(TimeSpan.FromDays(400)).Apply);

        var call = unlimited(0, Call.Unbounded);
        Assert.Equal(0, _time.ArmedTimers);
        _answer.SetResult(7);

        Assert.Equal(7, await call);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void A_maximum_that_leaves_no_time_is_refused(int milliseconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Filter(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void A_deadline_beyond_the_end_of_the_clock_is_none() =>
        Assert.True(Deadline.After(TimeSpan.MaxValue, TimeProvider.System).IsNone);

    private DeadlineFilter Filter(TimeSpan timeoutMax) => new("test.wait", timeoutMax, new RpcMetrics(_meters), _time);

    private Task<int> CallAsync(Deadline deadline) =>
        CallAsync(new Call(deadline, TestContext.Current.CancellationToken));

    // Async, so that what is thrown at once is a failed task too.
    private async Task<int> CallAsync(Call call) => await _service(0, call);
}
