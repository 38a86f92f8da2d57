using System.Numerics;
using System.Runtime.CompilerServices;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// Where a term is in each of some docs of a sealed segment, a block of a posting list or a window of bits: mostly once
/// and not far behind, which takes a few bits.
/// <code>
///  packed   by posting, as many bits as serve most: its only position; all ones: it is among the others
///  others   postings with several positions, or one far behind, one behind the other: see PlaceCode
/// </code>
/// The n-th posting is one look; one of the others is found by counting those before it, a word of them at a time.
/// </summary>
internal static unsafe class PackedPlaces
{
    /// <summary>Most bits that a packed position takes.</summary>
    public const int BitsMax = 7;

    /// <summary>By how many bits a field has: the lowest bit of each field that a word has whole.</summary>
    private static ReadOnlySpan<ulong> LowestBits =>
    [
        0,
        0xFFFF_FFFF_FFFF_FFFF,
        0x5555_5555_5555_5555,
        0x1249_2492_4924_9249,
        0x1111_1111_1111_1111,
        0x0084_2108_4210_8421,
        0x0041_0410_4104_1041,
        0x0102_0408_1020_4081,
    ];

    /// <summary>As many bits as make the postings shortest.</summary>
    /// <param name="codes">The postings as <see cref="PlaceCode"/> writes them.</param>
    public static int BitsFor(ReadOnlySpan<byte> codes, int postings)
    {
        // By the bits that a posting needs: what all that need as many would take among the others.
        Span<int> bytes = stackalloc int[BitsMax + 2];
        bytes.Clear();
        for (var i = 0; i < postings; i++)
        {
            var length = PlaceCode.LengthOf(codes);
            bytes[length == 1 ? BitsOf(codes[0]) : BitsMax + 1] += length;
            codes = codes[length..];
        }
        var others = 0;
        foreach (var some in bytes) others += some;
        var (best, bestBytes) = (0, int.MaxValue);
        for (var bits = 0; bits <= BitsMax; bits++)
        {
            others -= bytes[bits];
            if (Length(postings, bits) + others < bestBytes)
                (best, bestBytes) = (bits, Length(postings, bits) + others);
        }
        return best;
    }

    /// <summary>Appends postings, all that <paramref name="codes"/> has.</summary>
    /// <param name="bits">See <see cref="BitsFor"/>.</param>
    public static void Write(NativeBuffer to, ReadOnlySpan<byte> codes, int postings, int bits)
    {
        var start = to.Length;
        to.Pad(Length(postings, bits), 1);
        for (var i = 0; i < postings; i++)
        {
            var length = PlaceCode.LengthOf(codes);
            var isPacked = length == 1 && BitsOf(codes[0]) <= bits;
            Put(to.At(start), i, bits, isPacked ? codes[0] : (1u << bits) - 1);
            if (!isPacked)
                to.Append(codes[..length]);
            codes = codes[length..];
        }
    }

    /// <summary>Where the posting's doc has the term. <b>Hot path.</b></summary>
    /// <param name="data">Where so many postings begin.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DocPlaces Read(byte* data, int bits, int index, int postings) =>
        TryRead(data, bits, index, out var position)
            ? new DocPlaces(position, null)
            : new DocPlaces(-1, Other(data, bits, index, postings));

    /// <summary>The posting's position, if it is packed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(byte* data, int bits, int index, out int position)
    {
        var bit = index * bits;
        var mask = (1 << bits) - 1;
        position = (int)(Unsafe.ReadUnaligned<ulong>(data + (bit >> 3)) >> (bit & 7)) & mask;
        return position != mask;
    }

    /// <summary>The codes of a posting that is among the others.</summary>
    public static byte* Other(byte* data, int bits, int index, int postings) =>
        PlaceCode.Skip(data + Length(postings, bits), OthersBefore(data, bits, index));

    private static int Length(int postings, int bits) => ((postings * bits) + 7) / 8;

    /// <summary>Bits that a number takes beside one that is all ones.</summary>
    private static int BitsOf(int position) => 32 - BitOperations.LeadingZeroCount((uint)position + 1);

    private static int OthersBefore(byte* data, int bits, int index)
    {
        if (bits == 0)
            return index;
        var perWord = (64 - 7) / bits;
        // What is added to a field's complement without its highest bit reaches that bit, unless all of it is 0.
        var highest = LowestBits[bits] << (bits - 1);
        var below = highest - LowestBits[bits];
        var count = 0;
        for (var done = 0; done < index; done += perWord)
        {
            var bit = done * bits;
            var zeros = ~(Unsafe.ReadUnaligned<ulong>(data + (bit >> 3)) >> (bit & 7));
            var ones = ~(((zeros & below) + below) | zeros) & highest;
            var wanted = Math.Min(perWord, index - done) * bits;
            count += BitOperations.PopCount(ones & ((1UL << wanted) - 1));
        }
        return count;
    }

    private static void Put(byte* data, int index, int bits, uint value)
    {
        var bit = index * bits;
        for (var i = 0; i < bits; i++)
            data[(bit + i) >> 3] |= (byte)((value >> i & 1) << ((bit + i) & 7));
    }
}

/// <summary>Where a term is in a doc.</summary>
/// <param name="position">The only place; negative: see <paramref name="codes"/>.</param>
/// <param name="codes">Several places, or one far behind, as <see cref="PlaceCode"/> writes them; null where
/// <paramref name="position"/> says it, or that there is none.</param>
internal readonly unsafe struct DocPlaces(int position, byte* codes)
{
    public int Position => position;

    public byte* Codes => codes;

    public static DocPlaces None => new(-1, null);

    public bool IsNone => position < 0 && codes == null;

    /// <summary>Whether the doc has the term there. <b>Hot path.</b></summary>
    public bool Has(int at) => codes == null ? position == at : PlaceCode.Has(codes, at);
}
