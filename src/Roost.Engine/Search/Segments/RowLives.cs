using System.Runtime.InteropServices;
using Roost.Engine.Inboxes;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The live words of a segment's posts (<see cref="PostRow"/>), by doc, in chunks of <see cref="ChunkDocs"/>: a chunk
/// is made when the first of its docs has counters.
/// <code>
///  places   by chunk: 0, there is none; 1, 2, …, the chunk in the image; top bit set, where in memory       4 B
///  chunks   64 words of 8 B; 0: only what the row says
/// </code>
/// </summary>
/// <remarks>One writer, readers on any thread: words are read and written whole, and a chunk is there before the place
/// that names it.</remarks>
internal sealed unsafe class RowLives
{
    public const int ChunkDocs = 64;
    public const int ChunkBytes = ChunkDocs * sizeof(ulong);

    private const uint InMemory = 1u << 31;

    private readonly NativePool<uint> _places;
    private readonly NativePool<ulong> _words;

    /// <summary>Chunks in the image; written like those in memory.</summary>
    private readonly ulong* _image;

    /// <param name="chunkBytes">What memory is taken in.</param>
    public RowLives(NativeSlabs slabs, uint docsMax, int chunkBytes)
    {
        _places = new NativePool<uint>(slabs, ChunksFor(docsMax), chunkBytes);
        _words = new NativePool<ulong>(slabs, 2L * docsMax, chunkBytes);
    }

    /// <summary>Those of an image, both writable.</summary>
    public RowLives(NativeSlabs slabs, uint docs, uint* places, ulong* chunks)
    {
        _places = new NativePool<uint>(slabs, places);
        _words = new NativePool<ulong>(slabs, 2L * docs, 1 << 14);
        _image = chunks;
    }

    public static uint ChunksFor(uint docs) => (docs + ChunkDocs - 1) / ChunkDocs;

    /// <summary>A doc's word, 0 if none was set. Any thread.</summary>
    public ulong this[uint doc]
    {
        get
        {
            var chunk = Chunk(doc / ChunkDocs);
            return chunk == null ? 0 : Volatile.Read(ref chunk[doc % ChunkDocs]);
        }
    }

    /// <summary>A chunk, or null where no doc has a word. Any thread.</summary>
    public ulong* Chunk(uint number)
    {
        var place = Volatile.Read(ref *_places.At(number));
        if (place == 0)
            return null;
        return place >= InMemory ? _words.At(place & ~InMemory) : _image + ((place - 1) * (long)ChunkDocs);
    }

    /// <summary>Makes room for the next doc, without a word. The writer only.</summary>
    public void Grow(uint doc)
    {
        if (doc % ChunkDocs == 0)
            *_places.Grow(doc / ChunkDocs) = 0;
    }

    /// <summary>Gives back memory that was taken for more docs, which will not come.</summary>
    public void Close(uint docs) => _places.GiveBackBehind(ChunksFor(docs));

    /// <summary>The writer only.</summary>
    public void Set(uint doc, ulong live)
    {
        var chunk = Chunk(doc / ChunkDocs);
        if (chunk != null)
        {
            Volatile.Write(ref chunk[doc % ChunkDocs], live);
            return;
        }
        var place = _words.Take(ChunkDocs);
        chunk = _words.At(place);
        NativeMemory.Clear(chunk, ChunkBytes);
        chunk[doc % ChunkDocs] = live;
        Volatile.Write(ref *_places.At(doc / ChunkDocs), place | InMemory);
    }
}
