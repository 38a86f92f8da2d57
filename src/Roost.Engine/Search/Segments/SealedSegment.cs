using static Roost.Engine.Search.Segments.ImageFormat;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The compact form of a segment: an image that is only read (<see cref="Sealer"/> makes it, <see cref="ImageFile"/>
/// opens it) and the rows, which live on.
/// </summary>
internal sealed unsafe class SealedSegment : Segment
{
    private readonly IDisposable _owner;
    private readonly byte* _image;
    private readonly Func<Section, SectionPlace> _places;
    private readonly SealedTerms _terms;
    private readonly uint* _postings;
    private readonly Inboxes.NativeSlabs _slabs = new(long.MaxValue);

    /// <param name="owner">Keeps the image's memory; disposed with this.</param>
    /// <param name="bytes">Of memory that the image takes.</param>
    /// <param name="mappedBytes">Of the image, if it is mapped.</param>
    public SealedSegment(
        PostRows rows, IDisposable owner, byte* image, Header header, Func<Section, SectionPlace> places, long bytes,
        long mappedBytes)
        : base(rows)
    {
        _owner = owner;
        _image = image;
        _places = places;
        Header = header;
        Bytes = bytes;
        MappedBytes = mappedBytes;
        _postings = (uint*)At(Section.Postings);
        _terms = new SealedTerms(
            (SealedEntry*)At(Section.Entries), header.Terms, (uint*)At(Section.Blocks), At(Section.Texts),
            (uint*)At(Section.Table), header.Slots, header.Seed);
        ForwardStarts = new NativePool<uint>(_slabs, (uint*)At(Section.ForwardStarts));
        ForwardBytes = new NativePool<byte>(_slabs, At(Section.ForwardLists));
    }

    public SealedSegment(PostRows rows, SealedImage image)
        : this(rows, image, image.Bytes.At(0), image.Header, image.Place, image.Bytes.Capacity, 0)
    {
    }

    public Header Header { get; }

    public override long Bytes { get; }

    public override long MappedBytes { get; }

    public SealedTerms Terms => _terms;

    protected override NativePool<uint> ForwardStarts { get; }

    protected override NativePool<byte> ForwardBytes { get; }

    /// <summary>The image's first byte.</summary>
    public byte* Image => _image;

    public SectionPlace Place(Section section) => _places(section);

    public override bool TryFind(ReadOnlySpan<byte> term, out SegmentTerm found)
    {
        var rank = _terms.Find(term);
        found = rank < 0 ? default : Term((uint)rank);
        return found.Count > 0;
    }

    public override bool ForEachWithPrefix(ReadOnlySpan<byte> prefix, Func<SegmentTerm, bool> each)
    {
        Span<byte> text = stackalloc byte[SearchTerm.LengthMax];
        var first = _terms.LowerBound(prefix);
        var reader = _terms.At(first / SealedTerms.BlockLength * SealedTerms.BlockLength);
        while (reader.MoveNext(text))
        {
            if (reader.Rank < first)
                continue;
            if (!text[..reader.Length].StartsWith(prefix))
                return true;
            var term = Term(reader.Rank);
            // An author is nobody's word, even where the prefix is empty.
            if (term.Count > 0 && text[0] != AuthorTerm.Kind && !each(term))
                return false;
        }
        return true;
    }

    public override PostingWalk Start(in SegmentTerm term, uint docMax)
    {
        var entry = (SealedEntry*)term.Postings;
        if (entry->Count == 1)
            return new PostingWalk { Count = entry->Postings <= docMax ? 1u : 0, Block = entry->Postings };
        var list = _postings + entry->Postings;
        return new PostingWalk
        {
            List = (nint)list,
            Count = entry->Count,
            Block = PackedDocs.FirstBlock(list, entry->Count, docMax),
            DocMax = docMax,
        };
    }

    public override void Skip(ref PostingWalk walk, uint docMax)
    {
        if (walk.List == 0)
            return;
        var last = PackedDocs.Blocks(walk.Count) - 1;
        // What is before the next block's newest doc is above it.
        while (walk.Block < last && PackedDocs.Newest((uint*)walk.List, walk.Block + 1) >= docMax) walk.Block++;
    }

    public override int Read(ref PostingWalk walk, Span<uint> docs)
    {
        if (walk.List == 0)
        {
            var left = (int)walk.Count;
            docs[0] = walk.Block;
            walk.Count = 0;
            return left;
        }
        while (walk.Block < PackedDocs.Blocks(walk.Count))
        {
            var count = PackedDocs.Read((uint*)walk.List, walk.Count, walk.Block++, docs);
            if (docs[0] <= walk.DocMax)
                return count;
            var above = 1;
            while (above < count && docs[above] > walk.DocMax) above++;
            docs[above..count].CopyTo(docs);
            if (above < count)
                return count - above;
        }
        return 0;
    }

    public override void Dispose()
    {
        _owner.Dispose();
        _slabs.Dispose();
    }

    private byte* At(Section section) => _image + _places(section).Offset;

    private SegmentTerm Term(uint rank)
    {
        var entry = _terms.Entry(rank);
        return new SegmentTerm(entry->Number, entry->Count, (nint)entry);
    }
}
