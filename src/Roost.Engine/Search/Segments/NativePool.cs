using System.Numerics;
using System.Runtime.InteropServices;
using Roost.Engine.Inboxes;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// Values by dense index in native memory that never moves: a table of chunks, each made when it is first written into.
/// One writer, any number of readers; what a reader may look at, its owner publishes by a count.
/// </summary>
/// <remarks>
/// <see cref="Take"/> hands out runs that lie within one chunk, behind and before a margin of <see cref="Margin"/>
/// values, so that vector loads may reach over either end of what they are asked for.
/// </remarks>
internal sealed unsafe class NativePool<T>
    where T : unmanaged
{
    /// <summary>Values at both ends of each chunk that <see cref="Take"/> leaves alone.</summary>
    public const int Margin = 64;

    private readonly NativeSlabs? _slabs;
    private readonly T** _chunks;
    private readonly int _bits;
    private readonly uint _mask;
    private readonly uint _chunksMax;
    private uint _chunkCount;
    private uint _next;

    /// <param name="indexMax">How many values it can ever hold; the table of chunks is made for them.</param>
    /// <param name="chunkBytes">A power of two.</param>
    public NativePool(NativeSlabs slabs, long indexMax, int chunkBytes)
    {
        _slabs = slabs;
        _bits = BitOperations.Log2((uint)(chunkBytes / sizeof(T)));
        _mask = (1u << _bits) - 1;
        _chunksMax = (uint)((Math.Min(indexMax, uint.MaxValue) >> _bits) + 1);
        _chunks = (T**)slabs.Take(_chunksMax * sizeof(T*));
        NativeMemory.Clear(_chunks, _chunksMax * (nuint)sizeof(T*));
    }

    /// <summary>Reads what lies somewhere else in one piece; nothing can be added.</summary>
    /// <param name="slabs">For the table of one chunk.</param>
    public NativePool(NativeSlabs slabs, T* start)
    {
        _bits = 31;
        _mask = uint.MaxValue >> 1;
        _chunksMax = _chunkCount = 2;
        _chunks = (T**)slabs.Take(2 * sizeof(T*));
        _chunks[0] = start;
        _chunks[1] = start + (1L << 31);
    }

    /// <summary>Bytes of the chunks that were made. The writer only.</summary>
    public long Bytes => ((long)sizeof(T) << _bits) * _chunkCount;

    /// <summary>The value's place. Any thread, below what the owner has published. <b>Hot path.</b></summary>
    public T* At(uint index) => _chunks[index >> _bits] + (index & _mask);

    /// <summary>Makes room for the value at <paramref name="index"/>; the chunks before must be there. The writer
    /// only.</summary>
    public T* Grow(uint index)
    {
        while (index >> _bits >= _chunkCount)
            MakeChunk();
        return At(index);
    }

    /// <summary>Gives the system back the memory behind the first <paramref name="count"/> values, more than which
    /// there will not be. One thread.</summary>
    public void GiveBackBehind(uint count)
    {
        if (count > 0)
            _slabs!.GiveBack((byte*)(At(count - 1) + 1), (byte*)(_chunks[(count - 1) >> _bits] + (1L << _bits)));
    }

    /// <summary>Whether a run of <paramref name="length"/> can still be had. The writer only.</summary>
    public bool HasRoom(int length) => _chunkCount < _chunksMax - 1 || RoomInChunk >= length;

    /// <summary>The index of a run of <paramref name="length"/> new values, in one chunk. The writer only.</summary>
    public uint Take(int length)
    {
        if (RoomInChunk < length)
        {
            MakeChunk();
            _next = ((_chunkCount - 1) << _bits) + Margin;
        }
        var taken = _next;
        _next += (uint)length;
        return taken;
    }

    private long RoomInChunk => _next == 0 ? 0 : ((long)_chunkCount << _bits) - Margin - _next;

    private void MakeChunk()
    {
        if (_chunkCount >= _chunksMax)
            throw new InvalidOperationException($"The pool's {_chunksMax} chunks are used up; the segment is full.");
        var chunk = (T*)_slabs!.TakePart((long)sizeof(T) << _bits);
        // The margin is read before the first run of the chunk; the rest is written before it is read.
        NativeMemory.Clear(chunk, (nuint)(Margin * sizeof(T)));
        Volatile.Write(ref *(nint*)(_chunks + _chunkCount), (nint)chunk);
        _chunkCount++;
    }
}
