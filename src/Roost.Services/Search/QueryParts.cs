using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;
using Roost.Rpc;

namespace Roost.Services.Search;

/// <summary>Queries as they travel, and back.</summary>
internal static class QueryParts
{
    public static QueryPart Of(QueryNode node) => node switch
    {
        AndNode and => new(QueryPartKind.All) { Parts = Of(and.Parts) },
        OrNode or => new(QueryPartKind.Any) { Parts = Of(or.Parts) },
        NotNode not => new(QueryPartKind.Not) { Parts = [Of(not.Part)] },
        TermNode term => new(QueryPartKind.Term) { Term = term.Term.Bytes.ToArray() },
        PrefixNode prefix => new(QueryPartKind.Prefix) { Term = prefix.Prefix.Bytes.ToArray() },
        PhraseNode phrase => new(QueryPartKind.Phrase) { Parts = [.. phrase.Terms.Select(Of)] },
        AuthorNode author => Numbered(QueryPartKind.Author, author.Author.Value),
        PostsNode posts => new(QueryPartKind.Posts) { Numbers = [.. posts.Seqs.Select(seq => (long)seq)] },
        LanguageNode language => Numbered(QueryPartKind.Language, language.Language.Value),
        FlagsNode flags => Numbered(QueryPartKind.Flags, (long)flags.Flags),
        TimeNode time => Numbered(QueryPartKind.Time, time.From, time.Until),
        _ => throw new NotSupportedException($"{node.GetType().Name} does not travel."),
    };

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is no query.</exception>
    public static QueryNode Read(QueryPart part) => part.Kind switch
    {
        QueryPartKind.All => new AndNode(Read(part.Parts)),
        QueryPartKind.Any => new OrNode(Read(part.Parts)),
        QueryPartKind.Not when part.Parts is [var only] => new NotNode(Read(only)),
        QueryPartKind.Term => new TermNode(new SearchTerm(part.Term.Span)),
        QueryPartKind.Prefix => new PrefixNode(new SearchTerm(part.Term.Span)),
        QueryPartKind.Phrase when part.Parts.Count > 0 => new PhraseNode([.. part.Parts.Select(ReadPlaced)]),
        QueryPartKind.Author => new AuthorNode(new AccountId((int)Number(part, 0, 0, int.MaxValue))),
        QueryPartKind.Posts => new PostsNode([.. part.Numbers.Select(Seq)]),
        QueryPartKind.Language => new LanguageNode(new LanguageCode((ushort)Number(part, 0, 0, ushort.MaxValue))),
        QueryPartKind.Flags => new FlagsNode((PostFlags)Number(part, 0, 0, ushort.MaxValue)),
        QueryPartKind.Time => new TimeNode(
            Number(part, 0, long.MinValue, long.MaxValue), Number(part, 1, long.MinValue, long.MaxValue)),
        _ => throw NoQuery($"a part of kind {part.Kind} with {part.Parts.Count} parts"),
    };

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is no place of a log.</exception>
    public static uint Seq(long number) =>
        number is >= 0 and <= uint.MaxValue ? (uint)number : throw NoQuery($"a post at place {number}");

    private static QueryPart Numbered(QueryPartKind kind, params IReadOnlyList<long> numbers) =>
        new(kind) { Numbers = numbers };

    private static QueryPart[] Of(NodeList<QueryNode> parts) => [.. parts.Select(Of)];

    private static QueryPart Of(PhraseTerm term) =>
        Numbered(QueryPartKind.Term, term.Offset) with { Term = term.Term.Bytes.ToArray() };

    private static NodeList<QueryNode> Read(IReadOnlyList<QueryPart> parts) => [.. parts.Select(Read)];

    private static PhraseTerm ReadPlaced(QueryPart part) =>
        new(new SearchTerm(part.Term.Span), (int)Number(part, 0, 0, SearchPost.PositionMax));

    private static long Number(QueryPart part, int at, long least, long most) =>
        at < part.Numbers.Count && part.Numbers[at] is var number && number >= least && number <= most
            ? number
            : throw NoQuery($"a part of kind {part.Kind} without a number that it needs");

    private static ServiceException NoQuery(string what) =>
        new(ErrorCode.Invalid, $"That is no query: it has {what}. Caller and shard may be of different versions.");
}
