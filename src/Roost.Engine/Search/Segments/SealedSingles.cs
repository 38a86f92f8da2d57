using System.Numerics;
using System.Runtime.CompilerServices;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The terms of a sealed segment that are in one doc only, once: names, parts of links, misspelt words. Their codes in
/// forward lists are all the same (<see cref="ForwardCode.Single"/>), so each has its doc and its place among the
/// singles of that doc.
/// <code>
///  single   place (4 bits) | doc (as many bits as docs need; all ones: it was deleted)       3 B; of a million posts
///           and more 4 B
/// </code>
/// </summary>
internal readonly unsafe struct SealedSingles(byte* singles, uint docs)
{
    /// <summary>A doc's terms beyond so many are not single, however few docs have them.</summary>
    public const uint PerDocMax = 1u << PlaceBits;

    private const int PlaceBits = 4;

    private readonly int _docBits = DocBitsFor(docs);
    private readonly int _length = LengthFor(docs);

    /// <summary>The term at an index.</summary>
    public SegmentTerm this[uint index]
    {
        get
        {
            var single = Unsafe.ReadUnaligned<uint>(singles + ((long)index * _length)) << (32 - (8 * _length))
                >> (32 - (8 * _length));
            var noDoc = (1u << _docBits) - 1;
            var doc = single & noDoc;
            return new SegmentTerm(ForwardCode.FirstSingle + (single >> _docBits), doc == noDoc ? 0u : 1u, (nint)doc);
        }
    }

    /// <summary>Appends one. For who writes them.</summary>
    /// <param name="doc">Null for one whose doc was deleted.</param>
    /// <param name="place">Among the singles of its doc.</param>
    public static void Append(NativeBuffer to, uint docs, uint? doc, uint place)
    {
        var bits = DocBitsFor(docs);
        var single = doc is { } one ? (place << bits) | one : (1u << bits) - 1;
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Unsafe.WriteUnaligned(ref bytes[0], single);
        to.Append(bytes[..LengthFor(docs)]);
    }

    /// <summary>Of all numbers of so many bits the greatest is no doc.</summary>
    private static int DocBitsFor(uint docs) => 32 - BitOperations.LeadingZeroCount(docs);

    private static int LengthFor(uint docs) => (DocBitsFor(docs) + PlaceBits + 7) / 8;
}
