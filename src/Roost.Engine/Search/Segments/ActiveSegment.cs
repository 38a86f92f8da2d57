using System.Runtime.Intrinsics.X86;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The segment that grows: a post can be found as soon as <see cref="Add"/> returns. One writer, readers on any thread,
/// no locks.
/// <code>
///  term ──► TermTable: entry ──► its one doc, or record ──► PostingSlices: docs   doc ──► PostRows: row
///                                                                                 doc ──► forward list: terms in order
/// </code>
/// </summary>
/// <remarks>
/// <para>A post is written to all structures and then published by the rows' count. A reader takes the count first and
/// passes over docs that it does not cover.</para>
/// <para><b>Cost of an add.</b> Nearly all of it is cache misses in the tables of terms, so a post's terms go through
/// in step: all slots are asked of memory, then all entries, then all texts and records, and only then is anything
/// compared; ends of lists are asked for meanwhile, and written last.</para>
/// </remarks>
internal sealed unsafe class ActiveSegment : Segment
{
    /// <summary>The least that a structure grows by: it must have room for the longest list of slices and of terms.
    /// </summary>
    private const int PartBytesMin = 1 << 16;

    private readonly NativeSlabs _slabs;
    private readonly TermTable _terms;
    private readonly TermTable _authors;
    private readonly PostingSlices _postings;
    private readonly NativePool<uint> _forwardStarts;
    private readonly NativePool<byte> _forwardBytes;
    private readonly uint _docsMax;
    private Scratch[] _scratch = new Scratch[64];

    /// <param name="store">What its memory comes from and goes to.</param>
    public ActiveSegment(PostRows rows, uint docsMax, ChunkStore store, ulong seed)
        : base(rows)
    {
        _slabs = new NativeSlabs(long.MaxValue, store);
        _docsMax = docsMax;
        // What grows faster grows in larger parts: the table of all that there may be is shorter then.
        _terms = new TermTable(_slabs, Part(8), seed);
        _authors = new TermTable(_slabs, Part(16), seed);
        _postings = new PostingSlices(_slabs, docsMax, Part(2));
        _forwardStarts = new NativePool<uint>(_slabs, docsMax, Part(8));
        _forwardBytes = new NativePool<byte>(_slabs, uint.MaxValue, Part(4));

        int Part(int ofChunk) => (int)Math.Max(store.ChunkBytes / ofChunk, PartBytesMin);
    }

    public override long Bytes =>
        _slabs.Bytes + _terms.TableBytes + _authors.TableBytes + ((long)_scratch.Length * sizeof(Scratch));

    /// <summary>Bytes by what they are for, rows apart; what is cut and not used yet is the rest. The writer only.
    /// </summary>
    public IReadOnlyList<(string Part, long Bytes)> Parts
    {
        get
        {
            var (entries, records, texts) = _terms.Parts;
            var (authorEntries, authorRecords, authorTexts) = _authors.Parts;
            var (slices, bits) = _postings.Parts;
            (string Part, long Bytes)[] parts =
            [
                ("Entries", entries), ("Records", records), ("Texts", texts), ("Tables", _terms.TableBytes),
                ("Authors", authorEntries + authorRecords + authorTexts + _authors.TableBytes), ("Slices", slices),
                ("Bits", bits), ("Forward", _forwardStarts.Bytes + _forwardBytes.Bytes),
            ];
            return [.. parts, ("Rest", Bytes - parts.Sum(part => part.Bytes))];
        }
    }

    public TermTable Terms => _terms;

    public TermTable Authors => _authors;

    /// <summary>Whether a post of so many tokens surely fits. The writer only.</summary>
    public bool HasRoom(int tokens, int textBytes) =>
        Rows.Count < _docsMax && _terms.HasRoom(tokens, textBytes) && _authors.HasRoom(1, AuthorTerm.Length)
        && _postings.HasRoom(tokens + 1) && _forwardBytes.HasRoom(ForwardLengthMax(tokens));

