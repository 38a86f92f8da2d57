using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>
/// Terms at fixed distances, in an active segment. Words that follow each other do so in a forward list, too, as one
/// string of bytes, unless several terms have the same place (a tag and its words): only then places are compared.
/// </summary>
internal sealed unsafe class PhraseCheck : DocCheck
{
    private readonly ActiveSegment _segment;
    private readonly (CodePattern Pattern, int Offset)[] _terms;

    /// <summary>What a list without terms in the same place must contain.</summary>
    private readonly CodePattern[] _patterns;

    /// <summary>Whether a list that contains the one pattern has the phrase.</summary>
    private readonly bool _isOnePattern;

    /// <param name="terms">At least one.</param>
    /// <param name="offsets">Of each term, from wherever the phrase begins.</param>
    public PhraseCheck(ActiveSegment segment, ReadOnlySpan<SegmentTerm> terms, ReadOnlySpan<int> offsets)
    {
        _segment = segment;
        _terms = new (CodePattern, int)[terms.Length];
        for (var i = 0; i < terms.Length; i++)
            _terms[i] = (new CodePattern(terms[i].Number), offsets[i]);

        var patterns = new List<CodePattern> { _terms[0].Pattern };
        for (var i = 1; i < terms.Length; i++)
        {
            var both = offsets[i] == offsets[i - 1] + 1 ? patterns[^1].Then(_terms[i].Pattern) : default;
            if (both.Length > 0)
                patterns[^1] = both;
            else
                patterns.Add(_terms[i].Pattern);
        }
        _patterns = [.. patterns];
        _isOnePattern = _patterns.Length == 1;
    }

    public override bool NeedsForward => true;

    public override bool NeedsRow => false;

    public override bool Passes(in DocView doc)
    {
        var codes = _segment.Forward(doc.Doc, out var length);
        var hasPatterns = true;
        foreach (ref readonly var pattern in _patterns.AsSpan())
            hasPatterns = hasPatterns && ForwardCode.Contains(codes, length, pattern);
        if (hasPatterns && _isOnePattern)
            return true;
        if (!hasPatterns && !ForwardCode.HasSamePlaces(codes, length))
            return false;
        var first = new ForwardReader(codes, length);
        while (first.MoveNext())
        {
            if (first.Term == _terms[0].Pattern.Term && RestIsAt(codes, length, first.Position - _terms[0].Offset))
                return true;
        }
        return false;
    }

    private bool RestIsAt(byte* codes, int length, int position)
    {
        for (var i = 1; i < _terms.Length; i++)
        {
            if (!IsAt(codes, length, _terms[i].Pattern.Term, position + _terms[i].Offset))
                return false;
        }
        return true;
    }

    private static bool IsAt(byte* codes, int length, uint term, int position)
    {
        var reader = new ForwardReader(codes, length);
        while (reader.MoveNext() && reader.Position <= position)
        {
            if (reader.Position == position && reader.Term == term)
                return true;
        }
        return false;
    }
}
