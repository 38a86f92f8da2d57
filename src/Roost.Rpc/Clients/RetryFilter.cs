using Roost.Rpc.Balancing;

namespace Roost.Rpc.Clients;

/// <summary>
/// Tries again what failed, where that cannot do the work twice: what was certainly not done, and for methods that may
/// be repeated also what an unreachable instance may have done. Never beyond the deadline, nor beyond the budget; but
/// while nobody can be reached, and another may soon take the place, slowly for <see cref="ClientPolicy.GapMax"/>.
/// </summary>
internal sealed class RetryFilter(
    string method, ClientPolicy policy, Repeatable repeatable, RetryBudget budget, ClientMetrics metrics,
    TimeProvider time, AtomicRandom random)
{
    public Attempt<TRequest, TReply> Apply<TRequest, TReply>(Attempt<TRequest, TReply> next)
    {
        return Invoke;

        ValueTask<TReply> Invoke(TRequest request, Call call, Tries tries)
        {
            budget.PayIn();
            var reply = TryOnce(next, request, call, tries);
            return reply.IsCompletedSuccessfully ? reply : AwaitAsync(reply, request, call, tries);
        }

        async ValueTask<TReply> AwaitAsync(ValueTask<TReply> reply, TRequest request, Call call, Tries tries)
        {
            var began = time.GetTimestamp();
            for (var made = 1; ; made++)
            {
                try
                {
                    return await reply;
                }
                catch (ServiceException error) when (MayRetry(error, made) || MayWait(error, began))
                {
                    var waits = MayWait(error, began) && made > 1;
                    var backoff = waits ? policy.GapStep : Backoff(made);
                    if (!call.Deadline.IsNone && call.Deadline.Remaining(time) <= backoff) throw;
                    if (!waits && !budget.TryTake())
                    {
                        metrics.OverBudget(method);
                        throw;
                    }
                    metrics.Retried(method, error);
                    if (backoff > TimeSpan.Zero) await Task.Delay(backoff, time, call.Cancellation);
                }
                reply = TryOnce(next, request, call, tries);
            }
        }
    }

    // What is thrown at once and what comes later are the same to who retries.
    private static ValueTask<TReply> TryOnce<TRequest, TReply>(
        Attempt<TRequest, TReply> next, TRequest request, Call call, Tries tries)
    {
        try
        {
            return next(request, call, tries);
        }
        catch (ServiceException error)
        {
            return ValueTask.FromException<TReply>(error);
        }
    }

    private bool MayRetry(ServiceException error, int made) =>
        made < policy.TriesMax
        && (error.CanRetry || repeatable == Repeatable.Yes && error.Code == ErrorCode.Unavailable);

    private bool MayWait(ServiceException error, long began) =>
        policy.GapMax > TimeSpan.Zero
        && error.Code == ErrorCode.Unavailable && (error.CanRetry || repeatable == Repeatable.Yes)
        && time.GetElapsedTime(began) < policy.GapMax;

    private TimeSpan Backoff(int made)
    {
        if (made == 1) return TimeSpan.Zero;
        var chance = 0.5 + (random.Next() >> 40) / (double)(1 << 24);
        return policy.Backoff * Math.Pow(2, made - 2) * chance;
    }
}
