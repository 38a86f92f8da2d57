namespace Roost.Services;

/// <summary>
/// Tells those who have read as far as there is that there is more. Who waits asks for <see cref="Next"/> first and
/// looks again after that; who adds makes it visible first and rings after. Both are full fences, so one of the two
/// sees
/// the other. Any number may wait; thread-safe, no locks.
/// </summary>
internal sealed class Bell
{
    private TaskCompletionSource? _next;

    /// <summary>Completes with the next ring. Nobody's code runs on the thread that rings.</summary>
    public Task Next()
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _next, mine, null) ?? mine).Task;
    }

    public void Ring() => Interlocked.Exchange(ref _next, null)?.TrySetResult();
}
