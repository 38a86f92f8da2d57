using System.Runtime.InteropServices;

namespace Roost.Engine.Inboxes;

/// <summary>
/// Native memory in large pieces within a budget, freed all at once. The kernel is asked to back it by huge pages: an
/// arena of gigabytes is written at random, and with pages of 4 KB most writes would also miss the TLB, which more than
/// doubles their time. Not thread-safe.
/// </summary>
internal sealed unsafe partial class NativeSlabs(long bytesMax) : IDisposable
{
    /// <summary>Size of a huge page on x86-64 and ARM64 with 4 KB pages; smaller pieces cannot have one.</summary>
    public const int HugePageBytes = 2 << 20;

    private const int PageBytes = 4_096;

    /// <summary>
    /// MADV_HUGEPAGE, Linux, include/uapi/asm-generic/mman-common.h: the same number on all architectures that .NET
    /// runs on.
    /// </summary>
    private const int AdviseHugePage = 14;

    private readonly List<nint> _slabs = [];
    private long _bytes;

    ~NativeSlabs() => Free();

    public long BytesMax => bytesMax;

    /// <summary>Bytes asked of the system so far. Any thread.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Bytes of the budget that are kept back for one purpose, until they are taken for it.</summary>
    public long BytesReserved { get; set; }

    /// <summary>What is left of the budget, in bytes; negative when more was taken.</summary>
    public long BytesLeft => bytesMax - Bytes - BytesReserved;

    /// <summary>
    /// A piece of memory, aligned to a huge page if it is that long, else to a page. Not cleared. The caller minds the
    /// budget.
    /// </summary>
    /// <exception cref="OutOfMemoryException">The system has none.</exception>
    public byte* Take(long bytes)
    {
        var huge = bytes >= HugePageBytes;
        var slab = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, huge ? (nuint)HugePageBytes : PageBytes);
        _slabs.Add((nint)slab);
        Interlocked.Add(ref _bytes, bytes);
        // Advice only: without huge pages (an old kernel, "never" in /sys/kernel/mm/transparent_hugepage) all works,
        // but slower.
        if (huge && OperatingSystem.IsLinux())
            _ = Advise(slab, (nuint)bytes, AdviseHugePage);
        return slab;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        foreach (var slab in _slabs)
            NativeMemory.AlignedFree((void*)slab);
        _slabs.Clear();
        Interlocked.Exchange(ref _bytes, 0);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint bytes, int advice);
}
