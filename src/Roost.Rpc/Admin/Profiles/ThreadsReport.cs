using System.Diagnostics;

namespace Roost.Rpc.Admin.Profiles;

/// <summary>The threads of the process, and the pool that runs nearly all of its work.</summary>
internal sealed record ThreadsReport(PoolFigures Pool, IReadOnlyList<ThreadFigures> Threads)
{
    /// <summary>As they are now. A thread that ends meanwhile is left out.</summary>
    public static ThreadsReport Take()
    {
        ThreadPool.GetMinThreads(out var least, out _);
        ThreadPool.GetMaxThreads(out var most, out _);
        using var process = Process.GetCurrentProcess();
        return new ThreadsReport(
            new PoolFigures(
                ThreadPool.ThreadCount, least, most, ThreadPool.PendingWorkItemCount,
                ThreadPool.CompletedWorkItemCount, Monitor.LockContentionCount, Timer.ActiveCount),
            [
                .. process.Threads.Cast<ProcessThread>().Select(FiguresOf).OfType<ThreadFigures>()
                    .OrderByDescending(thread => thread.CpuSeconds),
            ]);
    }

    private static ThreadFigures? FiguresOf(ProcessThread thread)
    {
        try
        {
            return new ThreadFigures(
                thread.Id, NameOf(thread.Id), thread.ThreadState.ToString().ToLowerInvariant(),
                thread.TotalProcessorTime.TotalSeconds);
        }
        catch (Exception gone) when (gone is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>As the system has it, where it tells; .NET gives threads names there of at most 15 letters.</summary>
    private static string NameOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/self/task/{id}/comm").Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }
}

/// <summary>The thread pool.</summary>
/// <param name="Least">Threads that it makes without waiting.</param>
/// <param name="Waiting">Pieces of work that no thread has taken yet.</param>
/// <param name="Done">Pieces of work since the process began.</param>
/// <param name="Contentions">Locks that were waited for, by any thread, since then.</param>
internal sealed record PoolFigures(
    int Threads, int Least, int Most, long Waiting, long Done, long Contentions, long Timers);

/// <summary>A thread of the system, managed or not.</summary>
/// <param name="State">As <see cref="System.Diagnostics.ThreadState"/>: <c>wait</c>, <c>running</c>.</param>
internal sealed record ThreadFigures(int Id, string Name, string State, double CpuSeconds);
