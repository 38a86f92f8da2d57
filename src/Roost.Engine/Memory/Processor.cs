using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Roost.Engine.Memory;

/// <summary>What the processor may be told beside what it shall do.</summary>
public static unsafe class Processor
{
    /// <summary>
    /// Asks for a cache line. Only x86 has a prefetch that .NET offers; elsewhere the processor finds what it can by
    /// itself. Any address will do, also one where nothing is any more.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    /// <summary>Asks for the first two cache lines of an object. It may be moved meanwhile: then nothing is
    /// gained.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(object thing)
    {
        const int LineBytes = 64;
        if (!Sse.IsSupported)
            return;
        var at = *(byte**)Unsafe.AsPointer(ref thing);
        Sse.Prefetch0(at);
        Sse.Prefetch0(at + LineBytes);
    }
}
