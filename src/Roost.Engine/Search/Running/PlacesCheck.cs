using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Terms at fixed distances, in a sealed segment. For one search.</summary>
internal sealed unsafe class PlacesCheck : DocCheck
{
    /// <summary>Rarest first: a frequent one is in a doc several times, and each of the places would be gone on with.
    /// </summary>
    private readonly (PlaceCursor Cursor, int Offset)[] _terms;

    /// <param name="terms">At least one.</param>
    /// <param name="offsets">Of each term, from wherever the phrase begins.</param>
    public PlacesCheck(SealedSegment segment, ReadOnlySpan<SegmentTerm> terms, ReadOnlySpan<int> offsets)
    {
        _terms = new (PlaceCursor, int)[terms.Length];
        for (var i = 0; i < terms.Length; i++) _terms[i] = (new PlaceCursor(segment, terms[i]), offsets[i]);
        _terms.AsSpan().Sort(static (one, other) => one.Cursor.Term.Count.CompareTo(other.Cursor.Term.Count));
    }

    public override bool NeedsRow => false;

    /// <summary>The term's cursor, to be told of the docs of the term's list; null if it has none, or needs none.
    /// </summary>
    public PlaceCursor? CursorOf(SegmentTerm term)
    {
        foreach (var (cursor, _) in _terms)
        {
            if (cursor.Term == term)
                return term.IsSingle || SealedLists.IsFrequent(term) ? null : cursor;
        }
        return null;
    }

    public override void Prefetch(ReadOnlySpan<uint> docs)
    {
        foreach (var (cursor, _) in _terms) cursor.Prefetch(docs);
    }

    public override bool Passes(in DocView doc)
    {
        var first = _terms[0].Cursor.Find(doc.Doc);
        if (first.IsNone)
            return false;
        if (first.Codes == null)
            return RestIsAt(doc.Doc, first.Position - _terms[0].Offset);
        var at = first.Codes;
        var (position, goesOn) = (0, true);
        while (goesOn)
        {
            goesOn = PlaceCode.Read(ref at, out var step);
            position += step;
            if (RestIsAt(doc.Doc, position - _terms[0].Offset))
                return true;
        }
        return false;
    }

    private bool RestIsAt(uint doc, int start)
    {
        for (var i = 1; i < _terms.Length; i++)
        {
            var position = start + _terms[i].Offset;
            if (position < 0 || !_terms[i].Cursor.Find(doc).Has(position))
                return false;
        }
        return true;
    }
}
