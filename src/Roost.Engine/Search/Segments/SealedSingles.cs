using System.Numerics;
using System.Runtime.CompilerServices;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The terms of a sealed segment that are in one doc only, once, and not far behind: names, parts of links, misspelt
/// words. Each has its doc and where it is there.
/// <code>
///  single   position (6 bits) | doc (as many bits as docs need; all ones: it was deleted)
///           one behind the other, bit by bit: of a million posts 26 bits
/// </code>
/// </summary>
internal readonly unsafe struct SealedSingles(byte* singles, uint docs)
{
    /// <summary>Greatest position that one has room for.</summary>
    public const int PlaceMax = (1 << PlaceBits) - 1;

    private const int PlaceBits = 6;

    private readonly int _docBits = DocBitsFor(docs);

    /// <summary>The term at an index.</summary>
    public SegmentTerm this[uint index]
    {
        get
        {
            var bit = index * (ulong)(_docBits + PlaceBits);
            var single = Unsafe.ReadUnaligned<ulong>(singles + (bit >> 3)) >> (int)(bit & 7);
            var noDoc = (1u << _docBits) - 1;
            var doc = (uint)single & noDoc;
            var place = (uint)(single >> _docBits) & PlaceMax;
            return new SegmentTerm(SegmentTerm.FirstSingle + place, doc == noDoc ? 0u : 1u, (nint)doc);
        }
    }

    /// <summary>Appends one. For who writes them.</summary>
    /// <param name="to">Only these.</param>
    /// <param name="index">How many are there.</param>
    /// <param name="doc">Null for one whose doc was deleted.</param>
    public static void Append(NativeBuffer to, uint index, uint docs, uint? doc, int place)
    {
        var docBits = DocBitsFor(docs);
        var bit = index * (ulong)(docBits + PlaceBits);
        var end = (long)((bit + (ulong)(docBits + PlaceBits) + 7) / 8);
        // Written eight bytes at a time.
        to.Pad((int)Math.Max(0, end + sizeof(ulong) - to.Length), 1);
        var single = ((ulong)place << docBits) | (doc ?? ((1u << docBits) - 1));
        ref var word = ref Unsafe.AsRef<byte>(to.At((long)(bit >> 3)));
        Unsafe.WriteUnaligned(ref word, Unsafe.ReadUnaligned<ulong>(ref word) | (single << (int)(bit & 7)));
    }

    /// <summary>Of all numbers of so many bits the greatest is no doc.</summary>
    private static int DocBitsFor(uint docs) => 32 - BitOperations.LeadingZeroCount(docs);
}
