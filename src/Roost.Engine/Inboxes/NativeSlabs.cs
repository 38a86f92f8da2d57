using System.Runtime.InteropServices;
using Roost.Engine.Memory;

namespace Roost.Engine.Inboxes;

/// <summary>
/// Native memory in large pieces within a budget, on huge pages where there are any, freed all at once. Not
/// thread-safe.
/// </summary>
/// <param name="store">Where pieces of its size come from, if it has some, and go to when they are freed.</param>
internal sealed unsafe class NativeSlabs(long bytesMax, ChunkStore? store = null) : IDisposable
{
    private const int PageBytes = 4_096;

    private readonly List<nint> _slabs = [];

    /// <summary>Those of the store's size.</summary>
    private readonly List<nint> _chunks = [];
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
        var isChunk = bytes == store?.ChunkBytes;
        var slab = isChunk ? store!.TryTake() : null;
        if (slab == null)
        {
            var alignment = bytes >= HugePages.Bytes ? HugePages.Bytes : PageBytes;
            slab = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, (nuint)alignment);
            HugePages.Advise(slab, bytes);
        }
        (isChunk ? _chunks : _slabs).Add((nint)slab);
        Interlocked.Add(ref _bytes, bytes);
        return slab;
    }

    public void Dispose()
    {
        foreach (var chunk in _chunks)
            store!.Give(chunk);
        _chunks.Clear();
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        foreach (var slab in _slabs)
            NativeMemory.AlignedFree((void*)slab);
        // Left here by nobody who disposed this: the store may be gone, too.
        foreach (var chunk in _chunks)
            NativeMemory.AlignedFree((void*)chunk);
        _slabs.Clear();
        _chunks.Clear();
        Interlocked.Exchange(ref _bytes, 0);
    }
}
