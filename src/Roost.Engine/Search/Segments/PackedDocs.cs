using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// Posting lists of sealed segments: docs descending, in blocks of 128, as differences of few bits; behind each block
/// where the term is in each of its docs.
/// <code>
///  list    headers, 4 B a block: bits of a place (30 … 28) | bits of a difference (27 … 23) | newest doc (22 … 0)
///          starts, 4 B a block, if there are two blocks or more: first byte of its data, from the data's beginning
///          blocks: data, places (PackedPlaces; authors have none)
///  block   of 128: four lanes; lane k packs the 32 differences between docs 4 apart (k, k+4, …), a lane's words
///          every fourth of 4 × bits words. Unpacked by four at a time, and summed by one subtraction for four.
///  rest    the last, shorter block: differences between neighbours, packed one after the other, up to a whole byte
/// </code>
/// </summary>
/// <remarks>
/// Differences four apart cost two bits a doc more than between neighbours and save the sums across lanes (D. Lemire,
/// L. Boytsov, "Decoding billions of integers per second through vectorization", Software: Practice and Experience
/// 45(1), 2015: "D4").
/// </remarks>
internal static unsafe class PackedDocs
{
    public const int BlockLength = PostingWalk.BlockLength;

    /// <summary>Bytes behind a list that unpacking may read.</summary>
    public const int OverRead = 16;

    private const int Lanes = 4;
    private const int DocBits = PostRows.DocBits;
    private const uint DocMask = PostRows.DocsMax - 1;
    private const int PlaceBitsShift = 28;
    private const uint DifferenceMask = (1u << (PlaceBitsShift - DocBits)) - 1;

    public static uint Blocks(uint count) => (count + BlockLength - 1) / BlockLength;

    /// <summary>Newest doc of a block.</summary>
    public static uint Newest(uint* list, uint block) => list[block] & DocMask;

