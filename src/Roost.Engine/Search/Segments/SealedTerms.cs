using System.Runtime.InteropServices;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The terms of a sealed segment: sorted by their bytes for prefixes, hashed for lookups.
/// <code>
///  entries  by rank in the sorted order: number in forward lists | docs | postings                  12 B
///  blocks   of 16 terms: where each begins in texts                                                4 B / 16
///  texts    a term: bytes shared with the one before in the block | bytes of its own | these
///  table    open addressing, 3/4 full; a slot is 5 bits of the hash | rank + 1                      5.3 B
/// </code>
/// </summary>
internal readonly unsafe struct SealedTerms(
    SealedEntry* entries, uint count, uint* blocks, byte* texts, uint* table, uint slots, ulong seed)
{
    public const int BlockLength = 16;

    private const int RankBits = 27;
    private const uint RankMask = (1u << RankBits) - 1;

    public uint Count => count;

    public SealedEntry* Entry(uint rank) => entries + rank;

    public static uint SlotsFor(uint terms) => (uint)((terms * 4L / 3) + 1);

    /// <summary>The term's rank, or -1.</summary>
    public int Find(ReadOnlySpan<byte> term)
    {
        uint hash;
        fixed (byte* at = term) hash = TermHash.Of(at, term.Length, seed);
        for (var at = FirstSlot(hash, slots); table[at] != 0; at = at + 1 == slots ? 0 : at + 1)
        {
            var slot = table[at];
            if (slot >> RankBits == Fingerprint(hash) && Is((slot & RankMask) - 1, term))
                return (int)(slot & RankMask) - 1;
        }
        return -1;
    }

    /// <summary>Puts a term into the table, which must have room. For who writes it.</summary>
    public static void Put(Span<uint> table, uint hash, uint rank)
    {
        var at = (int)FirstSlot(hash, (uint)table.Length);
        while (table[at] != 0)
            at = at + 1 == table.Length ? 0 : at + 1;
        table[at] = (Fingerprint(hash) << RankBits) | (rank + 1);
    }

    /// <summary>The first rank whose term is not below <paramref name="bytes"/>; terms that begin so follow.</summary>
    public uint LowerBound(ReadOnlySpan<byte> bytes)
    {
        uint low = 0, high = (count + BlockLength - 1) / BlockLength;
        while (low < high)
        {
            var middle = (low + high) / 2;
            var first = texts + blocks[middle];
            if (new ReadOnlySpan<byte>(first + 2, first[1]).SequenceCompareTo(bytes) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == 0)
            return 0;
        Span<byte> text = stackalloc byte[SearchTerm.LengthMax];
        var reader = At((low - 1) * BlockLength);
        while (reader.MoveNext(text))
        {
            if (text[..reader.Length].SequenceCompareTo(bytes) >= 0)
                return reader.Rank;
        }
        return count;
    }

    /// <summary>Reads terms from the first of a block on.</summary>
    public Reader At(uint rank) => new(texts + (rank < count ? blocks[rank / BlockLength] : 0), rank, count);

    private bool Is(uint rank, ReadOnlySpan<byte> term)
    {
        Span<byte> text = stackalloc byte[SearchTerm.LengthMax];
        var reader = At(rank / BlockLength * BlockLength);
        while (reader.MoveNext(text) && reader.Rank < rank)
        {
        }
        return text[..reader.Length].SequenceEqual(term);
    }

    private static uint FirstSlot(uint hash, uint slots) => (uint)(((ulong)hash * slots) >> 32);

    private static uint Fingerprint(uint hash) => hash & 31;

    /// <summary>Walks terms in their order.</summary>
    internal ref struct Reader(byte* at, uint rank, uint count)
    {
        private byte* _at = at;
        private uint _next = rank;

        public uint Rank { get; private set; }

        /// <summary>Of the term, in bytes.</summary>
        public int Length { get; private set; }

        /// <param name="text">Where the term's bytes are put; to be left as it is between calls.</param>
        public bool MoveNext(scoped Span<byte> text)
        {
            if (_next >= count)
                return false;
            Rank = _next++;
            int shared = _at[0], own = _at[1];
            new ReadOnlySpan<byte>(_at + 2, own).CopyTo(text[shared..]);
            Length = shared + own;
            _at += 2 + own;
            return true;
        }
    }
}

/// <param name="Number">In forward lists.</param>
/// <param name="Count">Docs of the list; 0: all were deleted.</param>
/// <param name="Postings">First word of the list in the postings; the doc itself if there is one only.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal record struct SealedEntry(uint Number, uint Count, uint Postings);
