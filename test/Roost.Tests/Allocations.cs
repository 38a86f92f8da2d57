namespace Roost.Tests;

/// <summary>Measures what code allocates when it is warm.</summary>
internal static class Allocations
{
    private const int Attempts = 20;

    /// <summary>
    /// The fewest managed bytes that a run of <paramref name="work"/> allocated on this thread. The runtime itself
    /// allocates on a thread now and then (loading a type, replacing compiled code by better), never on every run.
    /// </summary>
    public static long Least(Action work)
    {
        var least = long.MaxValue;
        for (var attempt = 0; attempt < Attempts && least > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