    /// <summary>Adds a post that fits and whose tokens are good. The writer only. <b>Hot path.</b></summary>
    /// <param name="live">See <see cref="PostRow"/>; its language is the post's.</param>
    public void Add(
        in SearchPost post, ReadOnlySpan<byte> text, ReadOnlySpan<TermToken> tokens, ulong ownFlags, ulong live)
    {
        AddTerms(post.Author, text, tokens);
        Rows.Add(post, ownFlags, live);
        Rows.Publish();
    }

    /// <summary>Adds a post as it was in another segment. The writer only.</summary>
    public void AddAgain(PostRows from, uint doc, ReadOnlySpan<byte> text, ReadOnlySpan<TermToken> tokens)
    {
        AddTerms(new AccountId(from.At(doc)->Author), text, tokens);
        Rows.AddAgain(from, doc);
        Rows.Publish();
    }

    public override bool TryFind(ReadOnlySpan<byte> term, out SegmentTerm found)
    {
        var isAuthor = term.Length > 0 && term[0] == AuthorTerm.Kind;
        var table = isAuthor ? _authors : _terms;
        var number = table.Find(term);
        found = number < 0 ? default : Term(table, (uint)number);
        return number >= 0;
    }

    public override bool ForEachWithPrefix(ReadOnlySpan<byte> prefix, Func<SegmentTerm, bool> each) =>
        _terms.ForEachWithPrefix(prefix, term => each(Term(_terms, term)));

    public override PostingWalk Start(in SegmentTerm term, uint docMax) =>
        new() { Slices = IsRecord(term) ? _postings.Start(RecordOf(term), docMax) : StartSingle(term, docMax) };

    public override DocBits BitsOf(in SegmentTerm term) =>
        IsRecord(term) ? _postings.BitsOf(RecordOf(term)) : default;

    public override void Skip(ref PostingWalk walk, uint docMax) => _postings.Skip(ref walk.Slices, docMax);

    public override int Read(ref PostingWalk walk, Span<uint> docs) => _postings.Read(ref walk.Slices, docs);

    /// <summary>A doc's forward list, see <see cref="ForwardCode"/>; the byte before it ends a code. <b>Hot
    /// path.</b></summary>
    public byte* Forward(uint doc, out int length)
    {
        var at = _forwardBytes.At(*_forwardStarts.At(doc));
        length = (int)ForwardCode.Read(ref at);
        return at;
    }

