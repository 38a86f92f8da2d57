using System.Runtime.CompilerServices;
using Roost.Engine.Memory;

namespace Roost.Engine.Columns;

/// <summary>
/// A column of small values by dense index: an array that grows without ever moving what it holds. One writer, any
/// number of readers, no locks.
/// <code>
///  directory   [ 0 | 1 | 2 | - | - | … ]     swapped whole when it is full, by a copy twice as long
///                |   |   |
///              chunks of 16,384 values, made when first written into, never moved, never freed
/// </code>
/// </summary>
/// <remarks>
/// <para>An index that was never written reads as <c>default</c>, so sparse keys cost only the chunks that they touch,
/// and a chunk's place in the directory costs 8 bytes.</para>
/// <para>What readers may see. A chunk is filled with zeros before its reference is stored, and the directory before
/// its own is (volatile), so a reader sees either a slot's <c>default</c> or something that was written there, and
/// never follows a stale directory into nowhere: a chunk stays valid in every directory that names it. Values of at
/// most 8 bytes, aligned, are read whole. Larger ones, and several columns of one record, are the owner's to publish:
/// write them, then raise a mark with <see cref="Volatile.Write(ref uint, uint)"/>; who has read the mark with
/// <see cref="Volatile.Read(ref readonly uint)"/> may read everything below it.</para>
/// <para>Cost: a read is two array accesses. Growing copies the directory only: 8 bytes for each 16,384 values.</para>
/// </remarks>
public sealed unsafe class GrowingColumn<T>
    where T : unmanaged
{
    private const int ChunkBits = 14;
    private const uint OffsetMask = ChunkLength - 1;

    /// <summary>How many values a chunk holds.</summary>
    public const int ChunkLength = 1 << ChunkBits;

    private readonly PinnedChunks _memory = new(ChunkLength * sizeof(T));

    /// <summary>Addresses of chunks, 0 where there is none.</summary>
    private nint[] _chunks = [];

    /// <summary>
    /// Gets the value, or <c>default</c> where nothing was written (any thread); sets it, and makes room when there is
    /// none (the writer only).
    /// </summary>
    public T this[uint index]
    {
        get
        {
            var at = Find(index);
            var value = at == null ? default : *at;
            GC.KeepAlive(this);
            return value;
        }
        set => Grow(index) = value;
    }

    /// <summary>Bytes of all chunks made so far.</summary>
    public long Bytes => _memory.Bytes;

    /// <summary>
    /// The value's place, which stays its place as long as the column lives. Any thread may read there; only the writer
    /// may write.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">No room was made for it.</exception>
    public ref T At(uint index)
    {
        var chunks = Volatile.Read(ref _chunks);
        var place = index >> ChunkBits;
        if (place >= (uint)chunks.Length || chunks[place] == 0)
            ThrowNoRoom(index);
        // What is referred to is memory of the collector's: from here on the reference keeps it.
        ref var value = ref ((T*)chunks[place])[index & OffsetMask];
        GC.KeepAlive(this);
        return ref value;
    }

    /// <summary>
    /// Makes room for the indexes 0 to <paramref name="count"/> - 1, so that <see cref="At"/> knows them. The writer
    /// only.
    /// </summary>
    public void EnsureCapacity(uint count)
    {
        for (ulong index = 0; index < count; index += ChunkLength)
            Grow((uint)index);
    }

    /// <summary>Makes room for one index, and gives its place. The writer only.</summary>
    public ref T Grow(uint index)
    {
        var place = index >> ChunkBits;
        var chunk = place < (uint)_chunks.Length ? (T*)_chunks[place] : null;
        if (chunk == null)
            chunk = MakeChunk(place);
        return ref chunk[index & OffsetMask];
    }

    /// <summary>
    /// Asks the processor to fetch a value's cache line, if there is room for it. Any thread; never fails. <b>Hot
    /// path.</b>
    /// </summary>
    public void Prefetch(uint index)
    {
        var at = Find(index);
        if (at != null)
            Processor.Prefetch(at);
    }

    /// <summary>Where a value is, or null without room for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private T* Find(uint index)
    {
        var chunks = Volatile.Read(ref _chunks);
        var place = index >> ChunkBits;
        if (place >= (uint)chunks.Length)
            return null;
        var chunk = (T*)chunks[place];
        return chunk == null ? null : chunk + (index & OffsetMask);
    }

    private T* MakeChunk(uint place)
    {
        if (place >= (uint)_chunks.Length)
        {
            var longer = new nint[Math.Max(place + 1, Math.Min(2 * (uint)_chunks.Length, 1u << (32 - ChunkBits)))];
            _chunks.CopyTo(longer, 0);
            Volatile.Write(ref _chunks, longer);
        }
        var chunk = _memory.Take();
        Volatile.Write(ref _chunks[place], (nint)chunk);
        return (T*)chunk;
    }

    private static void ThrowNoRoom(uint index) => throw new ArgumentOutOfRangeException(
        nameof(index), index, "The column has no room for this index yet; call EnsureCapacity or write it first.");
}
