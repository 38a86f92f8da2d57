namespace Roost.Engine.Search.Segments;

/// <summary>
/// Where each term of an active segment is in each of its docs, as <see cref="PlaceCode"/> writes it: made of all
/// forward lists, for <see cref="Sealer"/>. Some 20 bytes a term, and a byte a posting.
/// </summary>
internal sealed unsafe class TermPlaces : IDisposable
{
    private readonly ActiveSegment _segment;
    private readonly NativeBuffer _codes = new();
    private readonly OneTerm[] _terms;

    /// <param name="docs">How many docs are sealed.</param>
    /// <param name="words">How many terms.</param>
    /// <param name="isDeleted">Whether a doc is left out.</param>
    public TermPlaces(
        ActiveSegment segment, uint docs, uint words, Func<uint, bool> isDeleted, CancellationToken cancellation)
    {
        _segment = segment;
        _terms = new OneTerm[words];
        Walk(docs, isDeleted, Measure, cancellation);
        Reserve();
        Walk(docs, isDeleted, Write, cancellation);
    }

    /// <summary>A term's codes, oldest doc first.</summary>
    public ReadOnlySpan<byte> this[uint term] => new(
        _codes.At(_terms[term].Start), checked((int)(_terms[term].End - _terms[term].Start)));

    /// <summary>Whether a term is among the <see cref="SealedSingles"/>.</summary>
    public bool IsSingle(uint term) =>
        _terms[term].Docs <= 1 && this[term] is [] or [< (byte)SealedSingles.PlaceMax + 1];

    public void Dispose() => _codes.Dispose();

    /// <summary>Tells of each term of each doc, in order.</summary>
    private void Walk(uint docs, Func<uint, bool> isDeleted, Visit visit, CancellationToken cancellation)
    {
        for (uint doc = 0; doc < docs; doc++)
        {
            if ((doc & 0xFFFF) == 0)
                cancellation.ThrowIfCancellationRequested();
            if (isDeleted(doc))
                continue;
            var reader = new ForwardReader(_segment.Forward(doc, out var length), length);
            while (reader.MoveNext())
            {
                ref var term = ref _terms[reader.Term];
                visit(ref term, doc, reader.Position);
                term.Position = (ushort)reader.Position;
            }
        }
    }

    /// <summary>Counts bytes, in a term's end, and docs.</summary>
    private static void Measure(ref OneTerm term, uint doc, int position)
    {
        if (term.IsNew(doc))
            (term.End, term.Docs) = (term.End + PlaceCode.Length(position), term.Docs + 1);
        else if (position != term.Position)
            term.End += PlaceCode.Length(position - term.Position);
    }

    private void Reserve()
    {
        var start = 0L;
        foreach (ref var term in _terms.AsSpan())
        {
            var length = term.End;
            (term.Start, term.End, term.DocAfter) = (start, start, 0);
            start += length;
        }
        _codes.Reserve(start);
    }

    private void Write(ref OneTerm term, uint doc, int position)
    {
        var step = position;
        if (!term.IsNew(doc))
        {
            if (position == term.Position)
                return;
            step -= term.Position;
            PlaceCode.GoOn(_codes.At(term.End - 1));
        }
        term.End += PlaceCode.Write(_codes.At(term.End), step);
    }

    /// <summary>Is told of a term that its doc has at a position; not yet the term itself, which has the one
    /// before.</summary>
    private delegate void Visit(ref OneTerm term, uint doc, int position);

    private struct OneTerm
    {
        public long Start;
        public long End;
        public uint Docs;

        /// <summary>The last doc that has it, plus 1.</summary>
        public uint DocAfter;

        /// <summary>The last one in that doc.</summary>
        public ushort Position;

        /// <summary>Whether a doc has it for the first time.</summary>
        public bool IsNew(uint doc)
        {
            var isNew = DocAfter != doc + 1;
            DocAfter = doc + 1;
            return isNew;
        }
    }
}
