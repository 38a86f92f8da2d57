namespace Roost.Tests;

/// <summary>The time of a clock, but timers of the machine: for what asks somebody again and again, or waits for what
/// is outside of the process, while a test's clock stands still or goes on by a month.</summary>
internal sealed class RealTimers(TimeProvider clock) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();
}
