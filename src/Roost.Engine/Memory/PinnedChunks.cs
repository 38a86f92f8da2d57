using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Roost.Engine.Memory;

/// <summary>
/// Chunks of one size, full of zeros, that never move and live as long as this object or a reference into one of them.
/// They are cut from slabs of the collector's memory: the first holds one chunk, each further one as much as all before
/// it, up to <see cref="SlabBytesMax"/>. So little stays little, and much lies on huge pages where there are any: one
/// fault for 2 MB in the place of 512. Not thread-safe.
/// </summary>
/// <remarks>The room ahead is only asked for, not touched: until it is used, the system gives no memory for
/// it.</remarks>
/// <param name="chunkBytes">Size of a chunk, a multiple of a cache line; they are aligned to one.</param>
internal sealed unsafe class PinnedChunks(int chunkBytes)
{
    /// <summary>The largest slab that holds more than one chunk.</summary>
    public const int SlabBytesMax = 32 << 20;

    private const int LineBytes = 64;

    private readonly List<byte[]> _slabs = [];
    private byte* _next;
    private long _left;

    /// <summary>Bytes of all chunks taken so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>The next chunk.</summary>
    public void* Take()
    {
        if (_left == 0)
            AddSlab();
        var chunk = _next;
        _next += chunkBytes;
        _left -= chunkBytes;
        Bytes += chunkBytes;
        return chunk;
    }

    private void AddSlab()
    {
        var chunks = Math.Max(1, Math.Min(Bytes, SlabBytesMax) / chunkBytes);
        var slab = GC.AllocateArray<byte>(checked((int)(chunks * chunkBytes) + LineBytes), pinned: true);
        var address = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(slab));
        HugePages.Advise(address, slab.Length);
        _slabs.Add(slab);
        _next = address + (-(nint)address & (LineBytes - 1));
        _left = chunks * chunkBytes;
    }
}
