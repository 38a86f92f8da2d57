namespace Roost.Rpc.Filters;

/// <summary>
/// Holds a service to its caller's deadline and to a maximum of its own, whichever is earlier. The service sees the
/// earlier one in <see cref="Call.Deadline"/>. When it passes, the caller is answered with
/// <see cref="ErrorCode.DeadlineExceeded"/>, before the service is asked or while it still works.
/// </summary>
/// <remarks>
/// <para>A service still at work is not interrupted: <see cref="Call.Cancellation"/> says that the caller has gone,
/// and a commit that many callers share could not stop for one. Services that wait look at the deadline themselves.
/// How long after it they end, and how, is reported as <c>roost.rpc.call.overrun</c>. Keep concurrency limits inside
/// this filter, so that an abandoned call keeps its place until it really ends.</para>
/// <para>Costs one look at the clock; a timer is set only for replies that are not there at once.</para>
/// </remarks>
public sealed class DeadlineFilter
{
    // Timers of the platform take no more than 2^32 - 2 ms (49.7 days); who waits longer is not told by a timer.
    private static readonly TimeSpan _timerMax = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly string _method;
    private readonly TimeSpan _timeoutMax;
    private readonly RpcMetrics _metrics;
    private readonly TimeProvider _time;

    /// <summary>A filter for one method.</summary>
    /// <param name="method">Service and method, as in <c>posts.create</c>: errors name it.</param>
    /// <param name="timeoutMax">
    /// More than zero; <see cref="Timeout.InfiniteTimeSpan"/>: only the caller's deadline counts.
    /// </param>
    public DeadlineFilter(string method, TimeSpan timeoutMax, RpcMetrics metrics, TimeProvider time)
    {
        if (timeoutMax <= TimeSpan.Zero && timeoutMax != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(
                nameof(timeoutMax), timeoutMax, "A timeout is more than zero, or infinite.");
        _method = method;
        _timeoutMax = timeoutMax;
        _metrics = metrics;
        _time = time;
    }

    /// <summary>A <see cref="Filter{TRequest, TReply}"/>.</summary>
    public Service<TRequest, TReply> Apply<TRequest, TReply>(Service<TRequest, TReply> next)
    {
        return Invoke;

        ValueTask<TReply> Invoke(TRequest request, Call call)
        {
            var start = _time.GetTimestamp();
            if (call.Deadline.HasPassed(start)) ThrowPassed(call.Deadline, start);
            var deadline = Shorten(call.Deadline, start);
            var reply = next(request, new Call(deadline, call.Cancellation));
            return reply.IsCompleted || deadline.IsNone ? reply : AwaitAsync(reply, deadline, start);
        }
    }

    private Deadline Shorten(Deadline callers, long now) =>
        _timeoutMax == Timeout.InfiniteTimeSpan
            ? callers
            : Deadline.Earlier(callers, Deadline.After(_timeoutMax, _time, now));

    private async ValueTask<TReply> AwaitAsync<TReply>(ValueTask<TReply> reply, Deadline deadline, long start)
    {
        var remaining = deadline.Remaining(_time);
        if (remaining > _timerMax) return await reply;
        var task = reply.AsTask();
        // Not thrown here but looked at below: the service may fail with a TimeoutException of its own, and may have
        // answered at the last moment after all.
        await ((Task)task).WaitAsync(remaining, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsCompleted) return await task;

        _ = ReportOverrunAsync(task, deadline);
        var allowed = deadline.Remaining(_time, start);
        throw new ServiceException(
            ErrorCode.DeadlineExceeded,
            $"{_method} did not answer within {allowed.TotalMilliseconds:0.#} ms. " +
            "Whether it was done is not known: look before you try again.");
    }

    /// <summary>
    /// Waits for what nobody waits for any more. Never throws: the outcome, failures included, goes to the metric.
    /// </summary>
    private async Task ReportOverrunAsync(Task abandoned, Deadline deadline)
    {
        await abandoned.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var failure = abandoned.IsCanceled ? new OperationCanceledException() : abandoned.Exception?.InnerException;
        _metrics.AbandonedCallEnded(_method, deadline.Overrun(_time, _time.GetTimestamp()), failure);
    }

    private void ThrowPassed(Deadline deadline, long now)
    {
        var late = deadline.Overrun(_time, now);
        throw new ServiceException(
            ErrorCode.DeadlineExceeded,
            $"{_method} was not started: the deadline had passed {late.TotalMilliseconds:0.#} ms before. " +
            "Try again and allow more time.");
    }
}
