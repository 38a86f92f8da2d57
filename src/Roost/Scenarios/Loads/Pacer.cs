namespace Roost.Scenarios.Loads;

/// <summary>
/// Lets a load's own thread wait for its next moment. A load that is late does not wait, and counts from the moment
/// that was meant: what a slow answer holds up counts against the answer, not against nobody (coordinated omission).
/// </summary>
internal sealed class Pacer(TimeProvider time, CancellationToken ct)
{
    /// <summary>Waits by the millisecond, without using a core: what is due within the next one comes at its
    /// end.</summary>
    public void WaitRoughly(long timestamp)
    {
        while (time.GetTimestamp() < timestamp)
        {
            ct.ThrowIfCancellationRequested();
            ct.WaitHandle.WaitOne(1);
        }
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>Waits to within a microsecond, by looking at the clock all the time; whoever else wants the core gets
    /// it.</summary>
    public void WaitClosely(long timestamp)
    {
        while (time.GetTimestamp() < timestamp) Thread.Yield();
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>Runs a load on a thread of its own.</summary>
    public static Task<T> OnOwnThread<T>(Func<T> load) => Task.Factory.StartNew(
        load, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
