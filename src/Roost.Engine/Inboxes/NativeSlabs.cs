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

    /// <summary>What is left of those that were cut.</summary>
    private readonly List<(nint Start, long Bytes)> _rests = [];
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

    /// <summary>A piece that is cut from a chunk of the store, so that many small ones lie on huge pages, too; as
    /// <see cref="Take"/> where it is no smaller than a chunk.</summary>
    /// <param name="bytes">A power of two of at least a page.</param>
    public byte* TakePart(long bytes)
    {
        if (store is null || bytes >= store.ChunkBytes)
            return Take(bytes);
        var at = _rests.FindIndex(rest => rest.Bytes >= bytes);
        if (at < 0)
        {
            at = _rests.Count;
            _rests.Add(((nint)Take(store.ChunkBytes), store.ChunkBytes));
        }
        var (start, left) = _rests[at];
        _rests[at] = (start + (nint)bytes, left - bytes);
        if (left == bytes)
            _rests.RemoveAt(at);
        return (byte*)start;
    }

    /// <summary>Gives the system back what nobody needs any more at the end of a piece, as far as it is whole pages: it
    /// may be read, which is zeros, and not written.</summary>
    public void GiveBack(byte* start, byte* end)
    {
        var page = (byte*)(((nint)start + PageBytes - 1) & ~((nint)PageBytes - 1));
        if (page < end)
            Interlocked.Add(ref _bytes, -PageAdvice.GiveBack(page, end - page));
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
        _rests.Clear();
        Interlocked.Exchange(ref _bytes, 0);
    }
}
