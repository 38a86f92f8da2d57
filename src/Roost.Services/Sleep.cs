namespace Roost.Services;

/// <summary>How loops wait for a time that the services' clock tells.</summary>
internal static class Sleep
{
    /// <summary>Longer than a timer may be set for; who waits for a later time looks again.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(7);

    /// <summary>A clock that moves on by less while a timer is set makes it late by nothing that matters.</summary>
    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(50);

    /// <summary>Until a time comes or <paramref name="woken"/> completes, a week at most. May end early: who waits
    /// looks again.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task UntilAsync(DateTimeOffset until, Task woken, TimeProvider time, CancellationToken ct)
    {
        var wait = until - time.GetUtcNow();
        if (wait <= TimeSpan.Zero)
            return;
        var due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Not Task.Delay, which takes whole milliseconds only.
        await using var timer = time.CreateTimer(
            static due => ((TaskCompletionSource)due!).TrySetResult(), due, wait < _longest ? wait : _longest,
            Timeout.InfiniteTimeSpan);
        // The clock may have been set forward before the timer was, which then goes off too late by as much.
        if (wait - (until - time.GetUtcNow()) < _tick)
            await Task.WhenAny(woken, due.Task).WaitAsync(ct);
    }
}
