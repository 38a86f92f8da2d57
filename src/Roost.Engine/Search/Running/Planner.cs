using Roost.Engine.Search.Queries;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search.Running;

/// <summary>Makes a query ready for one segment: terms become numbers there, parts that cannot match fall
/// away.</summary>
internal readonly struct Planner(Segment segment, long docs, BlockPool pool)
{
    public PlanPart Plan(QueryNode node)
    {
        switch (node)
        {
            case TermNode term:
                return TryFind(term.Term, out var found) ? pool.TakeTerm().Of(segment, found) : None;
            case PhraseNode phrase:
                return Phrase(phrase);
            case PrefixNode prefix:
                return new PrefixPart(segment, prefix.Prefix.Bytes, docs);
            case AndNode and:
                return And(and);
            case OrNode or:
                return Or(or);
            case NotNode not:
                return Not(Plan(not.Part));
            case AuthorNode author:
                return Author(author);
            case PostsNode posts:
                return posts.Seqs.Count == 0 ? None : Scan(new PostsCheck(posts.Seqs));
            case LanguageNode language:
                return Scan(new LanguageCheck(segment.Rows, language.Language));
            case FlagsNode flags:
                return Scan(new FlagsCheck(flags.Flags));
            case TimeNode time:
                return Scan(new TimeCheck(time.From, time.Until));
            default:
                throw new ArgumentException($"The index cannot run a {node.GetType().Name}.", nameof(node));
        }
    }

    private static ScanPart None => new(ConstantCheck.None, 0);

    /// <summary>Finds a text's term; authors, who are terms of their own kind, are not meant.</summary>
    private bool TryFind(SearchTerm term, out SegmentTerm found)
    {
        found = default;
        return term.Bytes is not ([] or [AuthorTerm.Kind, ..]) && segment.TryFind(term.Bytes, out found);
    }

    private ScanPart Scan(DocCheck check) => new(check, docs);

    private PlanPart Author(AuthorNode author)
    {
        Span<byte> term = stackalloc byte[AuthorTerm.Length];
        AuthorTerm.Write(term, author.Author);
        return segment.TryFind(term, out var found)
            ? pool.TakeTerm().Of(segment, found, new AuthorCheck(author.Author.Value))
            : None;
    }

    private PlanPart Phrase(PhraseNode phrase)
    {
        var terms = new SegmentTerm[phrase.Terms.Count];
        var offsets = new int[terms.Length];
        for (var i = 0; i < terms.Length; i++)
        {
            if (!TryFind(phrase.Terms[i].Term, out terms[i]))
                return None;
            offsets[i] = phrase.Terms[i].Offset;
        }
        return terms.Length == 0 ? Scan(ConstantCheck.All) : new PhrasePart(segment, terms, offsets);
    }

    private PlanPart And(AndNode and)
    {
        var (parts, count) = (new PlanPart[and.Parts.Count], 0);
        foreach (var node in and.Parts.Span)
        {
            var part = Plan(node);
            if (part.Cost == 0)
                return None;
            if (part is not ScanPart scan || scan.Check() != ConstantCheck.All)
                parts[count++] = part;
        }
        Array.Resize(ref parts, count);
        return count switch
        {
            0 => Scan(ConstantCheck.All),
            1 => parts[0],
            _ => new AndPart(segment, parts),
        };
    }

    private PlanPart Or(OrNode or)
    {
        var (parts, count) = (new PlanPart[or.Parts.Count], 0);
        foreach (var node in or.Parts.Span)
        {
            var part = Plan(node);
            if (part.Cost > 0)
                parts[count++] = part;
        }
        Array.Resize(ref parts, count);
        return count switch { 0 => None, 1 => parts[0], _ => new OrPart(parts, docs) };
    }

    private ScanPart Not(PlanPart part) =>
        part.Cost == 0 ? Scan(ConstantCheck.All) : Scan(new NotCheck(part.Check()));
}
