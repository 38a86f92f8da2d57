namespace Roost.Services.Notifications;

/// <summary>How far a feed is done with, and those who wait for it to be further. Thread-safe.</summary>
internal sealed class FeedProgress
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiters = new();
    private long _done;

    public long Done => Volatile.Read(ref _done);

    public void Reach(long seq)
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

    public Task WaitAsync(long seq, CancellationToken ct)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_done >= seq)
                return Task.CompletedTask;
            _waiters.Enqueue(waiter, seq);
        }
        return waiter.Task.WaitAsync(ct);
    }
}
