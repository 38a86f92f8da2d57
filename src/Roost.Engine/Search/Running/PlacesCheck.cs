using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Terms at fixed distances, in a sealed segment. For one search.</summary>
internal sealed unsafe class PlacesCheck : DocCheck
{
    private readonly (PlaceCursor Cursor, int Offset)[] _terms;

    /// <summary>Where each term is in the doc that is looked at.</summary>
    private readonly nint[] _found;

    /// <param name="terms">At least one.</param>
    /// <param name="offsets">Of each term, from wherever the phrase begins.</param>
    public PlacesCheck(SealedSegment segment, ReadOnlySpan<SegmentTerm> terms, ReadOnlySpan<int> offsets)
    {
        _terms = new (PlaceCursor, int)[terms.Length];
        for (var i = 0; i < terms.Length; i++) _terms[i] = (new PlaceCursor(segment, terms[i]), offsets[i]);
        _found = new nint[terms.Length];
    }

    public override bool NeedsRow => false;

    public override void Prefetch(ReadOnlySpan<uint> docs)
    {
        foreach (var (cursor, _) in _terms) cursor.Prefetch(docs);
    }

    public override bool Passes(in DocView doc)
    {
        for (var i = 0; i < _terms.Length; i++)
        {
            _found[i] = (nint)_terms[i].Cursor.Find(doc.Doc);
            if (_found[i] == 0)
                return false;
        }
        // Mostly each of two terms is there once, and not far behind.
        if (_terms.Length == 2 && PlaceCode.AreSimple((byte*)_found[0], (byte*)_found[1]))
            return *(byte*)_found[1] - *(byte*)_found[0] == _terms[1].Offset - _terms[0].Offset;
        var at = (byte*)_found[0];
        var position = 0;
        while (true)
        {
            var goesOn = PlaceCode.Read(ref at, out var step);
            position += step;
            if (RestIsAt(position - _terms[0].Offset))
                return true;
            if (!goesOn)
                return false;
        }
    }

    private bool RestIsAt(int start)
    {
        for (var i = 1; i < _terms.Length; i++)
        {
            var position = start + _terms[i].Offset;
            if (position < 0 || !PlaceCode.Has((byte*)_found[i], position))
                return false;
        }
        return true;
    }
}
