using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

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
public sealed class GrowingColumn<T>
    where T : unmanaged
{
    private const int ChunkBits = 14;
    private const uint OffsetMask = ChunkLength - 1;

    /// <summary>How many values a chunk holds.</summary>
    public const int ChunkLength = 1 << ChunkBits;

    private T[]?[] _chunks = [];

    /// <summary>
    /// Gets the value, or <c>default</c> where nothing was written (any thread); sets it, and makes room when there is
    /// none (the writer only).
    /// </summary>
    public T this[uint index]
    {
        get
        {
            var chunks = Volatile.Read(ref _chunks);
            var place = index >> ChunkBits;
            if (place >= (uint)chunks.Length)
                return default;
            var chunk = chunks[place];
            return chunk is null ? default : chunk[index & OffsetMask];
        }
        set => Chunk(index)[index & OffsetMask] = value;
    }

    /// <summary>Bytes of all chunks made so far.</summary>
    public unsafe long Bytes { get; private set; }

    /// <summary>
    /// The value's place, which stays its place as long as the column lives. Any thread may read there; only the writer
    /// may write.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">No room was made for it.</exception>
    public ref T At(uint index)
    {
        var chunks = Volatile.Read(ref _chunks);
        var place = index >> ChunkBits;
        if (place >= (uint)chunks.Length || chunks[place] is not { } chunk)
            return ref ThrowNoRoom(index);
        return ref chunk[index & OffsetMask];
    }

    /// <summary>
    /// Makes room for the indexes 0 to <paramref name="count"/> - 1, so that <see cref="At"/> knows them. The writer
    /// only.
    /// </summary>
    public void EnsureCapacity(uint count)
    {
        for (ulong index = 0; index < count; index += ChunkLength)
            Chunk((uint)index);
    }

    /// <summary>Makes room for one index, and gives its place. The writer only.</summary>
    public ref T Grow(uint index) => ref Chunk(index)[index & OffsetMask];

    /// <summary>
    /// Asks the processor to fetch a value's cache line, if there is room for it. Any thread; never fails. <b>Hot
    /// path.</b>
    /// </summary>
    /// <remarks>Only x86 has a prefetch that .NET offers everywhere. The address is good: chunks are pinned.</remarks>
    public unsafe void Prefetch(uint index)
    {
        var chunks = Volatile.Read(ref _chunks);
        var place = index >> ChunkBits;
        if (Sse.IsSupported && place < (uint)chunks.Length && chunks[place] is { } chunk)
            Sse.Prefetch0(Unsafe.AsPointer(ref chunk[index & OffsetMask]));
    }

    private T[] Chunk(uint index)
    {
        var place = index >> ChunkBits;
        return place < (uint)_chunks.Length && _chunks[place] is { } chunk ? chunk : MakeChunk(place);
    }

    private unsafe T[] MakeChunk(uint place)
    {
        if (place >= (uint)_chunks.Length)
        {
            var longer = new T[]?[Math.Max(place + 1, Math.Min(2 * (uint)_chunks.Length, 1u << (32 - ChunkBits)))];
            _chunks.CopyTo(longer, 0);
            Volatile.Write(ref _chunks, longer);
        }
        // Pinned: the collector neither moves these long-lived arrays nor copies them from generation to generation.
        var chunk = GC.AllocateArray<T>(ChunkLength, pinned: true);
        Volatile.Write(ref _chunks[place], chunk);
        Bytes += (long)ChunkLength * sizeof(T);
        return chunk;
    }

    private static ref T ThrowNoRoom(uint index) => throw new ArgumentOutOfRangeException(
        nameof(index), index, "The column has no room for this index yet; call EnsureCapacity or write it first.");
}
