using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// Where the docs of a sealed segment's terms lie that are not single, by what says so of each in four bytes.
/// <code>
///  entry      31 = 0: the list's first byte, from the postings; 1: the term is frequent, its place among those
///  list       how many docs: 1 B, or 255 and 4 B | as PackedDocs says
///  frequent   by place: how many docs | where the places of each window begin, from the postings      4 B each
///  window     bits of a place, 1 B | as PackedPlaces says
/// </code>
/// </summary>
/// <param name="frequent">Of terms whose docs are bits (<see cref="DocBits"/>).</param>
/// <param name="docs">Of the segment.</param>
internal readonly unsafe struct SealedLists(byte* postings, uint* frequent, uint docs)
{
    public const uint IsBits = 1u << 31;

    private const byte Long = byte.MaxValue;

    private readonly uint _stride = DocBits.WindowsFor(docs) + 1;

    /// <summary>The term of an entry: its <see cref="SegmentTerm.Number"/> is 0 and its postings are a list of
    /// <see cref="PackedDocs"/>, or its number is 1 + its place among frequent ones.</summary>
    public SegmentTerm this[uint entry]
    {
        get
        {
            if ((entry & IsBits) != 0)
            {
                var place = entry & ~IsBits;
                return new SegmentTerm(place + 1, *Frequent(place), 0);
            }
            var list = postings + entry;
            uint count = *list++;
            if (count == Long)
            {
                count = Unsafe.ReadUnaligned<uint>(list);
                list += sizeof(uint);
            }
            return new SegmentTerm(0, count, (nint)list);
        }
    }

    /// <summary>Whether a term is one of <see cref="DocBits"/>.</summary>
    public static bool IsFrequent(in SegmentTerm term) => term.Number is > 0 and < SegmentTerm.FirstSingle;

    /// <summary>Appends a list's beginning.</summary>
    public static void AppendCount(NativeBuffer to, int count)
    {
        to.Append([(byte)Math.Min(count, Long)]);
        if (count >= Long)
            to.Append(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in count)));
    }

    /// <summary>Where a frequent term's places in a doc's window begin, for <see cref="At"/>.</summary>
    public uint Window(in SegmentTerm term, uint doc) =>
        Frequent(term.Number - 1)[1 + (doc / DocBits.WindowDocs)];

    public byte* At(uint window) => postings + window;

    /// <summary>Where a frequent term is in one of its docs. <b>Hot path.</b></summary>
    public DocPlaces Places(in SegmentTerm term, DocBits bits, uint doc) =>
        Places(Window(term, doc), bits, doc, bits.CountBefore(doc));

    /// <summary>The same, with what was looked up before. <b>Hot path.</b></summary>
    /// <param name="start">Of the doc's window.</param>
    /// <param name="before">How many of its docs are before in the window.</param>
    public DocPlaces Places(uint start, DocBits bits, uint doc, int before)
    {
        var window = At(start);
        if (PackedPlaces.TryRead(window + 1, *window, before, out var position))
            return new DocPlaces(position, null);
        // Those beyond the last doc are another term's bits.
        var last = Math.Min(doc | (DocBits.WindowDocs - 1), docs - 1);
        var all = bits.CountBefore(last) + (bits.Has(last) ? 1 : 0);
        return new DocPlaces(-1, PackedPlaces.Other(window + 1, *window, before, all));
    }

    private uint* Frequent(uint place) => frequent + (place * (long)_stride);
}
