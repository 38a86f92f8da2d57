namespace Roost.Services;

/// <summary>How far a consumer of a feed has come, and those who wait until it has come further. Thread-safe by one
/// small lock.</summary>
internal sealed class FeedPlace
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiters = new();
    private long _done;

    /// <summary>The last that the consumer is done with.</summary>
    public long Done => Volatile.Read(ref _done);

    /// <summary>The consumer is done with all up to this one.</summary>
    public void Reached(long seq)
    {
        lock (_lock)
        {
            Volatile.Write(ref _done, seq);
            while (_waiters.TryPeek(out var waiter, out var wanted) && wanted <= seq)
            {
                _waiters.Dequeue();
                waiter.TrySetResult();
            }
        }
    }

    /// <summary>Waits until the consumer is done with this one.</summary>
    public async ValueTask WaitAsync(long seq, CancellationToken ct)
    {
        TaskCompletionSource waiter;
        lock (_lock)
        {
            if (_done >= seq)
                return;
            _waiters.Enqueue(waiter = new(TaskCreationOptions.RunContinuationsAsynchronously), seq);
        }
        await waiter.Task.WaitAsync(ct);
    }
}
