namespace Roost.Tests;

/// <summary>The time of a clock, but timers of the machine: for what asks somebody again and again, or waits for what
/// is outside of the process, while a test's clock stands still or goes on by a month.</summary>
/// <param name="max">Longer timers are the clock's; null: all are the machine's.</param>
internal sealed class RealTimers(TimeProvider clock, TimeSpan? max = null) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        max is { } longest && dueTime > longest
            ? clock.CreateTimer(callback, state, dueTime, period)
            : base.CreateTimer(callback, state, dueTime, period);
}
