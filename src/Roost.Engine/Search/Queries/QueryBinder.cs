using Roost.Engine.Ids;
using Roost.Engine.Text;

namespace Roost.Engine.Search.Queries;

/// <summary>
/// Makes of a query what the index runs: words become terms as the tokenizer makes them of posts, names become
/// accounts. A name that nobody has finds nothing; a word of punctuation alone asks for nothing. Not thread-safe.
/// </summary>
/// <param name="viewer">Whom <c>me</c> and <c>in:library</c> mean; nobody finds nothing.</param>
/// <param name="account">The account that a username means, <c>default</c> for none.</param>
/// <param name="marked">What the viewer favourited, boosted and bookmarked; null for nothing.</param>
public sealed class QueryBinder(AccountId viewer, Func<string, AccountId> account, PostsNode? marked = null)
{
    private static readonly OrNode _nothing = new([]);
    private readonly TokenList _terms = new();

    /// <summary>The tree, or null when the query asks for nothing.</summary>
    public QueryNode? Bind(QueryClause clause) => clause switch
    {
        WordClause word => Word(word),
        PhraseClause phrase => Terms(phrase.Text, false),
        FieldClause field => Field(field.Field, field.Value),
        NotClause not => Bind(not.Part) is { } part ? new NotNode(part) : null,
        AllClause all => Several(all.Parts, parts => new AndNode(parts)),
        AnyClause any => Several(any.Parts, parts => new OrNode(parts)),
        _ => throw new ArgumentException($"A clause of type {clause.GetType()} is not known.", nameof(clause)),
    };

    /// <summary>The usernames that a query names, to look them up together.</summary>
    public static IEnumerable<string> Names(QueryClause clause) => clause switch
    {
        FieldClause { Field: var field, Value: not "me" and var name }
            when field == QueryField.From || field == QueryField.To => [name],
        NotClause not => Names(not.Part),
        AllClause all => all.Parts.SelectMany(Names),
        AnyClause any => any.Parts.SelectMany(Names),
        _ => [],
    };

    /// <summary>Whether a query means the viewer's library.</summary>
    public static bool NamesLibrary(QueryClause clause) => clause switch
    {
        FieldClause field => field.Field == QueryField.In && field.Value == "library",
        NotClause not => NamesLibrary(not.Part),
        AllClause all => all.Parts.Any(NamesLibrary),
        AnyClause any => any.Parts.Any(NamesLibrary),
        _ => false,
    };

    private QueryNode? Several(NodeList<QueryClause> clauses, Func<NodeList<QueryNode>, QueryNode> make)
    {
        QueryNode[] parts = [.. clauses.Select(Bind).OfType<QueryNode>()];
        return parts.Length switch
        {
            0 => null,
            1 => parts[0],
            _ => make([.. parts]),
        };
    }

    private QueryNode? Word(WordClause word) => Terms(word.Text, word.IsPrefix);

    private QueryNode? Terms(string text, bool isPrefix)
    {
        Tokenizer.Tokenize(text, _terms);
        var phrase = new List<PhraseTerm>(_terms.Count);
        var first = 0;
        var endsAlone = false;
        for (var i = 0; i < _terms.Count; i++)
        {
            if (_terms.Tokens[i].IsExtra)
                continue;
            if (phrase.Count == 0)
                first = _terms.Terms[i].Position;
            endsAlone = _terms.Tokens[i].Kind == TokenKind.PairEnd;
            phrase.Add(new PhraseTerm(new SearchTerm(_terms.TermAt(i)), _terms.Terms[i].Position - first));
        }
        // A single sign begins the term of every pair that it stands first in.
        return phrase.Count == 0 ? null : isPrefix || endsAlone ? PrefixOf(phrase) : PhraseOf(phrase);
    }

    private static QueryNode PhraseOf(List<PhraseTerm> terms) =>
        terms.Count == 1 ? new TermNode(terms[0].Term) : new PhraseNode([.. terms]);

    /// <summary>Of several terms the last is the prefix; that it stands right after the others is not asked.</summary>
    private static QueryNode PrefixOf(List<PhraseTerm> terms)
    {
        var prefix = new PrefixNode(terms[^1].Term);
        return terms.Count == 1 ? prefix : new AndNode([PhraseOf(terms[..^1]), prefix]);
    }

    private QueryNode? Field(QueryField field, string value)
    {
        if (field == QueryField.From)
            return Of(value, id => new AuthorNode(id));
        if (field == QueryField.To)
            return Of(value, id => new TermNode(SearchKeys.Answering(id)));
        if (field == QueryField.In)
            return In(value);
        if (field == QueryField.Language)
            return LanguageCode.TryParse(value, out var language) ? new LanguageNode(language) : _nothing;
        if (field == QueryField.Has || field == QueryField.Is)
            return new FlagsNode(FlagOf(value));
        return DatePeriod.TryParse(value, out var period) ? TimeOf(field, period) : _nothing;
    }

    private QueryNode Of(string name, Func<AccountId, QueryNode> make)
    {
        var id = name == "me" ? viewer : account(name);
        return id.IsNone ? _nothing : make(id);
    }

    /// <summary>One's own library: what one wrote, what was written to one, and what one marked.</summary>
    private QueryNode? In(string value) => value switch
    {
        "library" => viewer.IsNone
            ? _nothing
            : new OrNode([
                new AuthorNode(viewer), new TermNode(SearchKeys.Mentioning(viewer)),
                new TermNode(SearchKeys.Answering(viewer)), .. Marked()]),
        "public" => new FlagsNode(PostFlags.IsPublic),
        _ => null,
    };

    private PostsNode[] Marked() => marked is null ? [] : [marked];

    private static PostFlags FlagOf(string value) => value switch
    {
        "media" or "image" => PostFlags.HasMedia,
        "link" => PostFlags.HasLink,
        "poll" => PostFlags.HasPoll,
        "embed" => PostFlags.HasEmbed,
        "reply" => PostFlags.IsReply,
        _ => PostFlags.IsSensitive,
    };

    private static TimeNode TimeOf(QueryField field, DatePeriod period) =>
        field == QueryField.Before ? new TimeNode(long.MinValue, period.From)
        : field == QueryField.After ? new TimeNode(period.Until, long.MaxValue)
        : new TimeNode(period.From, period.Until);
}
