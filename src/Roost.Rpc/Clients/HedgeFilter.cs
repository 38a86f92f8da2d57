using Roost.Rpc.Balancing;

namespace Roost.Rpc.Clients;

/// <summary>
/// Sends a call to a second instance when the first is later than nearly all answers are, and takes the answer that
/// comes first; the other call is cancelled. One slow instance then costs its callers the delay, not its slowness. For
/// methods that may be repeated only.
/// </summary>
internal sealed class HedgeFilter(
    string method, ClientPolicy policy, RetryBudget budget, ClientMetrics metrics, TimeProvider time)
{
    // A call that was overtaken counts by the time it had taken until then: it was above the quantile, which is all
    // that the estimate wants to know.
    private readonly QuantileEstimate _late = new(policy.HedgeQuantile);

    public Attempt<TRequest, TReply> Apply<TRequest, TReply>(Attempt<TRequest, TReply> next)
    {
        return InvokeAsync;

        async ValueTask<TReply> InvokeAsync(TRequest request, Call call, Tries tries)
        {
            budget.PayIn();
            var start = time.GetTimestamp();
            using var overtaken = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation);
            var linked = call with { Cancellation = overtaken.Token };
            var reply = next(request, linked, tries);
            if (reply.IsCompletedSuccessfully)
            {
                _late.Add(ElapsedSeconds(start));
                return reply.Result;
            }
            var first = reply.AsTask();
            var delay = Delay();
            if (delay is { } wait)
                await ((Task)first).WaitAsync(wait, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (delay is null || first.IsCompleted || call.Cancellation.IsCancellationRequested || !MayHedge())
            {
                var answer = await first;
                _late.Add(ElapsedSeconds(start));
                return answer;
            }
            metrics.Hedged(method);
            var second = SecondAsync(request, linked, tries);
            var winner = await FirstAnswerAsync(first, second);
            _late.Add(ElapsedSeconds(start));
            await overtaken.CancelAsync();
            Forget(winner == first ? second : first);
            return await winner;
        }

        async Task<TReply> SecondAsync(TRequest request, Call call, Tries tries) => await next(request, call, tries);
    }

    /// <summary>Null while nothing is known of the method.</summary>
    private TimeSpan? Delay()
    {
        var late = _late.Value;
        if (late <= 0) return null;
        var delay = TimeSpan.FromSeconds(late);
        return delay > policy.HedgeDelayMin ? delay : policy.HedgeDelayMin;
    }

    private bool MayHedge()
    {
        if (budget.TryTake()) return true;
        metrics.OverBudget(method);
        return false;
    }

    /// <summary>The first that succeeded; when both failed, the one that failed last.</summary>
    private static async Task<Task<TReply>> FirstAnswerAsync<TReply>(Task<TReply> first, Task<TReply> second)
    {
        var ended = await Task.WhenAny(first, second);
        if (ended.IsCompletedSuccessfully) return ended;
        var other = ended == first ? second : first;
        await ((Task)other).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Forget(ended);
        return other;
    }

    // Its failure is nobody's concern any more, but has to be looked at once so that it is not reported as unobserved.
    private static void Forget(Task overtaken) => _ = overtaken.ContinueWith(
        static ended => ended.Exception, CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private double ElapsedSeconds(long start) => Math.Max(1e-9, time.GetElapsedTime(start).TotalSeconds);
}
