using System.Diagnostics;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Tracing;
using Xunit;

namespace Roost.Tests.Rpc.Clients;

public sealed class ClientStackTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly TestMeters _meters = new();
    private readonly List<string> _asked = [];

    public void Dispose() => _meters.Dispose();

    [Fact]
    public async Task What_failed_at_one_instance_is_asked_of_another()
    {
        var get = Wrap(Repeatable.Yes, (target, _, _) =>
            _asked.Count == 1 ? throw Unavailable() : ValueTask.FromResult(target));

        var answer = await get(1, Call.Unbounded);

        Assert.Equal(2, _asked.Count);
        Assert.NotEqual(_asked[0], _asked[1]);
        Assert.Equal(_asked[1], answer);
    }

    [Fact]
    public async Task What_may_have_been_done_is_sent_again_only_where_that_does_no_harm()
    {
        Send<string, int, string> lost = (_, _, _) =>
            throw new ServiceException(ErrorCode.Unavailable, "the connection broke") { MayBeDone = true };

        await Fails(Wrap(Repeatable.No, lost), ErrorCode.Unavailable);
        Assert.Single(_asked);

        _asked.Clear();
        var get = Fails(Wrap(Repeatable.Yes, lost), ErrorCode.Unavailable);
        _time.Advance(TimeSpan.FromSeconds(1));
        await get;
        Assert.Equal(3, _asked.Count);
    }

    [Theory]
    [InlineData(ErrorCode.NotFound)]
    [InlineData(ErrorCode.Invalid)]
    [InlineData(ErrorCode.Internal)]
    public async Task What_would_fail_anywhere_is_not_tried_again(ErrorCode code)
    {
        await Fails(Wrap(Repeatable.Yes, (_, _, _) => throw new ServiceException(code, "no")), code);

        Assert.Single(_asked);
    }

    [Fact]
    public async Task A_service_that_is_down_is_asked_a_fifth_more_often_and_no_more()
    {
        var get = Wrap(Repeatable.No, (_, _, _) => throw Unavailable());

        for (var i = 0; i < 1000; i++)
        {
            var failed = Fails(get, ErrorCode.Unavailable);
            while (!failed.IsCompleted) _time.Advance(TimeSpan.FromMilliseconds(1));
            await failed;
        }

        // What the clock pays: ten a second, one for the start, and the time that waits took.
        Assert.InRange(_asked.Count, 1100, 1250);
    }

    [Fact]
    public async Task No_try_begins_when_its_wait_would_end_after_the_deadline()
    {
        var get = Wrap(Repeatable.Yes, (_, _, _) => throw Unavailable());
        var call = new Call(Deadline.After(TimeSpan.FromMilliseconds(5), _time), default);

        await Fails(get, ErrorCode.Unavailable, call);

        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task A_late_answer_is_asked_of_another_instance_and_the_late_call_is_cancelled()
    {
        var late = new TaskCompletionSource<string>();
        var cancelled = false;
        var get = Wrap(Repeatable.Yes, (target, request, call) =>
        {
            if (request == 0 || _asked.Count > 1) return ValueTask.FromResult(target);
            call.Cancellation.Register(() =>
            {
                cancelled = true;
                late.TrySetCanceled(call.Cancellation);
            });
            return new ValueTask<string>(late.Task);
        });
        await get(0, Call.Unbounded);
        _asked.Clear();

        var answer = get(1, Call.Unbounded);
        Assert.Single(_asked);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(_asked[1], await answer);
        Assert.NotEqual(_asked[0], _asked[1]);
        Assert.True(cancelled);
    }

    [Fact]
    public async Task What_may_not_be_done_twice_is_not_hedged()
    {
        var late = new TaskCompletionSource<string>();
        var set = Wrap(Repeatable.No, (target, request, _) =>
            request == 0 ? ValueTask.FromResult(target) : new ValueTask<string>(late.Task));
        await set(0, Call.Unbounded);
        _asked.Clear();

        var answer = set(1, Call.Unbounded);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(_asked);
        late.SetResult("done");

        Assert.Equal("done", await answer);
    }

    [Fact]
    public async Task When_everything_has_become_slow_few_calls_are_hedged()
    {
        var get = Wrap(Repeatable.Yes, async (target, request, _) =>
        {
            if (request > 0) await Task.Delay(TimeSpan.FromMilliseconds(50), _time, CancellationToken.None);
            return target;
        });
        await get(0, Call.Unbounded);
        _asked.Clear();

        for (var i = 0; i < 500; i++)
        {
            var answer = get(1, Call.Unbounded);
            while (!answer.IsCompleted) _time.Advance(TimeSpan.FromMilliseconds(1));
            await answer;
        }

        Assert.InRange(_asked.Count, 501, 500 * 1.2);
    }

    [Fact]
    public async Task All_tries_share_one_deadline()
    {
        var get = Wrap(Repeatable.Yes, (_, _, _) => new ValueTask<string>(new TaskCompletionSource<string>().Task));

        var failed = Fails(get, ErrorCode.DeadlineExceeded);
        _time.Advance(TimeSpan.FromSeconds(5));
        await failed;
    }

    [Fact]
    public async Task Who_gives_up_is_not_served_by_further_tries()
    {
        using var gone = new CancellationTokenSource();
        var get = Wrap(Repeatable.Yes, async (target, _, call) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, call.Cancellation);
            return target;
        });

        var answer = get(1, Call.Until(gone.Token));
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await answer);
        Assert.Single(_asked);
    }

    [Fact]
    public async Task A_call_is_one_span_and_one_measurement_however_many_tries_it_took()
    {
        var spans = new List<Activity>();
        using var parent = new Activity("request").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Spans.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.TraceId == parent.TraceId) spans.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var get = Wrap(Repeatable.Yes, (target, _, _) =>
            _asked.Count == 1 ? throw Unavailable() : ValueTask.FromResult(target));

        await get(1, Call.Unbounded);

        var span = Assert.Single(spans);
        Assert.Equal("test.get", span.OperationName);
        Assert.Equal(parent.SpanId, span.ParentSpanId);
        Assert.Single(_meters.Recorded, one => one.Instrument == "rpc.client.call.duration");
    }

    [Fact]
    public async Task While_nobody_is_there_a_call_waits_for_whoever_takes_the_place()
    {
        var isThere = false;
        var policy = new ClientPolicy { GapMax = TimeSpan.FromSeconds(3) };
        var get = Wrap(
            Repeatable.No, (target, _, _) => isThere ? ValueTask.FromResult(target) : throw Unavailable(), policy);

        var answer = get(1, Call.Unbounded).AsTask();
        for (var i = 0; i < 10; i++) _time.Advance(policy.GapStep);
        Assert.False(answer.IsCompleted);
        isThere = true;
        while (!answer.IsCompleted) _time.Advance(policy.GapStep);
        await answer;

        isThere = false;
        var start = _time.GetTimestamp();
        var failed = Fails(get, ErrorCode.Unavailable);
        while (!failed.IsCompleted) _time.Advance(policy.GapStep);
        await failed;
        Assert.InRange(_time.GetElapsedTime(start), policy.GapMax, policy.GapMax + 10 * policy.GapStep);
    }

    private Service<int, string> Wrap(
        Repeatable repeatable, Send<string, int, string> send, ClientPolicy? policy = null)
    {
        var balancer = new Balancer<string>("test", new(), new BalancerMetrics(_meters), _time, seed: 1);
        balancer.Update([new("a"), new("b"), new("c")], info => info.Id);
        return new ClientStack<string>(balancer, policy ?? new ClientPolicy(), _meters, _time, seed: 1).Wrap<int, string>(
            "test.get", repeatable, (target, request, call) =>
            {
                _asked.Add(target);
                return send(target, request, call);
            });
    }

    private static ServiceException Unavailable() => new(ErrorCode.Unavailable, "not there");

    private static async Task Fails(Service<int, string> service, ErrorCode code, Call call = default)
    {
        var failure = await Assert.ThrowsAsync<ServiceException>(async () => await service(1, call));
        Assert.Equal(code, failure.Code);
    }
}
