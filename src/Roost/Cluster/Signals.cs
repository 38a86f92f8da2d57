using System.Runtime.InteropServices;

namespace Roost.Cluster;

/// <summary>What a process of Unix can be told from outside.</summary>
internal enum Signal
{
    /// <summary>SIGINT: PostgreSQL ends its connections and stops.</summary>
    Interrupt = 2,
    /// <summary>SIGQUIT: PostgreSQL stops at once, as in a crash.</summary>
    Quit = 3,
    /// <summary>SIGTERM: answer what has begun, then stop.</summary>
    Terminate = 15,
}

internal static partial class Signals
{
    /// <returns>False when there is no such process any more, or it is somebody else's.</returns>
    public static bool Send(int process, Signal signal) => Kill(process, (int)signal) == 0;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
