using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>
/// A part of a query in one segment: how many docs it would have to look at, where they come from, and how one is
/// checked. A plan walks the cheapest source that has all that match, and checks the rest on each doc.
/// </summary>
internal abstract class PlanPart
{
    /// <summary>About how many docs its source has.</summary>
    public abstract long Cost { get; }

    /// <summary>Adds the terms that all docs have which match.</summary>
    public virtual void AddTermsTo(List<SegmentTerm> terms) { }

    /// <summary>Docs that may match, for one walk.</summary>
    /// <param name="rest">What is still to be checked; <see langword="null"/>: nothing.</param>
    public abstract DocSource Source(out DocCheck? rest);

    /// <summary>Whether a doc matches, from wherever it comes.</summary>
    public abstract DocCheck Check();
}

/// <summary>What is looked at doc by doc: flags, languages, times, what is not wanted.</summary>
internal sealed class ScanPart(DocCheck check, long docs) : PlanPart
{
    public override long Cost => ReferenceEquals(check, ConstantCheck.None) ? 0 : docs;

    public override DocSource Source(out DocCheck? rest)
    {
        rest = ReferenceEquals(check, ConstantCheck.All) || ReferenceEquals(check, ConstantCheck.None) ? null : check;
        return ReferenceEquals(check, ConstantCheck.None) ? new ListSource([], 0) : new EverySource();
    }

    public override DocCheck Check() => check;
}

/// <summary>A term, or an author, who is one too. Used for one search after the other.</summary>
internal sealed class TermPart : PlanPart
{
    private readonly TermSource _source = new();
    private Segment _segment = null!;
    private DocCheck? _check;

    public SegmentTerm Term { get; private set; }

    public override long Cost => Term.Count;

    /// <param name="check">For authors, whose terms are in no forward list.</param>
    public TermPart Of(Segment segment, SegmentTerm term, DocCheck? check = null)
    {
        (_segment, Term, _check) = (segment, term, check);
        return this;
    }

    public override void AddTermsTo(List<SegmentTerm> terms) => terms.Add(Term);

    /// <summary>The same one each time: a plan has one walk.</summary>
    public override DocSource Source(out DocCheck? rest)
    {
        rest = null;
        return _source.Of(_segment, Term);
    }

    public override DocCheck Check()
    {
        if (_check is not null)
            return _check;
        if (Term.IsSingle)
            return new DocsCheck([(uint)Term.Postings]);
        if (_segment.BitsOf(Term) is { IsNone: false } bits)
            return new BitsCheck(bits);
        return _segment is SealedSegment compact
            ? new PostingCheck(new PlaceCursor(compact, Term))
            : new TermCheck((ActiveSegment)_segment, Term.Number);
    }
}

/// <summary>A phrase: the docs that have all of its terms, rarest first.</summary>
internal sealed class PhrasePart(Segment segment, SegmentTerm[] terms, int[] offsets) : PlanPart
{
    private readonly SegmentTerm _rarest = Rarest(terms);

    public override long Cost => _rarest.Count;

    public override void AddTermsTo(List<SegmentTerm> others) => others.AddRange(terms);

    public override DocSource Source(out DocCheck? rest)
    {
        rest = Check();
        var others = new List<SegmentTerm>(terms.Length);
        foreach (var term in terms)
        {
            if (term != _rarest)
                others.Add(term);
        }
        return JoinSource.Of(segment, new TermSource().Of(segment, _rarest), Cost, others, rest as PlacesCheck);
    }

    public override DocCheck Check() => segment is SealedSegment compact
        ? new PlacesCheck(compact, terms, offsets)
        : new PhraseCheck((ActiveSegment)segment, terms, offsets);

    private static SegmentTerm Rarest(SegmentTerm[] terms)
    {
        var rarest = terms[0];
        foreach (var term in terms)
        {
            if (term.Count < rarest.Count)
                rarest = term;
        }
        return rarest;
    }
}

/// <summary>All of several: the docs of the one with the fewest, joined with those of terms that are not much more
/// frequent, and checks for the others.</summary>
internal sealed class AndPart(Segment segment, PlanPart[] parts) : PlanPart
{
    private readonly PlanPart _cheapest = Cheapest(parts);

    public override long Cost => _cheapest.Cost;

    public override void AddTermsTo(List<SegmentTerm> terms)
    {
        foreach (var part in parts) part.AddTermsTo(terms);
    }

    public override DocSource Source(out DocCheck? rest)
    {
        var source = _cheapest.Source(out var own);
        var checks = own is null ? null : new List<DocCheck>(parts.Length) { own };
        var others = new List<SegmentTerm>(parts.Length);
        foreach (var part in parts)
        {
            if (part == _cheapest)
                continue;
            part.AddTermsTo(others);
            // Of a term that is joined there is nothing left to check.
            if (part is not TermPart one || !JoinSource.IsWorth(segment, one.Term, Cost))
                (checks ??= new List<DocCheck>(parts.Length)).Add(part.Check());
        }
        rest = checks is null ? null : All(checks);
        return JoinSource.Of(segment, source, Cost, others);
    }

    public override DocCheck Check() => All([.. parts.Select(part => part.Check())]);

    private static PlanPart Cheapest(PlanPart[] parts)
    {
        var cheapest = parts[0];
        foreach (var part in parts)
        {
            if (part.Cost < cheapest.Cost)
                cheapest = part;
        }
        return cheapest;
    }

    /// <summary>What rows answer comes before what forward lists must be read for.</summary>
    private static DocCheck All(List<DocCheck> checks) => checks.Count == 1
        ? checks[0]
        : new AllCheck([.. checks.OrderBy(check => check.NeedsForward)]);
}

/// <summary>Any of several: a merge of their docs, or all docs when that would be as many.</summary>
internal sealed class OrPart(PlanPart[] parts, long docs) : PlanPart
{
    public override long Cost { get; } = Math.Min(docs, Sum(parts));

    public override DocSource Source(out DocCheck? rest)
    {
        var isScan = Array.Exists(parts, static part => part is ScanPart);
        var isExact = !isScan;
        var sources = new DocSource[isScan ? 0 : parts.Length];
        for (var i = 0; i < sources.Length; i++)
        {
            sources[i] = parts[i].Source(out var own);
            isExact &= own is null;
        }
        rest = isExact ? null : Check();
        return isScan ? new EverySource() : new UnionSource(sources);
    }

    public override DocCheck Check() =>
        new AnyCheck([.. parts.Select(part => part.Check()).OrderBy(check => check.NeedsForward)]);

    private static long Sum(PlanPart[] parts)
    {
        var sum = 0L;
        foreach (var part in parts) sum += part.Cost;
        return sum;
    }
}
