namespace Roost.Rpc.Filters;

/// <summary>
/// At most so many calls at work in a service and so many more waiting, first come first served; the next one is
/// refused at once with <see cref="ErrorCode.Overloaded"/>, which costs little and tells clients to come back later.
/// So a service that has become slow holds a bounded part of the process, and its callers hear of it while they still
/// wait.
/// </summary>
/// <remarks>
/// One instance counts all services that it is applied to together. Waiting ends with the call's deadline or
/// cancellation too.
/// </remarks>
public sealed class ConcurrencyLimitFilter
{
    private readonly string _method;
    private readonly int _atWorkMax;
    private readonly int _waitingMax;
    private readonly TimeProvider _time;

    private readonly Places _places;

    /// <summary>A filter for one method.</summary>
    /// <param name="method">Service and method, as in <c>posts.create</c>: errors name it.</param>
    /// <param name="atWorkMax">Calls in the service at a time, 1 or more.</param>
    /// <param name="waitingMax">Calls that wait for a place, 0 or more.</param>
    public ConcurrencyLimitFilter(string method, int atWorkMax, int waitingMax, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atWorkMax, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(waitingMax);
        _method = method;
        _atWorkMax = atWorkMax;
        _waitingMax = waitingMax;
        _time = time;
        _places = new Places(atWorkMax, waitingMax);
    }

    /// <summary>Calls in the service now.</summary>
    internal int AtWork => _places.Taken;

    /// <summary>Calls that wait for a place now.</summary>
    internal int Waiting => _places.Waiting;

    /// <summary>A <see cref="Filter{TRequest, TReply}"/>.</summary>
    public Service<TRequest, TReply> Apply<TRequest, TReply>(Service<TRequest, TReply> next)
    {
        return Invoke;

        ValueTask<TReply> Invoke(TRequest request, Call call)
        {
            var arrival = _places.Arrive();
            if (arrival != Arrival.HasPlace) return WaitAndInvokeAsync(arrival, request, call);
            ValueTask<TReply> reply;
            try
            {
                reply = next(request, call);
            }
            catch
            {
                _places.Leave();
                throw;
            }
            if (!reply.IsCompleted) return AwaitAndReleaseAsync(reply);
            _places.Leave();
            return reply;
        }

        async ValueTask<TReply> WaitAndInvokeAsync(Arrival arrival, TRequest request, Call call)
        {
            if (arrival == Arrival.IsRefused) ThrowOverloaded();
            try
            {
                await WaitForPlaceAsync(call);
            }
            catch
            {
                await _places.GiveUpAsync();
                throw;
            }
            try
            {
                return await next(request, call);
            }
            finally
            {
                _places.Leave();
            }
        }
    }

    private async ValueTask<TReply> AwaitAndReleaseAsync<TReply>(ValueTask<TReply> reply)
    {
        try
        {
            return await reply;
        }
        finally
        {
            _places.Leave();
        }
    }

    private void ThrowOverloaded() => throw new ServiceException(
        ErrorCode.Overloaded,
        $"{_method} is overloaded: {_atWorkMax} calls at work, {_waitingMax} waiting. Try again later.");

    private async Task WaitForPlaceAsync(Call call)
    {
        if (call.Deadline.IsNone)
        {
            await _places.WaitAsync(call.Cancellation);
            return;
        }
        var remaining = call.Deadline.Remaining(_time);
        // The semaphore's own timeout would run on the system's clock, not on ours.
        using var timeout = new CancellationTokenSource(Clamp(remaining), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, call.Cancellation);
        try
        {
            await _places.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!call.Cancellation.IsCancellationRequested)
        {
            throw new ServiceException(
                ErrorCode.DeadlineExceeded,
                $"{_method} was not started: {remaining.TotalMilliseconds:0.#} ms passed without a place among " +
                $"its {_atWorkMax}. Try again later.");
        }
    }

    /// <summary>
    /// Timers of the platform take no more than 2^32 - 2 ms; whoever waits 49 days may as well ask again.
    /// </summary>
    private static TimeSpan Clamp(TimeSpan timeout)
    {
        var max = TimeSpan.FromMilliseconds(uint.MaxValue - 1);
        return timeout < max ? timeout : max;
    }
}
