using System.Runtime.InteropServices;

namespace Roost.Cluster;

/// <summary>What a process of Unix can be told from outside.</summary>
internal enum Signal
{
    /// <summary>SIGINT: PostgreSQL ends its connections and stops.</summary>
    Interrupt = 2,
    /// <summary>SIGQUIT: PostgreSQL stops at once, as in a crash.</summary>
    Quit = 3,
    /// <summary>SIGKILL: it ends at once, without knowing.</summary>
    Kill = 9,
    /// <summary>SIGTERM: answer what has begun, then stop.</summary>
    Terminate = 15,
    /// <summary>SIGCONT: go on after <see cref="Stop"/>. The number is Linux's, as is that one's.</summary>
    Continue = 18,
    /// <summary>SIGSTOP: it does nothing any more, and its connections stay open.</summary>
    Stop = 19,
}

internal static partial class Signals
{
    /// <returns>False when there is no such process any more, or it is somebody else's.</returns>
    public static bool Send(int process, Signal signal) => Kill(process, NumberOf(signal)) == 0;

    private static int NumberOf(Signal signal) => signal switch
    {
        Signal.Stop when OperatingSystem.IsMacOS() => 17,
        Signal.Continue when OperatingSystem.IsMacOS() => 19,
        _ => (int)signal,
    };

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
