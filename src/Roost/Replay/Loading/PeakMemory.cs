using System.Diagnostics;

namespace Roost.Replay.Loading;

internal static class PeakMemory
{
    /// <summary>The largest resident set that this process has had, in bytes.</summary>
    public static long Bytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
