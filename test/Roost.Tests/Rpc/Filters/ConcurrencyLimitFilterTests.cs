using System.Threading.Channels;
using Roost.Rpc;
using Roost.Rpc.Filters;
using Xunit;

namespace Roost.Tests.Rpc.Filters;

public sealed class ConcurrencyLimitFilterTests
{
    private readonly FakeTime _time = new();
    // Calls that have reached the service. A channel, since the semaphore wakes waiters on other threads.
    private readonly Channel<Started> _started = Channel.CreateUnbounded<Started>();
    private readonly Service<int, int> _service;

    public ConcurrencyLimitFilterTests()
    {
        Service<int, int> service = (request, _) =>
        {
            var started = new Started(request, new TaskCompletionSource<int>());
            Assert.True(_started.Writer.TryWrite(started));
            return new ValueTask<int>(started.Answer.Task);
        };
        _service = service.With(new ConcurrencyLimitFilter("test.work", atWorkMax: 2, waitingMax: 2, _time).Apply);
    }

    [Fact]
    public async Task Calls_beyond_those_at_work_wait_in_order_and_one_more_is_refused()
    {
        var calls = Enumerable.Range(0, 4).Select(i => CallAsync(i)).ToArray();

        var error = await Assert.ThrowsAsync<ServiceException>(() => CallAsync(4));

        Assert.Equal(ErrorCode.Overloaded, error.Code);
        Assert.True(error.CanRetry);
        Assert.Contains("test.work is overloaded: 2 calls at work, 2 waiting", error.Message, StringComparison.Ordinal);
        var atWork = new Queue<Started>([await NextStartedAsync(), await NextStartedAsync()]);
        AssertNoneStarted();
        for (var i = 0; i < 4; i++)
        {
            var (request, answer) = atWork.Dequeue();
            Assert.Equal(i, request);
            answer.SetResult(i * 10);
            Assert.Equal(i * 10, await calls[i]);
            if (i < 2) atWork.Enqueue(await NextStartedAsync());
            AssertNoneStarted();
        }
    }

    [Fact]
    public async Task A_failed_call_gives_its_place_back_whether_it_throws_at_once_or_later()
    {
        var limit = new ConcurrencyLimitFilter("test.work", atWorkMax: 1, waitingMax: 0, _time);
        Service<bool, int> failing = async (later, _) =>
        {
            if (later) await Task.Yield();
            throw new ServiceException(ErrorCode.Invalid, "no");
        };
        Service<bool, int> throwing = (_, _) => throw new ServiceException(ErrorCode.Invalid, "no");

        for (var i = 0; i < 5; i++)
        {
            foreach (var (service, later) in new[] { (failing, false), (failing, true), (throwing, false) })
            {
                var error = await Assert.ThrowsAsync<ServiceException>(
                    async () => await service.With(limit.Apply)(later, Call.Unbounded));
                Assert.Equal(ErrorCode.Invalid, error.Code);
            }
        }
    }

    [Fact]
    public async Task Waiting_ends_with_the_deadline_and_frees_the_queue()
    {
        await FillAsync();
        var waiting = CallAsync(2, Deadline.After(TimeSpan.FromMilliseconds(100), _time));

        _time.Advance(TimeSpan.FromMilliseconds(100));

        var error = await Assert.ThrowsAsync<ServiceException>(() => waiting);
        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        Assert.Contains("100 ms passed without a place among its 2", error.Message, StringComparison.Ordinal);
        var third = CallAsync(3);
        var fourth = CallAsync(4);
        Assert.False(third.IsCompleted || fourth.IsCompleted);
        AssertNoneStarted();
    }

    [Fact]
    public async Task Waiting_ends_when_the_caller_has_gone()
    {
        await FillAsync();
        using var caller = new CancellationTokenSource();
        var withoutDeadline = Wrapped(new Call(Deadline.None, caller.Token));
        var withDeadline = Wrapped(new Call(Deadline.After(TimeSpan.FromSeconds(1), _time), caller.Token));

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => withoutDeadline);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => withDeadline);
        AssertNoneStarted();

        async Task<int> Wrapped(Call call) => await _service(9, call);
    }

    [Fact]
    public async Task Never_more_are_at_work_than_allowed_whatever_the_threads_do()
    {
        const int callers = 16;
        var atWork = 0;
        var atWorkMost = 0;
        Service<int, int> service = async (request, _) =>
        {
            var now = Interlocked.Increment(ref atWork);
            InterlockedMax(ref atWorkMost, now);
            if (request % 3 == 0) await Task.Yield();
            Interlocked.Decrement(ref atWork);
            return request;
        };
        var limited = service.With(new ConcurrencyLimitFilter("test.work", 3, callers, _time).Apply);

        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 1_000; i++) Assert.Equal(i, await limited(i, Call.Unbounded));
        })));

        Assert.Equal(0, atWork);
        Assert.InRange(atWorkMost, 1, 3);
    }

    [Fact]
    public void Limits_that_let_nobody_in_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConcurrencyLimitFilter("x", 0, 1, _time));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConcurrencyLimitFilter("x", 1, -1, _time));
    }

    private Task<int> CallAsync(int request) => CallAsync(request, Deadline.None);

    private async Task<int> CallAsync(int request, Deadline deadline) =>
        await _service(request, new Call(deadline, TestContext.Current.CancellationToken));

    /// <summary>Takes both places.</summary>
    private async Task FillAsync()
    {
        _ = CallAsync(0);
        _ = CallAsync(1);
        await NextStartedAsync();
        await NextStartedAsync();
    }

    private async Task<Started> NextStartedAsync() =>
        await _started.Reader.ReadAsync(TestContext.Current.CancellationToken);

    private void AssertNoneStarted() =>
        Assert.False(_started.Reader.TryPeek(out _), "More calls than allowed have started.");

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen; seen = Volatile.Read(ref target))
            if (Interlocked.CompareExchange(ref target, value, seen) == seen) return;
    }

    private sealed record Started(int Request, TaskCompletionSource<int> Answer);
}
