using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>
/// All terms that begin alike. Few: a merge of their docs. Many with few docs: these are gathered and sorted. Many with
/// many docs: all docs are walked and checked for any of the terms, which ends early, since many match
/// (<see cref="AnyTermCheck"/>, <see cref="GatheredCheck"/>).
/// </summary>
internal sealed class PrefixPart : PlanPart
{
    private const int MergeTermsMax = 64;
    private const int GatherDocsMax = 1 << 18;

    /// <summary>Where they match one doc in so many, a walk of all docs ends soon enough.</summary>
    private const long DenseRatio = 4;

    private readonly Segment _segment;
    private readonly List<SegmentTerm> _terms = [];
    private readonly long _docs;
    private readonly long _matches;
    private GatheredCheck? _gathered;

    public PrefixPart(Segment segment, ReadOnlySpan<byte> prefix, long docs)
    {
        _segment = segment;
        _docs = docs;
        segment.ForEachWithPrefix(prefix, term =>
        {
            _terms.Add(term);
            return true;
        });
        foreach (var term in _terms) _matches += term.Count;
    }

    private bool IsScan => _terms.Count > MergeTermsMax
        && (_matches > GatherDocsMax || _matches * DenseRatio > _docs);

    public override long Cost => IsScan ? _docs : _matches;

    public override DocSource Source(out DocCheck? rest)
    {
        rest = IsScan ? Check() : null;
        if (IsScan)
            return new EverySource();
        return _terms.Count <= MergeTermsMax
            ? new UnionSource([.. _terms.Select(term => new TermSource().Of(_segment, term))])
            : Gather();
    }

    public override DocCheck Check()
    {
        if (_terms.Count == 0)
            return ConstantCheck.None;
        return _segment is ActiveSegment active ? AnyTerm(active) : _gathered ??= new GatheredCheck(_segment, _terms);
    }

    private AnyTermCheck AnyTerm(ActiveSegment segment)
    {
        var bits = new ulong[BitWords.WordsFor(_terms.Max(term => term.Number) + 1)];
        foreach (var term in _terms) BitWords.Add(bits, term.Number);
        return new AnyTermCheck(segment, bits);
    }

    private ListSource Gather()
    {
        // Terms may get docs while this runs: the walks end with what was there when each began, which may be more.
        var docs = new List<uint>((int)_matches);
        Span<uint> block = stackalloc uint[DocSource.BlockLength];
        foreach (var term in _terms)
        {
            var walk = _segment.Start(term, uint.MaxValue);
            for (var read = _segment.Read(ref walk, block); read > 0; read = _segment.Read(ref walk, block))
                docs.AddRange(block[..read]);
        }
        var sorted = docs.ToArray();
        sorted.AsSpan().Sort();
        var length = 0;
        for (var i = sorted.Length - 1; i >= 0; i--)
        {
            if (i == sorted.Length - 1 || sorted[i] != sorted[i + 1])
                docs[length++] = sorted[i];
        }
        docs.CopyTo(0, sorted, 0, length);
        return new ListSource(sorted, length);
    }
}
