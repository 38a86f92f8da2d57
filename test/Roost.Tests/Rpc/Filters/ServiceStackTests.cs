using Roost.Rpc;
using Roost.Rpc.Filters;
using Xunit;

namespace Roost.Tests.Rpc.Filters;

public sealed class ServiceStackTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly TestMeters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task Each_call_is_reported_with_its_method_and_duration()
    {
        var echo = Stack().Wrap<int, int>("test.echo", async (request, _) =>
        {
            await Task.Yield();
            _time.Advance(TimeSpan.FromMilliseconds(20));
            return request;
        });

        Assert.Equal(5, await echo(5, Call.Unbounded));

        var recorded = Assert.Single(_meters.Recorded);
        Assert.Equal("rpc.server.call.duration", recorded.Instrument);
        Assert.Equal(0.02, recorded.Value, precision: 6);
        Assert.Equal(new Dictionary<string, string?> { ["rpc.method"] = "test.echo" }, recorded.Tags);
    }

    [Fact]
    public async Task A_call_that_waited_is_no_slow_call_but_one_that_failed_is_a_failed_one()
    {
        var wait = Stack().Wrap<AwaitSomething, int>("test.wait", async (request, _) =>
        {
            await Task.Yield();
            _time.Advance(request.Wait);
            return request.Fails ? throw new ServiceException(ErrorCode.Unavailable, "no") : 1;
        });

        await wait(new AwaitSomething(TimeSpan.FromSeconds(1), Fails: false), Call.Unbounded);
        await Assert.ThrowsAsync<ServiceException>(
            async () => await wait(new AwaitSomething(TimeSpan.FromSeconds(2), Fails: true), Call.Unbounded));

        Assert.Equal(
            [("roost.rpc.wait.duration", 1d), ("rpc.server.call.duration", 2d)],
            _meters.Recorded.Select(recorded => (recorded.Instrument, recorded.Value)));
    }

    [Theory]
    [InlineData(ErrorCode.NotFound, "not_found")]
    [InlineData(ErrorCode.DataDamaged, "data_damaged")]
    [InlineData(ErrorCode.Internal, "internal")]
    public async Task A_failure_is_reported_by_its_code(ErrorCode code, string expected)
    {
        var fail = Stack().Wrap<bool, int>("test.fail", (later, _) =>
            later
                ? ValueTask.FromException<int>(new ServiceException(code, "no"))
                : throw new ServiceException(code, "no"));

        await Assert.ThrowsAsync<ServiceException>(async () => await fail(true, Call.Unbounded));
        await Assert.ThrowsAsync<ServiceException>(async () => await fail(false, Call.Unbounded));

        Assert.Equal([expected, expected], _meters.Recorded.Select(recorded => recorded.Tags["error.type"]));
    }

    [Fact]
    public async Task A_caller_that_went_away_and_a_bug_are_told_apart()
    {
        var fail = Stack().Wrap<Exception, int>("test.fail", (error, _) => throw error);

        await Assert.ThrowsAsync<OperationCanceledException>(
            async () => await fail(new OperationCanceledException(), Call.Unbounded));
        await Assert.ThrowsAsync<InvalidCastException>(
            async () => await fail(new InvalidCastException(), Call.Unbounded));

        Assert.Equal(["cancelled", "internal"], _meters.Recorded.Select(recorded => recorded.Tags["error.type"]));
    }

    [Fact]
    public void Every_error_code_has_an_error_type_of_its_own()
    {
        var errors = Enum.GetValues<ErrorCode>().Select(code => new ServiceException(code, "x"));
        var types = errors.Select(RpcMetrics.ErrorType).ToArray();

        Assert.Equal(types.Length, types.Distinct().Count());
    }

    [Fact]
    public async Task Refusals_are_reported_too()
    {
        var never = new TaskCompletionSource<int>();
        var limits = new MethodLimits { AtWorkMax = 1, WaitingMax = 0 };
        var wait = Stack().Wrap<int, int>("test.wait", (_, _) => new ValueTask<int>(never.Task), limits);
        var first = wait(0, Call.Unbounded);

        await Assert.ThrowsAsync<ServiceException>(async () => await wait(0, Call.Unbounded));

        Assert.Equal("overloaded", Assert.Single(_meters.Recorded).Tags["error.type"]);
        Assert.False(first.IsCompleted);
    }

    [Fact]
    public async Task A_call_given_up_on_keeps_its_place_until_it_ends()
    {
        var slow = new TaskCompletionSource<int>();
        var limits = new MethodLimits { AtWorkMax = 1, WaitingMax = 0, TimeoutMax = TimeSpan.FromSeconds(1) };
        var wait = Stack().Wrap<bool, int>(
            "test.wait", (isSlow, _) => isSlow ? new ValueTask<int>(slow.Task) : ValueTask.FromResult(1), limits);
        var abandoned = wait(true, Call.Unbounded);
        _time.Advance(TimeSpan.FromSeconds(1));
        var late = await Assert.ThrowsAsync<ServiceException>(async () => await abandoned);
        Assert.Equal(ErrorCode.DeadlineExceeded, late.Code);

        var refused = await Assert.ThrowsAsync<ServiceException>(async () => await wait(false, Call.Unbounded));
        slow.SetResult(2);

        Assert.Equal(ErrorCode.Overloaded, refused.Code);
        Assert.Equal(1, await wait(false, Call.Unbounded));
    }

    [Fact]
    public void A_method_has_a_name() =>
        Assert.Throws<ArgumentException>(
            () => Stack().Wrap<int, int>(" ", (request, _) => ValueTask.FromResult(request)));

    private ServiceStack Stack() => new(_meters, _time, new MethodLimits());

    private sealed record AwaitSomething(TimeSpan Wait, bool Fails) : IWaitingRequest;
}
