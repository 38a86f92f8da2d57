using Roost.Rpc;

namespace Roost.Services.Search;

/// <summary>
/// The replicas of one shard as one. A question goes to one of them, in turn; when it has not answered in time, to the
/// next as well, and the first answer counts; when one fails, to the next at once.
/// </summary>
internal sealed class Replicas<TRequest, TReply>(
    IReadOnlyList<Service<TRequest, TReply>> replicas, TimeSpan hedgeAfter, TimeProvider time)
{
    private int _turn;

    /// <exception cref="ServiceException">All have failed: what the last one said.</exception>
    public async ValueTask<TReply> AskAsync(TRequest request, Call call)
    {
        var first = Interlocked.Increment(ref _turn) & int.MaxValue;
        if (replicas.Count == 1)
            return await replicas[0](request, call);
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(call.Cancellation);
        var asked = new List<Task<TReply>>(replicas.Count);
        var inner = call with { Cancellation = losers.Token };
        while (true)
        {
            if (asked.Count < replicas.Count)
                asked.Add(AskOneAsync(replicas[(first + asked.Count) % replicas.Count], request, inner));
            var answered = await FirstAsync(asked, asked.Count < replicas.Count, losers.Token);
            if (answered is null)
                continue;
            if (answered.IsCompletedSuccessfully)
            {
                await losers.CancelAsync();
                return await answered;
            }
            if (asked.Count == replicas.Count && asked.TrueForAll(one => one.IsCompleted))
                return await answered;
        }
    }

    /// <summary>A failure is the task's, also where the service throws at once.</summary>
    private static async Task<TReply> AskOneAsync(Service<TRequest, TReply> replica, TRequest request, Call call) =>
        await replica(request, call);

    /// <summary>Waits until one has succeeded, or all have ended, or it is time to ask another: then null.</summary>
    private async Task<Task<TReply>?> FirstAsync(List<Task<TReply>> asked, bool hasMore, CancellationToken ct)
    {
        var waiting = asked.FindAll(one => !one.IsCompleted || one.IsCompletedSuccessfully);
        if (waiting.Count == 0)
            return hasMore ? null : asked[^1];
        var any = Task.WhenAny(waiting);
        if (!hasMore)
            return await any;
        var late = Task.Delay(hedgeAfter, time, ct);
        return await Task.WhenAny(any, late) == late ? null : await any is { IsFaulted: true } ? null : await any;
    }
}
