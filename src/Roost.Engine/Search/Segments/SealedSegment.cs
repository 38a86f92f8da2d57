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
    private readonly SealedLists _lists;
    private readonly Inboxes.NativeSlabs _slabs = new(long.MaxValue);

    /// <summary>Of all terms that have bits, a term's side by side.</summary>
    private readonly ulong** _chunks;
    private readonly uint _chunksPerTerm;

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
        _lists = new SealedLists(At(Section.Postings), (uint*)At(Section.BitPlaces), header.Docs);
        _terms = new SealedTerms(
            (uint*)At(Section.Entries), _lists, new SealedSingles(At(Section.Singles), header.Docs), header.Terms,
            (SealedBlock*)At(Section.Blocks), At(Section.Texts),
            new PackedSlots(At(Section.Table), header.Slots, PackedSlots.BitsFor(header.Terms)), header.Seed);
        _chunksPerTerm = DocBits.ChunksFor(header.Docs);
        _chunks = FindChunks();
    }

    public SealedSegment(PostRows rows, SealedImage image)
        : this(rows, image, image.Bytes.At(0), image.Header, image.Place, image.Bytes.Capacity, 0)
    {
    }

    public Header Header { get; }

    public override long Bytes { get; }

    public override long MappedBytes { get; }

    public SealedTerms Terms => _terms;

    /// <summary>The image's first byte.</summary>
    public byte* Image => _image;

    public SectionPlace Place(Section section) => _places(section);

    public override bool TryFind(ReadOnlySpan<byte> term, out SegmentTerm found) =>
        _terms.TryFind(term, out found) && found.Count > 0;

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
            var term = _terms[reader.Rank];
            // An author is nobody's word, even where the prefix is empty.
            if (term.Count > 0 && text[0] != AuthorTerm.Kind && !each(term))
                return false;
        }
        return true;
    }

    public override PostingWalk Start(in SegmentTerm term, uint docMax)
    {
        if (term.IsSingle || term.Count == 0)
        {
            var has = term.Count > 0 && term.Postings <= docMax;
            return new PostingWalk { Count = has ? 1u : 0, Block = (uint)term.Postings };
        }
        if (BitsOf(term) is { IsNone: false } bits)
        {
            return new PostingWalk
            {
                Bits = bits,
                Block = Math.Min(docMax, Header.Docs - 1) + 1,
            };
        }
        var list = ListOf(term);
        var block = PackedDocs.FirstBlock(list, term.Count, docMax);
        return new PostingWalk
        {
            List = (nint)list,
            Count = term.Count,
            Block = block,
            DocMax = docMax,
            // Docs above are passed over where they are put.
            RoomMin = PackedDocs.Newest(list, block) > docMax ? PostingWalk.BlockLength : 0,
        };
    }

    public override DocBits BitsOf(in SegmentTerm term) =>
        SealedLists.IsFrequent(term) ? new DocBits(_chunks + ((term.Number - 1) * _chunksPerTerm)) : default;

    /// <summary>The list of a term that is not single and has no bits.</summary>
    public static uint* ListOf(in SegmentTerm term) => (uint*)term.Postings;

    /// <summary>Where a term that has bits is in its docs.</summary>
    public SealedLists Lists => _lists;

    public override void Skip(ref PostingWalk walk, uint docMax)
    {
        if (!walk.Bits.IsNone)
            walk.Block = Math.Min(walk.Block, docMax + 1);
        if (walk.List == 0)
            return;
        var last = PackedDocs.Blocks(walk.Count) - 1;
        // What is before the next block's newest doc is above it.
        while (walk.Block < last && PackedDocs.Newest((uint*)walk.List, walk.Block + 1) >= docMax)
            (walk.Block, walk.Done) = (walk.Block + 1, 0);
    }

    public override int Read(ref PostingWalk walk, Span<uint> docs)
    {
        if (!walk.Bits.IsNone)
            return walk.Bits.Read(ref walk.Block, docs);
        if (walk.List == 0)
        {
            var left = (int)walk.Count;
            docs[0] = walk.Block;
            walk.Count = 0;
            return left;
        }
        while (walk.Block < PackedDocs.Blocks(walk.Count))
        {
            var length = PackedDocs.LengthOf(walk.Count, walk.Block);
            var read = Math.Min(length, docs.Length);
            PackedDocs.Read((uint*)walk.List, walk.Count, walk.Block, docs[..read]);
            var from = walk.Done;
            if (read == length)
                (walk.Block, walk.Done) = (walk.Block + 1, 0);
            else
                walk.Done = read;
            while (from < read && docs[from] > walk.DocMax) from++;
            if (from == 0)
                return read;
            docs[from..read].CopyTo(docs);
            if (from < read)
                return read - from;
        }
        return 0;
    }

    public override void Dispose()
    {
        _owner.Dispose();
        _slabs.Dispose();
    }

    private ulong** FindChunks()
    {
        var words = DocBits.WordsFor(Header.Docs);
        var terms = _places(Section.Bits).Length / ((long)words * sizeof(ulong));
        if (terms == 0)
            return null;
        var chunks = (ulong**)_slabs.Take(terms * _chunksPerTerm * sizeof(ulong*));
        for (long i = 0; i < terms * _chunksPerTerm; i++)
        {
            var (term, chunk) = Math.DivRem(i, _chunksPerTerm);
            chunks[i] = (ulong*)At(Section.Bits) + (term * words) + (chunk * DocBits.ChunkWords);
        }
        return chunks;
    }

    private byte* At(Section section) => _image + _places(section).Offset;
}
