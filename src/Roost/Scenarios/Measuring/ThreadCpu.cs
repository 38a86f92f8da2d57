using System.Globalization;

namespace Roost.Scenarios.Measuring;

/// <summary>What the calling thread has used of the processors. Linux says it to a hundredth of a second.</summary>
internal static class ThreadCpu
{
    private const string Stat = "/proc/thread-self/stat";
    private const int TicksPerSecond = 100;

    /// <summary>Null on systems that do not tell in the way of Linux.</summary>
    public static TimeSpan? Used()
    {
        if (!File.Exists(Stat)) return null;
        var text = File.ReadAllText(Stat);
        // proc_pid_stat(5): the name, in parentheses, may hold anything; utime and stime are fields 14 and 15.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture)
            + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
    }
}
