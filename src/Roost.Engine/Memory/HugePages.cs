using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Roost.Engine.Memory;

/// <summary>
/// Asks the kernel to back memory by huge pages. What is read or written at random over hundreds of megabytes would,
/// with pages of 4 KB, also miss the TLB at most accesses, which more than doubles their time.
/// </summary>
internal static unsafe class HugePages
{
    /// <summary>Size of a huge page on x86-64 and ARM64 with 4 KB pages; smaller pieces cannot have one.</summary>
    public const int Bytes = 2 << 20;

    /// <summary>An array that, when it is large, does not move and lies on huge pages where there are any.</summary>
    /// <param name="isCleared">Whether it is full of zeros; else of anything.</param>
    public static T[] NewArray<T>(int length, bool isCleared)
        where T : unmanaged
    {
        var bytes = (long)length * sizeof(T);
        var isLarge = bytes >= Bytes;
        var array = isCleared
            ? GC.AllocateArray<T>(length, pinned: isLarge)
            : GC.AllocateUninitializedArray<T>(length, pinned: isLarge);
        if (isLarge)
            Advise(Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)), bytes);
        return array;
    }

    /// <summary>
    /// Advice only, best given before the memory is first touched: without huge pages (an old kernel, "never" in
    /// /sys/kernel/mm/transparent_hugepage, another system) all works, but slower.
    /// </summary>
    /// <param name="address">The huge pages that lie within are asked for; less than one is left alone.</param>
    public static void Advise(void* address, long bytes)
    {
        var from = ((nint)address + Bytes - 1) & ~((nint)Bytes - 1);
        var to = ((nint)address + (nint)bytes) & ~((nint)Bytes - 1);
        if (to > from)
            PageAdvice.UseHugePages((void*)from, to - from);
    }
}