    /// <summary>Asks the processor for what says where a doc's forward list is.</summary>
    public void PrefetchForwardStart(uint doc)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_forwardStarts.At(doc));
    }

    /// <summary>Asks for the list; what says where it is should be there.</summary>
    public void PrefetchForward(uint doc)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_forwardBytes.At(*_forwardStarts.At(doc)));
    }

    public override void Dispose() => _slabs.Dispose();

    /// <summary>A term by its number, for <see cref="Sealer"/>.</summary>
    public SegmentTerm TermOf(uint number, bool isAuthor) => Term(isAuthor ? _authors : _terms, number);

    /// <summary>Asks the processor for a term's entry, for <see cref="Sealer"/>.</summary>
    public void PrefetchEntry(uint number, bool isAuthor) => (isAuthor ? _authors : _terms).PrefetchEntry(number);

    /// <summary>Asks for its text and the end of its list; its entry should be there.</summary>
    public void PrefetchTerm(uint number, bool isAuthor)
    {
        var table = isAuthor ? _authors : _terms;
        table.PrefetchText(number);
        PrefetchEnd(table, number);
    }

    /// <summary>The postings of a term with one doc are that doc, doubled, and 1; else the address of its record, which
    /// is even.</summary>
    private static SegmentTerm Term(TermTable table, uint term)
    {
        var entry = table[term];
        if (!entry.HasRecord)
            return new SegmentTerm(term, entry.HasDoc ? 1u : 0, (nint)(((ulong)entry.Doc << 1) | 1));
        var record = table.Record(entry);
        return new SegmentTerm(term, Volatile.Read(ref record->Count), (nint)record);
    }

    private static bool IsRecord(in SegmentTerm term) => (term.Postings & 1) == 0;

    private static TermRecord* RecordOf(in SegmentTerm term) => (TermRecord*)term.Postings;

    private static SliceWalk StartSingle(in SegmentTerm term, uint docMax)
    {
        var doc = (uint)(term.Postings >> 1);
        return term.Count > 0 && doc <= docMax ? PostingSlices.Single(doc) : default;
    }

    private void PrefetchEnd(TermTable table, uint term)
    {
        if (table[term] is { HasRecord: true } entry)
            _postings.PrefetchEnd(table.Record(entry));
    }

    /// <summary>Puts a doc at the newest end of a term's, unless it is there.</summary>
    private void Append(TermTable table, uint term, uint doc)
    {
        var entry = table[term];
        if (entry.HasRecord)
            _postings.Append(table.Record(entry), doc);
        else if (!entry.HasDoc)
            table.SetDoc(term, doc);
        else if (entry.Doc != doc)
            table.SetRecord(term, _postings.Begin(entry.Doc, doc));
    }

    private void AddTerms(AccountId by, ReadOnlySpan<byte> text, ReadOnlySpan<TermToken> tokens)
    {
        var doc = Rows.Count;
        if (_scratch.Length < tokens.Length)
            _scratch = new Scratch[tokens.Length];
        Span<byte> author = stackalloc byte[AuthorTerm.Length];
        AuthorTerm.Write(author, by);
        fixed (byte* at = text)
        fixed (byte* authorAt = author)
        fixed (Scratch* scratch = _scratch)
        {
            var authorHash = _authors.Hash(authorAt, AuthorTerm.Length);
            _authors.PrefetchSlot(authorHash);
            Resolve(at, tokens, scratch);
            var authorTerm =
                _authors.FindOrAdd(authorAt, AuthorTerm.Length, authorHash, _authors.Guess(authorHash));
            for (var i = 0; i < tokens.Length; i++)
                Append(_terms, scratch[i].Term, doc);
            Append(_authors, authorTerm, doc);
            WriteForward(doc, tokens, scratch);
        }
    }

    private void Resolve(byte* text, ReadOnlySpan<TermToken> tokens, Scratch* scratch)
    {
        for (var i = 0; i < tokens.Length; i++)
        {
            scratch[i].Hash = _terms.Hash(text + tokens[i].Start, tokens[i].Length);
            _terms.PrefetchSlot(scratch[i].Hash);
        }
        for (var i = 0; i < tokens.Length; i++)
        {
            var guess = scratch[i].Guess = _terms.Guess(scratch[i].Hash);
            if (guess >= 0)
                _terms.PrefetchEntry((uint)guess);
        }
        for (var i = 0; i < tokens.Length; i++)
        {
            if (scratch[i].Guess >= 0)
                _terms.PrefetchText((uint)scratch[i].Guess);
        }
        for (var i = 0; i < tokens.Length; i++)
        {
            ref var one = ref scratch[i];
            one.Term = _terms.FindOrAdd(text + tokens[i].Start, tokens[i].Length, one.Hash, one.Guess);
            PrefetchEnd(_terms, one.Term);
        }
    }

    private void WriteForward(uint doc, ReadOnlySpan<TermToken> tokens, Scratch* scratch)
    {
        var length = 0;
        var position = -1;
        for (var i = 0; i < tokens.Length; i++)
        {
            length += ForwardCode.StepLength(tokens[i].Position - position)
                + ForwardCode.Length(scratch[i].Term + ForwardCode.Controls);
            position = tokens[i].Position;
        }

        var start = _forwardBytes.Take(length + ForwardCode.Length((uint)length));
        var to = _forwardBytes.At(start);
        to += ForwardCode.Write(to, (uint)length);
        position = -1;
        for (var i = 0; i < tokens.Length; i++)
        {
            to += ForwardCode.WriteStep(to, tokens[i].Position - position);
            to += ForwardCode.Write(to, scratch[i].Term + ForwardCode.Controls);
            position = tokens[i].Position;
        }
        *_forwardStarts.Grow(doc) = start;
    }

    /// <summary>More than any forward list of so many tokens takes.</summary>
    private static int ForwardLengthMax(int tokens) =>
        ((tokens + 1) * ForwardCode.LengthMax) + SearchPost.PositionMax;

    private struct Scratch
    {
        public uint Hash;
        public int Guess;
        public uint Term;
    }
}
