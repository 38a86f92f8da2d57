using System.Runtime.Intrinsics.X86;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// Up to 2^23 posts in order of arrival, as a search sees them: terms, the docs that have them, newest first, and for
/// each doc its row. Two forms: <see cref="ActiveSegment"/>, which grows, and keeps for each doc its terms in order;
/// and <see cref="SealedSegment"/>, which is compact, and keeps for each term where it is in its docs.
/// </summary>
internal abstract unsafe class Segment(PostRows rows) : IDisposable
{
    public PostRows Rows => rows;

    /// <summary>Bytes of memory, without <see cref="Rows"/>.</summary>
    public abstract long Bytes { get; }

    /// <summary>Bytes of a mapped image that it lies in, which are not <see cref="Bytes"/>; 0 for none.</summary>
    public virtual long MappedBytes => 0;

    /// <summary>Any thread.</summary>
    public abstract bool TryFind(ReadOnlySpan<byte> term, out SegmentTerm found);

    /// <summary>Calls <paramref name="each"/> with the terms that begin so, until it says false.</summary>
    /// <returns>Whether all were seen.</returns>
    public abstract bool ForEachWithPrefix(ReadOnlySpan<byte> prefix, Func<SegmentTerm, bool> each);

    /// <summary>Begins a walk over a term's docs, from the newest that is at most <paramref name="docMax"/>.</summary>
    public abstract PostingWalk Start(in SegmentTerm term, uint docMax);

    /// <summary>A term's docs as bits, if it is frequent enough to have them, else none. Any thread.</summary>
    public abstract DocBits BitsOf(in SegmentTerm term);

    /// <summary>Passes over docs above <paramref name="docMax"/>, as many as cost nothing.</summary>
    public abstract void Skip(ref PostingWalk walk, uint docMax);

    /// <summary>The walk's next docs, descending: at least one, or 0 at its end. <b>Hot path.</b></summary>
    /// <param name="docs">Room for <see cref="PostingWalk.BlockLength"/>; at first for any multiple of four of at least
    /// <see cref="PostingWalk.RoomMin"/>.</param>
    public abstract int Read(ref PostingWalk walk, Span<uint> docs);

    public void PrefetchRow(uint doc)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(Rows.At(doc));
    }

    /// <summary>Frees what is the form's own. No reader may be left; the rows live on.</summary>
    public abstract void Dispose();
}

/// <summary>A term that a segment has.</summary>
/// <param name="Number">As in forward lists; of sealed terms whether it is single, and where it is then, or frequent
/// (<see cref="SealedLists"/>).</param>
/// <param name="Count">Posts that have it, deleted ones perhaps included.</param>
/// <param name="Postings">For the segment to find its docs.</param>
internal readonly record struct SegmentTerm(uint Number, uint Count, nint Postings)
{
    /// <summary>What a single one has for a number, and its position is added to. No other term has one as great.
    /// </summary>
    public const uint FirstSingle = 1u << 31;

    /// <summary>Whether it is one of <see cref="SealedSingles"/>; <see cref="Postings"/> is its doc then.</summary>
    public bool IsSingle => Number >= FirstSingle;

    /// <summary>Where a single one is in its doc.</summary>
    public int Position => (int)(Number - FirstSingle);
}

/// <summary>A walk over a term's docs; what its fields mean only the segment knows.</summary>
internal struct PostingWalk
{
    /// <summary>Docs in a block of a sealed posting list.</summary>
    public const int BlockLength = 128;

    public SliceWalk Slices;
    public DocBits Bits;
    public nint List;
    public uint Block;
    public uint DocMax;
    public uint Count;

    /// <summary>Docs of the block that were read before.</summary>
    public int Done;

    /// <summary>Of a sealed list, how many of its docs were read or passed over.</summary>
    public readonly uint Index => Math.Min((Block * BlockLength) + (uint)Done, Count);

    /// <summary>Room that the first docs need at least.</summary>
    public int RoomMin;
}
