using System.Runtime.InteropServices;
using Roost.Engine.Inboxes;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The docs of an active segment's most frequent terms as bits (<see cref="DocBits"/>): up to <see cref="TermsMax"/>
/// terms, those that were frequent first, so that nobody's words can make it take more than 16 bytes a post.
/// </summary>
/// <remarks>One writer, readers on any thread: they know a term's place from its record, which is written when its bits
/// are there.</remarks>
internal sealed unsafe class FrequentTerms(NativeSlabs slabs, uint docsMax)
{
    public const uint TermsMax = 128;

    private const long ChunkBytes = DocBits.ChunkWords * sizeof(ulong);

    private readonly uint _chunksPerTerm = DocBits.ChunksFor(docsMax);

    /// <summary>Of all terms, a term's side by side; those without a bit are all the same zeros.</summary>
    private ulong** _chunks;
    private ulong* _zeros;
    private uint _count;

    /// <summary>Of all bits. The writer only.</summary>
    public long Bytes { get; private set; }

    public bool HasRoom => _count < TermsMax;

    /// <summary>Bytes that a post of so many terms may take at most: each may begin a chunk.</summary>
    public static long GrowthMax(int terms) => Math.Min(terms, TermsMax) * ChunkBytes;

    public DocBits this[uint place] => new(_chunks + (place * _chunksPerTerm));

    /// <summary>A place for one more term. The writer only.</summary>
    public uint Take()
    {
        if (_chunks == null)
        {
            _zeros = MakeChunk();
            var chunks = (ulong**)slabs.Take(TermsMax * _chunksPerTerm * sizeof(ulong*));
            new Span<nint>(chunks, (int)(TermsMax * _chunksPerTerm)).Fill((nint)_zeros);
            _chunks = chunks;
        }
        return _count++;
    }

    /// <summary>Sets a doc's bit. The writer only.</summary>
    /// <returns>Whether it was not set.</returns>
    public bool Add(uint place, uint doc)
    {
        var chunk = _chunks + (place * _chunksPerTerm) + (doc >> DocBits.ChunkBits);
        if (*chunk == _zeros)
            Volatile.Write(ref *(nint*)chunk, (nint)MakeChunk());
        return BitWords.Add(new Span<ulong>(*chunk, DocBits.ChunkWords), doc & (DocBits.ChunkDocs - 1));
    }

    private ulong* MakeChunk()
    {
        var chunk = slabs.TakePart(ChunkBytes);
        NativeMemory.Clear(chunk, (nuint)ChunkBytes);
        Bytes += ChunkBytes;
        return (ulong*)chunk;
    }
}
