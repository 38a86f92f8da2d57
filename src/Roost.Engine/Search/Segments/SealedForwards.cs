using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The forward lists of a sealed segment (<see cref="ForwardCode"/>), found by lengths of one byte.
/// <code>
///  blocks  of 28 docs: where the lists of the block begin (4 B) | how long each is (1 B each)         32 B
///  lists   one behind the other; in the place of one of 255 bytes or more: where it begins in the long ones (4 B),
///          its length (4 B)
///  long    those
/// </code>
/// </summary>
internal readonly unsafe struct SealedForwards(byte* blocks, byte* lists, byte* longLists)
{
    private const int BlockDocs = 28;
    private const int BlockLength = 32;
    private const int StartLength = BlockLength - BlockDocs;

    /// <summary>Said of all lists that are as long or longer.</summary>
    private const int Long = byte.MaxValue;

    private const int LongPlaceLength = 2 * sizeof(uint);

    /// <summary>For each byte of a block, which of its docs it is about.</summary>
    private static Vector256<sbyte> DocOfByte => Vector256.Create(
        (sbyte)127, 127, 127, 127, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
        24, 25, 26, 27);

    /// <summary>Bytes of the blocks of so many docs.</summary>
    public static long BlocksLength(uint docs) => (docs + BlockDocs - 1L) / BlockDocs * BlockLength;

    /// <summary>A doc's list. <b>Hot path.</b></summary>
    public byte* Find(uint doc, out int length)
    {
        var at = Place(doc, out length);
        if (length < Long)
            return at;
        length = Unsafe.ReadUnaligned<int>(at + sizeof(uint));
        return longLists + Unsafe.ReadUnaligned<uint>(at);
    }

    /// <summary>Asks the processor for what says where a doc's list is.</summary>
    public void PrefetchStart(uint doc)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(blocks + (doc / BlockDocs * (long)BlockLength));
    }

    /// <summary>Asks for the list.</summary>
    public void Prefetch(uint doc)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(Place(doc, out _));
    }

    /// <summary>Writes the next doc's list. For who writes them all, doc by doc.</summary>
    /// <param name="image">Ends with the lists.</param>
    /// <param name="blocks">Where the blocks begin in the image, as zeros.</param>
    /// <param name="lists">Where the lists begin in the image, with a byte of 0, as the long ones do.</param>
    public static void Append(
        NativeBuffer image, long blocks, long lists, NativeBuffer longLists, uint doc, ReadOnlySpan<byte> codes)
    {
        var block = image.At(blocks + (doc / BlockDocs * (long)BlockLength));
        if (doc % BlockDocs == 0)
            *(uint*)block = checked((uint)(image.Length - lists));
        block[StartLength + (doc % BlockDocs)] = (byte)Math.Min(codes.Length, Long);
        if (codes.Length < Long)
        {
            image.Append(codes);
            return;
        }
        Span<byte> place = stackalloc byte[LongPlaceLength];
        Unsafe.WriteUnaligned(ref place[0], checked((uint)longLists.Length));
        Unsafe.WriteUnaligned(ref place[sizeof(uint)], codes.Length);
        image.Append(place);
        longLists.Append(codes);
    }

    private byte* Place(uint doc, out int length)
    {
        var (number, place) = Math.DivRem(doc, BlockDocs);
        var block = blocks + (number * (long)BlockLength);
        length = block[StartLength + place];
        return lists + *(uint*)block + Sum(block, (sbyte)place);
    }

    /// <summary>How many bytes the lists of a block's first docs take.</summary>
    private static uint Sum(byte* block, sbyte docs)
    {
        var lengths = Vector256.Load(block);
        var isLong = Vector256.Equals(lengths, Vector256.Create((byte)Long));
        lengths = Vector256.ConditionalSelect(isLong, Vector256.Create((byte)LongPlaceLength), lengths)
            & Vector256.LessThan(DocOfByte, Vector256.Create(docs)).AsByte();
        return Vector256.Sum(Vector256.WidenLower(lengths) + Vector256.WidenUpper(lengths));
    }
}
