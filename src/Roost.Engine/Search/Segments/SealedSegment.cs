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
        _postings = (uint*)At(Section.Postings);
        _terms = new SealedTerms(
            (SealedEntry*)At(Section.Entries), (uint*)At(Section.Singles), header.FirstSingle, header.Terms,
            (SealedBlock*)At(Section.Blocks), At(Section.Texts), (uint*)At(Section.Table), header.Slots, header.Seed);
        _chunksPerTerm = DocBits.ChunksFor(header.Docs);
        _chunks = FindChunks();
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
        found = rank < 0 ? default : _terms[(uint)rank];
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
            var term = _terms[reader.Rank];
            // An author is nobody's word, even where the prefix is empty.
            if (term.Count > 0 && text[0] != AuthorTerm.Kind && !each(term))
                return false;
        }
        return true;
    }

    public override PostingWalk Start(in SegmentTerm term, uint docMax)
    {
        if (term.Count == 1)
            return new PostingWalk { Count = term.Postings <= docMax ? 1u : 0, Block = (uint)term.Postings };
        var entry = (SealedEntry*)term.Postings;
        if (entry->HasBits)
        {
            return new PostingWalk
            {
                Bits = BitsAt(entry->Postings & ~SealedEntry.IsBits),
                Block = Math.Min(docMax, Header.Docs - 1) + 1,
            };
        }
        var list = _postings + entry->Postings;
        return new PostingWalk
        {
            List = (nint)list,
            Count = entry->Count,
            Block = PackedDocs.FirstBlock(list, entry->Count, docMax),
            DocMax = docMax,
        };
    }

    public override DocBits BitsOf(in SegmentTerm term)
    {
        if (term.Count < DocBits.CountMin)
            return default;
        var entry = (SealedEntry*)term.Postings;
        return entry->HasBits ? BitsAt(entry->Postings & ~SealedEntry.IsBits) : default;
    }

    public override void Skip(ref PostingWalk walk, uint docMax)
    {
        if (!walk.Bits.IsNone)
            walk.Block = Math.Min(walk.Block, docMax + 1);
        if (walk.List == 0)
            return;
        var last = PackedDocs.Blocks(walk.Count) - 1;
        // What is before the next block's newest doc is above it.
        while (walk.Block < last && PackedDocs.Newest((uint*)walk.List, walk.Block + 1) >= docMax) walk.Block++;
    }

    public override int RoomMin => PostingWalk.BlockLength;

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

    private DocBits BitsAt(uint place) => new(_chunks + (place * _chunksPerTerm));

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
