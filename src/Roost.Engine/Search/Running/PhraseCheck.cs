using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>
/// Terms at fixed distances. Whether all are there at all is asked first, which most docs do not survive; then places
/// are compared.
/// </summary>
internal sealed unsafe class PhraseCheck : DocCheck
{
    private readonly (CodePattern Pattern, int Offset)[] _terms;

    /// <param name="terms">Numbers and offsets, at least one.</param>
    public PhraseCheck(ReadOnlySpan<(uint Term, int Offset)> terms)
    {
        _terms = new (CodePattern, int)[terms.Length];
        for (var i = 0; i < terms.Length; i++)
            _terms[i] = (new CodePattern(terms[i].Term), terms[i].Offset);
    }

    public override bool NeedsForward => true;

    public override bool Passes(in DocView doc)
    {
        foreach (ref readonly var term in _terms.AsSpan())
        {
            if (!ForwardCode.Contains(doc.Codes, doc.CodesLength, term.Pattern))
                return false;
        }
        if (_terms.Length == 1)
            return true;
        var first = new ForwardReader(doc.Codes, doc.CodesLength);
        while (first.MoveNext())
        {
            if (first.Term == _terms[0].Pattern.Term && RestIsAt(doc, first.Position - _terms[0].Offset))
                return true;
        }
        return false;
    }

    private bool RestIsAt(in DocView doc, int position)
    {
        for (var i = 1; i < _terms.Length; i++)
        {
            if (!IsAt(doc, _terms[i].Pattern.Term, position + _terms[i].Offset))
                return false;
        }
        return true;
    }

    private static bool IsAt(in DocView doc, uint term, int position)
    {
        var reader = new ForwardReader(doc.Codes, doc.CodesLength);
        while (reader.MoveNext() && reader.Position <= position)
        {
            if (reader.Position == position && reader.Term == term)
                return true;
        }
        return false;
    }
}
