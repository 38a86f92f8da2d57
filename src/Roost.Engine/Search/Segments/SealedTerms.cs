using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The terms of a sealed segment: sorted by their bytes for prefixes, hashed for lookups.
/// <code>
///  entries  of terms that several docs have, or one several times or far behind: see SealedLists      4 B
///  singles  of the others: see SealedSingles                                                some 3 B
///  blocks   of 16 terms: where it begins in texts | entries before it | which are single           10 B / 16
///  texts    a term: how many bytes it shares with the one before in the block (7 … 4) | how many are its own (3 … 0),
///           or 15, and both numbers in the two bytes that follow | its own bytes
///  table    by the hash: the rank, see PackedSlots                                        some 4 B
/// </code>
/// Terms are known by their rank in the sorted order. Most are in one doc only, names and parts of links.
/// </summary>
internal readonly unsafe struct SealedTerms(
    uint* entries, SealedLists lists, SealedSingles singles, uint count, SealedBlock* blocks, byte* texts,
    PackedSlots table, ulong seed)
{
    public const int BlockLength = 16;

    private const int LengthBits = 4;
    private const int LengthsFollow = (1 << LengthBits) - 1;

    public uint Count => count;

    /// <summary>The term of a rank: <see cref="SegmentTerm.Postings"/> is its doc if it is single, else see
    /// <see cref="SealedLists"/>.</summary>
    public SegmentTerm this[uint rank]
    {
        get
        {
            var block = blocks + (rank / BlockLength);
            var bit = 1u << (int)(rank % BlockLength);
            var several = block->Entries + (uint)BitOperations.PopCount(~(uint)block->Singles & (bit - 1));
            return (block->Singles & bit) == 0
                ? lists[entries[several]]
                : singles[rank - several];
        }
    }

    /// <summary>How many blocks so many terms take.</summary>
    public static uint BlocksFor(uint terms) => (terms + BlockLength - 1) / BlockLength;

    /// <summary>Finds a term. <b>Hot path.</b></summary>
    public bool TryFind(ReadOnlySpan<byte> term, out SegmentTerm found)
    {
        uint hash;
        fixed (byte* at = term) hash = TermHash.Of(at, term.Length, seed);
        var place = table.First(hash);
        for (var slot = table[place]; slot != 0; slot = table[place])
        {
            if (PackedSlots.MayBe(slot, hash))
            {
                // Mostly it is the one: its postings and its text are waited for at the same time.
                found = this[PackedSlots.Rank(slot)];
                if (Is(PackedSlots.Rank(slot), term))
                    return true;
            }
            place = table.Next(place);
        }
        found = default;
        return false;
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
        uint low = 0, high = BlocksFor(count);
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

    /// <summary>Puts the block's terms together up to the one of a rank, without looking at them, for what would be
    /// guessed of each is guessed wrong too often.</summary>
    [SkipLocalsInit]
    private bool Is(uint rank, ReadOnlySpan<byte> term)
    {
        var text = stackalloc byte[SearchTerm.LengthMax + Vector128<byte>.Count];
        var at = texts + blocks[rank / BlockLength].Texts;
        var (shared, own) = ReadLengths(ref at);
        Copy(at, text, own);
        for (var left = rank % BlockLength; left > 0; left--)
        {
            at += own;
            (shared, own) = ReadLengths(ref at);
            Copy(at, text + shared, own);
        }
        return new ReadOnlySpan<byte>(text, shared + own).SequenceEqual(term);
    }

    /// <summary>Copies up to fifteen bytes more.</summary>
    private static void Copy(byte* from, byte* to, int length)
    {
        var done = 0;
        do
        {
            Vector128.Load(from + done).Store(to + done);
            done += Vector128<byte>.Count;
        }
        while (done < length);
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

/// <param name="Texts">Where its first term begins in the texts.</param>
/// <param name="Entries">How many terms before it have entries.</param>
/// <param name="Singles">By bits, the first term the lowest: which are in one doc only.</param>
[StructLayout(LayoutKind.Sequential, Pack = 2)]
internal record struct SealedBlock(uint Texts, uint Entries, ushort Singles);
