using Roost.Rpc;

namespace Roost.Services;

/// <summary>How feeds are told to processes elsewhere: batch by batch, to who asks again and again.</summary>
internal static class LongPoll
{
    /// <summary>What an asker waits at a time: longer would keep a service that stops waiting.</summary>
    public static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan _waitMax = TimeSpan.FromSeconds(3);

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is not 0 to 3 s.</exception>
    public static void Require(TimeSpan wait)
    {
        if (wait < TimeSpan.Zero || wait > _waitMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"One waits 0 to {_waitMax.TotalSeconds:0} s for events, not {wait}.");
        }
    }

    /// <summary>Waits for the ring of a <see cref="Bell"/>, or until the wait is over: then is the time to look
    /// again.</summary>
    public static async Task UntilAsync(Task rung, TimeSpan wait, TimeProvider time, CancellationToken ct)
    {
        await rung.WaitAsync(wait, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>The first batch of a feed, as soon as there is one, or nothing once the wait is over.</summary>
    /// <param name="take">Makes the reply while the batch is the reader's.</param>
    /// <param name="wait">Above 0: what is there already takes a moment, too.</param>
    public static async ValueTask<TReply?> FirstAsync<TBatch, TReply>(
        Func<CancellationToken, IAsyncEnumerable<TBatch>> feed, Func<TBatch, TReply> take, TimeSpan wait,
        TimeProvider time, CancellationToken ct) where TReply : class
    {
        if (wait == TimeSpan.Zero) throw new ServiceException(ErrorCode.Invalid, "A wait for a batch is above 0.");
        Require(wait);
        using var over = new CancellationTokenSource(wait, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(over.Token, ct);
        try
        {
            await foreach (var batch in feed(end.Token).WithCancellation(end.Token)) return take(batch);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Nothing has come.
        }
        return null;
    }
}
