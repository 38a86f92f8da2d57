using System.Numerics;
using System.Runtime.InteropServices;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The terms of a sealed segment: sorted by their bytes for prefixes, hashed for lookups.
/// <code>
///  entries  of terms that several docs have: number in forward lists | docs | postings             12 B
///  singles  of the others: the doc. Numbers of words among them ascend with them                    4 B
///  blocks   of 16 terms: where it begins in texts | entries before it | which are single           10 B / 16
///  texts    a term: how many bytes it shares with the one before in the block (7 … 4) | how many are its own (3 … 0),
///           or 15, and both numbers in the two bytes that follow | its own bytes
///  table    open addressing, 3/4 full; a slot is 5 bits of the hash | rank + 1                      5.3 B
/// </code>
/// Terms are known by their rank in the sorted order. Most are in one doc only, names and parts of links.
/// </summary>
/// <param name="firstSingle">What a single term's place is to be added to, to give its number; an author has
/// none.</param>
internal readonly unsafe struct SealedTerms(
    SealedEntry* entries, uint* singles, uint firstSingle, uint count, SealedBlock* blocks, byte* texts, uint* table,
    uint slots, ulong seed)
{
    /// <summary>In the place of a single term's doc: it was deleted.</summary>
    public const uint NoDoc = uint.MaxValue;

    public const int BlockLength = 16;

    private const int LengthBits = 4;
    private const int LengthsFollow = (1 << LengthBits) - 1;
    private const int RankBits = 27;
    private const uint RankMask = (1u << RankBits) - 1;

    public uint Count => count;

    /// <summary>The term of a rank: <see cref="SegmentTerm.Postings"/> is its doc if it has one, else its
    /// <see cref="SealedEntry"/>.</summary>
    public SegmentTerm this[uint rank]
    {
        get
        {
            var block = blocks + (rank / BlockLength);
            var bit = 1u << (int)(rank % BlockLength);
            var several = block->Entries + (uint)BitOperations.PopCount(~(uint)block->Singles & (bit - 1));
            if ((block->Singles & bit) == 0)
                return (entries + several)->ToTerm(entries + several);
            var doc = singles[rank - several];
            return new SegmentTerm(unchecked(firstSingle + rank - several), doc == NoDoc ? 0u : 1u, (nint)doc);
        }
    }

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

    /// <summary>Appends a term's text. For who writes it.</summary>
    /// <param name="shared">How many bytes it shares with the one before in the block.</param>
    public static void Append(NativeBuffer to, ReadOnlySpan<byte> text, int shared)
    {
        var own = text.Length - shared;
        if (own < LengthsFollow && shared <= LengthsFollow)
            to.Append([(byte)((shared << LengthBits) | own)]);
        else
            to.Append([LengthsFollow, (byte)shared, (byte)own]);
        to.Append(text[shared..]);
    }

    /// <summary>The first rank whose term is not below <paramref name="bytes"/>; terms that begin so follow.</summary>
    public uint LowerBound(ReadOnlySpan<byte> bytes)
    {
        uint low = 0, high = (count + BlockLength - 1) / BlockLength;
        while (low < high)
        {
            var middle = (low + high) / 2;
            var first = texts + blocks[middle].Texts;
            var (_, own) = ReadLengths(ref first);
            if (new ReadOnlySpan<byte>(first, own).SequenceCompareTo(bytes) < 0)
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
    public Reader At(uint rank) => new(texts + (rank < count ? blocks[rank / BlockLength].Texts : 0), rank, count);

    private bool Is(uint rank, ReadOnlySpan<byte> term)
    {
        Span<byte> text = stackalloc byte[SearchTerm.LengthMax];
        var reader = At(rank / BlockLength * BlockLength);
        while (reader.MoveNext(text) && reader.Rank < rank)
        {
        }
        return text[..reader.Length].SequenceEqual(term);
    }

    private static (int Shared, int Own) ReadLengths(ref byte* at)
    {
        var both = *at++;
        if ((both & LengthsFollow) != LengthsFollow)
            return (both >> LengthBits, both & LengthsFollow);
        var lengths = (at[0], at[1]);
        at += 2;
        return lengths;
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
            var (shared, own) = ReadLengths(ref _at);
            new ReadOnlySpan<byte>(_at, own).CopyTo(text[shared..]);
            Length = shared + own;
            _at += own;
            return true;
        }
    }
}

/// <param name="Number">In forward lists.</param>
/// <param name="Count">Docs of the list; 0: all were deleted.</param>
/// <param name="Postings">First word of the list in the postings; the doc itself if there is one only; of a term that
/// has bits (<see cref="DocBits"/>) its place among these, and <see cref="IsBits"/>.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal record struct SealedEntry(uint Number, uint Count, uint Postings)
{
    public const uint IsBits = 1u << 31;

    /// <summary>Whether it has bits and no list.</summary>
    public readonly bool HasBits => Count >= DocBits.CountMin && (Postings & IsBits) != 0;

    /// <param name="at">Where this one lies.</param>
    public readonly unsafe SegmentTerm ToTerm(SealedEntry* at) =>
        new(Number, Count, Count == 1 ? (nint)Postings : (nint)at);
}

/// <param name="Texts">Where its first term begins in the texts.</param>
/// <param name="Entries">How many terms before it have entries.</param>
/// <param name="Singles">By bits, the first term the lowest: which are in one doc only.</param>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal record struct SealedBlock(uint Texts, uint Entries, ushort Singles);
