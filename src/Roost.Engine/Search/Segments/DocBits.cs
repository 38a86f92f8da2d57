using System.Numerics;
using System.Runtime.Intrinsics;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The docs of a very frequent term, a bit each. Whether a doc has the term is one look, and the docs that have several
/// such terms are found 256 at a time.
/// <code>
///  chunks   pointers, by doc / 65,536 ──► 1,024 words of 64 docs, the lowest bit the oldest
/// </code>
/// </summary>
/// <remarks>
/// From one doc in 24 on that takes no more memory than 3 bytes a posting, as active segments have it; those down to
/// one in 64 take somewhat more, and searches for several words are faster for it. Packed lists are shorter, up to one
/// doc in 8: in sealed segments a term must be more frequent to be kept so. Readers on any thread, while the owner sets
/// bits of docs that are not published yet.
/// </remarks>
internal readonly unsafe struct DocBits(ulong** chunks)
{
    public const int ChunkBits = 16;
    public const uint ChunkDocs = 1u << ChunkBits;
    public const int ChunkWords = 1 << (ChunkBits - WordBits);

    /// <summary>From so many docs on a term that one doc in <see cref="Frequency"/> has is kept so.</summary>
    public const uint CountMin = 256;

    public const uint Frequency = 64;

    /// <summary>As <see cref="Frequency"/>, in sealed segments, whose lists are shorter.</summary>
    public const uint SealedFrequency = 32;

    /// <summary>Where places begin is known of each so many docs.</summary>
    public const uint WindowDocs = 512;

    private const int WordBits = 6;
    private const int WordDocs = 1 << WordBits;
    private const uint WordMask = WordDocs - 1;
    private const int GroupWords = 4;

    /// <summary>Whether there are none, as <c>default</c> says.</summary>
    public bool IsNone => chunks == null;

    /// <summary>Whether a term that so many of a segment's docs have is to be kept so.</summary>
    public static bool Suits(uint count, uint docs) => count >= CountMin && (ulong)count * Frequency >= docs;

    /// <inheritdoc cref="Suits"/>
    public static bool SuitsSealed(uint count, uint docs) =>
        count >= CountMin && (ulong)count * SealedFrequency >= docs;

    /// <summary>How many chunks so many docs take.</summary>
    public static uint ChunksFor(uint docs) => (docs + ChunkDocs - 1) >> ChunkBits;

    /// <summary>How many windows so many docs take.</summary>
    public static uint WindowsFor(uint docs) => (docs + WindowDocs - 1) / WindowDocs;

    /// <summary>How many words so many docs take where they lie one behind the other.</summary>
    public static uint WordsFor(uint docs) => (docs + 255) / 256 * GroupWords;

    public bool Has(uint doc) => (WordOf(doc) >> (int)(doc & WordMask) & 1) != 0;

    /// <summary>How many docs have the term between the beginning of a doc's window and the doc itself.</summary>
    public int CountBefore(uint doc)
    {
        const int WindowWords = (int)(WindowDocs >> WordBits);
        var at = (int)((doc & (ChunkDocs - 1)) >> WordBits);
        var words = Chunk(doc >> ChunkBits) + (at & -WindowWords);
        var last = at & (WindowWords - 1);
        var count = BitOperations.PopCount(words[last] & ((1UL << (int)(doc & WordMask)) - 1));
        // All of them each time, those behind as zeros: how many there are would be guessed wrong.
        for (var i = 0; i < WindowWords - 1; i++)
            count += BitOperations.PopCount(words[i] & (ulong)((long)(i - last) >> 63));
        return count;
    }

    /// <summary>Moves those that have the term to the front; says how many. <b>Hot path.</b></summary>
    public int Keep(Span<uint> docs)
    {
        var kept = 0;
        for (var start = 0; start < docs.Length; start += WordDocs)
        {
            // First all are looked up, and nothing is written that depends on it, so that their words come together.
            var group = docs.Slice(start, Math.Min(WordDocs, docs.Length - start));
            var found = 0UL;
            for (var i = 0; i < group.Length; i++)
                found |= (WordOf(group[i]) >> (int)(group[i] & WordMask) & 1) << i;
            for (; found != 0; found &= found - 1)
                docs[kept++] = group[BitOperations.TrailingZeroCount(found)];
        }
        return kept;
    }

    /// <inheritdoc cref="Read(ReadOnlySpan{DocBits}, ref uint, Span{uint})"/>
    public int Read(ref uint below, Span<uint> docs) => Read(new ReadOnlySpan<DocBits>(in this), ref below, docs);

    /// <summary>
    /// The next docs that have all of some terms, descending: as many as there is room for, or fewer at the end. <b>Hot
    /// path.</b>
    /// </summary>
    /// <param name="all">At least one.</param>
    /// <param name="below">Docs below this; is moved to where the next call goes on.</param>
    public static int Read(ReadOnlySpan<DocBits> all, ref uint below, Span<uint> docs)
    {
        var count = 0;
        var words = stackalloc ulong*[all.Length];
        while (below > 0)
        {
            var chunk = (below - 1) >> ChunkBits;
            for (var i = 0; i < all.Length; i++) words[i] = all[i].Chunk(chunk);
            var within = below - (chunk << ChunkBits);
            count += ReadChunk(words, all.Length, chunk << ChunkBits, ref within, docs[count..]);
            below = (chunk << ChunkBits) + within;
            if (count == docs.Length)
                break;
        }
        return count;
    }

    private ulong* Chunk(uint number) => (ulong*)Volatile.Read(ref *(nint*)(chunks + number));

    private ulong WordOf(uint doc) => Chunk(doc >> ChunkBits)[(doc >> WordBits) & (ChunkWords - 1)];

    /// <param name="within">As <c>below</c>, from the chunk's first doc.</param>
    private static int ReadChunk(ulong** words, int terms, uint first, ref uint within, Span<uint> docs)
    {
        var count = 0;
        var at = (int)((within - 1) >> WordBits);
        var word = All(words, terms, at) & (ulong.MaxValue >> (int)(WordMask - ((within - 1) & WordMask)));
        while (true)
        {
            while (word != 0)
            {
                var bit = WordMask - (uint)BitOperations.LeadingZeroCount(word);
                word ^= 1UL << (int)bit;
                within = ((uint)at << WordBits) | bit;
                docs[count++] = first | within;
                if (count == docs.Length)
                    return count;
            }
            if (at == 0)
                break;
            if ((at & (GroupWords - 1)) == 0)
                at = PassEmpty(words, terms, at);
            if (at == 0)
                break;
            word = All(words, terms, --at);
        }
        within = 0;
        return count;
    }

    /// <summary>Where the groups of words end that have none, from a group's beginning downwards.</summary>
    private static int PassEmpty(ulong** words, int terms, int at)
    {
        while (at > 0)
        {
            var group = Vector256.Load(words[0] + at - GroupWords);
            for (var i = 1; i < terms; i++) group &= Vector256.Load(words[i] + at - GroupWords);
            if (group != Vector256<ulong>.Zero)
                break;
            at -= GroupWords;
        }
        return at;
    }

    private static ulong All(ulong** words, int terms, int at)
    {
        var word = words[0][at];
        for (var i = 1; i < terms; i++) word &= words[i][at];
        return word;
    }
}