    /// <summary>
    /// The block where a walk of docs of at most <paramref name="docMax"/> begins; its first docs may be above.
    /// </summary>
    public static uint FirstBlock(uint* list, uint count, uint docMax)
    {
        uint low = 0, high = Blocks(count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Newest(list, middle) > docMax)
                low = middle + 1;
            else
                high = middle;
        }
        return low == 0 ? 0 : low - 1;
    }

    /// <summary>How many docs a block of a list of <paramref name="count"/> docs has.</summary>
    public static int LengthOf(uint count, uint block) => (int)Math.Min(BlockLength, count - (block * BlockLength));

    /// <summary>The block that has a doc if the list has it, or -1: all are older.</summary>
    public static int BlockOf(uint* list, uint count, uint doc)
    {
        int low = 0, high = (int)Blocks(count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Newest(list, (uint)middle) >= doc)
                low = middle + 1;
            else
                high = middle;
        }
        return low - 1;
    }

    /// <summary>Where the term is in the list's doc at an index, the newest one at 0. Of a word. <b>Hot path.</b>
    /// </summary>
    public static DocPlaces PlacesOf(uint* list, uint count, uint index)
    {
        var block = index / BlockLength;
        return PackedPlaces.Read(
            Places(list, count, block), (int)(list[block] >> PlaceBitsShift), (int)(index % BlockLength),
            LengthOf(count, block));
    }

    /// <summary>Asks the processor for where the places of a block's docs are. Of a word.</summary>
    public static void PrefetchPlaces(uint* list, uint count, uint block)
    {
        const int LineLength = 64;
        if (!Sse.IsSupported)
            return;
        var places = Places(list, count, block);
        Sse.Prefetch0(places);
        Sse.Prefetch0(places + LineLength);
    }

    /// <summary>Unpacks a block of a list of <paramref name="count"/> docs. <b>Hot path.</b></summary>
    /// <param name="docs">Room for all of the block, or for a multiple of four: its first ones then.</param>
    public static void Read(uint* list, uint count, uint block, Span<uint> docs)
    {
        var bits = Bits(list, block);
        var data = Data(list, count, block);
        if (LengthOf(count, block) == BlockLength)
            ReadFull((uint*)data, bits, Newest(list, block), docs);
        else
            ReadRest(data, bits, Newest(list, block), docs);
    }

    /// <summary>Appends a list.</summary>
    /// <param name="docs">Descending, without repeats, at least one.</param>
    /// <param name="places">As many postings, or none.</param>
    public static void Write(NativeBuffer to, ReadOnlySpan<uint> docs, ReadOnlySpan<byte> places)
    {
        var blocks = Blocks((uint)docs.Length);
        var index = to.Reserve((blocks == 1 ? 1 : 2 * blocks) * sizeof(uint));
        var data = to.Length;
        for (uint block = 0; block < blocks; block++)
        {
            var rest = docs[(int)(block * BlockLength)..];
            var part = rest[..Math.Min(BlockLength, rest.Length)];
            var start = checked((uint)(to.Length - data));
            var bits = part.Length == BlockLength ? WriteFull(to, part) : WriteRest(to, part);
            var placeBits = WritePlaces(to, ref places, part.Length);
            ((uint*)to.At(index))[block] = ((uint)placeBits << PlaceBitsShift) | ((uint)bits << DocBits) | part[0];
            if (blocks > 1)
                ((uint*)to.At(index))[blocks + block] = start;
        }
    }

    /// <summary>Appends the first ones, and leaves the others; says with how many bits each.</summary>
    private static int WritePlaces(NativeBuffer to, ref ReadOnlySpan<byte> places, int postings)
    {
        if (places.IsEmpty)
            return 0;
        var length = PlaceCode.LengthOf(places, postings);
        var bits = PackedPlaces.BitsFor(places[..length], postings);
        PackedPlaces.Write(to, places[..length], postings, bits);
        places = places[length..];
        return bits;
    }

    private static int Bits(uint* list, uint block) => (int)(list[block] >> DocBits & DifferenceMask);

    private static byte* Data(uint* list, uint count, uint block)
    {
        var blocks = Blocks(count);
        return blocks == 1 ? (byte*)(list + 1) : (byte*)(list + (2 * blocks)) + list[blocks + block];
    }

    /// <summary>Where the places of a block's docs begin.</summary>
    private static byte* Places(uint* list, uint count, uint block)
    {
        var length = LengthOf(count, block);
        var bits = Bits(list, block);
        return Data(list, count, block)
            + (length == BlockLength ? Lanes * bits * sizeof(uint) : RestBytes(length, bits));
    }

    private static int RestBytes(int length, int bits) => (((length - 1) * bits) + 7) / 8;

    private static void ReadFull(uint* data, int bits, uint newest, Span<uint> docs)
    {
        var before = Vector128.Create(newest);
        var mask = Vector128.Create((1u << bits) - 1);
        fixed (uint* to = docs)
        {
            var shift = 0;
            for (var i = 0; i < docs.Length; i += Lanes)
            {
                var difference = Vector128.ShiftRightLogical(Vector128.Load(data), shift);
                shift += bits;
                if (shift >= 32)
                {
                    data += Lanes;
                    shift -= 32;
                    if (shift > 0)
                        difference |= Vector128.ShiftLeft(Vector128.Load(data), bits - shift);
                }
                before -= difference & mask;
                before.Store(to + i);
            }
        }
    }

    private static void ReadRest(byte* bytes, int bits, uint newest, Span<uint> docs)
    {
        var mask = (1u << bits) - 1;
        docs[0] = newest;
        for (var i = 1; i < docs.Length; i++)
        {
            var bit = (i - 1) * bits;
            newest -= (uint)(Unsafe.ReadUnaligned<ulong>(bytes + (bit >> 3)) >> (bit & 7)) & mask;
            docs[i] = newest;
        }
    }

    private static int WriteFull(NativeBuffer to, ReadOnlySpan<uint> docs)
    {
        Span<uint> differences = stackalloc uint[BlockLength];
        uint all = 0;
        for (var i = 0; i < BlockLength; i++)
        {
            differences[i] = (i < Lanes ? docs[0] : docs[i - Lanes]) - docs[i];
            all |= differences[i];
        }
        var bits = BitsOf(all);
        var words = new Span<uint>(to.At(to.Reserve(Lanes * bits * sizeof(uint))), Lanes * bits);
        words.Clear();
        for (var i = 0; i < BlockLength; i++)
        {
            var bit = i / Lanes * bits;
            var word = (bit / 32 * Lanes) + (i % Lanes);
            words[word] |= differences[i] << (bit % 32);
            if (bit % 32 + bits > 32)
                words[word + Lanes] |= differences[i] >> (32 - (bit % 32));
        }
        return bits;
    }

    private static int WriteRest(NativeBuffer to, ReadOnlySpan<uint> docs)
    {
        uint all = 0;
        for (var i = 1; i < docs.Length; i++) all |= docs[i - 1] - docs[i];
        var bits = BitsOf(all);
        Span<uint> words = stackalloc uint[BlockLength];
        words.Clear();
        for (var i = 1; i < docs.Length; i++)
        {
            var bit = (i - 1) * bits;
            var difference = (ulong)(docs[i - 1] - docs[i]) << (bit % 32);
            words[bit / 32] |= (uint)difference;
            if (difference >> 32 != 0)
                words[(bit / 32) + 1] |= (uint)(difference >> 32);
        }
        to.Append(MemoryMarshal.AsBytes(words)[..RestBytes(docs.Length, bits)]);
        return bits;
    }

    /// <summary>At least 1: a block of no bits would be shifted by 32.</summary>
    private static int BitsOf(uint all) => Math.Max(1, 32 - BitOperations.LeadingZeroCount(all));
}
