using System.Runtime.InteropServices;

namespace Roost.Engine.Memory;

/// <summary>Tells the kernel how memory is going to be used (madvise). Advice only: where it is not taken, and on other
/// systems than Linux, all works as it would without.</summary>
public static unsafe partial class PageAdvice
{
    // Linux, include/uapi/asm-generic/mman-common.h: the same numbers on all architectures that .NET runs on.
    private const int DontNeed = 4;
    private const int HugePage = 14;

    /// <summary>Lets the system have back what is mapped from a file, and read it again when it is asked for, or what
    /// is no file's, which is zeros then. What was written there is lost.</summary>
    /// <param name="address">Where a page begins.</param>
    /// <param name="bytes">Whole pages of it are given back.</param>
    /// <returns>How many bytes were; 0 where the system knows no such advice.</returns>
    public static long GiveBack(void* address, long bytes)
    {
        var whole = bytes / Environment.SystemPageSize * Environment.SystemPageSize;
        Advise(address, whole, DontNeed);
        return OperatingSystem.IsLinux() ? whole : 0;
    }

    internal static void UseHugePages(void* address, long bytes) => Advise(address, bytes, HugePage);

    private static void Advise(void* address, long bytes, int advice)
    {
        if (OperatingSystem.IsLinux())
            _ = Advise(address, (nuint)bytes, advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint bytes, int advice);
}
