namespace Roost.Services;

/// <summary>How loops wait for a time that the services' clock tells.</summary>
internal static class Sleep
{
    /// <summary>Longer than a timer may be set for; who waits for a later time looks again.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(7);

    /// <summary>Until a time comes or <paramref name="woken"/> completes, a week at most. May end early: who waits
    /// looks again.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task UntilAsync(DateTimeOffset until, Task woken, TimeProvider time, CancellationToken ct)
    {
        var wait = until - time.GetUtcNow();
        if (wait <= TimeSpan.Zero)
            return;
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var timer = Task.Delay(wait < _longest ? wait : _longest, time, awake.Token);
        // The clock may have moved on before the timer was set.
        if (time.GetUtcNow() < until)
            await Task.WhenAny(woken, timer);
        await awake.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }
}
