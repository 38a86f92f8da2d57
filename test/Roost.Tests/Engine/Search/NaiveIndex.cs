using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;

namespace Roost.Tests.Engine.Search;

/// <summary>What an index must answer, by looking at every post.</summary>
internal sealed class NaiveIndex
{
    private readonly Dictionary<uint, ScannedPost> _posts = [];

    public IReadOnlyDictionary<uint, ScannedPost> Posts => _posts;

    public void Add(NaivePost post) => _posts.Add(post.Seq, new ScannedPost(post));

    public void Edit(NaivePost post) => _posts[post.Seq] = new ScannedPost(post);

    public void Delete(uint seq) => _posts.Remove(seq);

    public List<SearchHit> Newest(QueryNode query, SearchKey before, int limit) =>
    [
        .. _posts.Values.Where(one => one.Post.Key < before && one.Matches(query))
            .OrderByDescending(one => one.Post.Key).Take(limit).Select(one => one.Hit),
    ];

    public List<SearchHit> Relevant(QueryNode query, Relevance relevance, int limit) =>
    [
        .. _posts.Values
            .Where(one => one.Post.UnixMilliseconds <= relevance.NowUnixMilliseconds && one.Matches(query))
            .Select(one => (one.Hit, Place: new RankedPlace(Score(one.Post, relevance), one.Post.Key)))
            .Where(one => relevance.After is not { } after || one.Place < after)
            .OrderByDescending(one => one.Place.Score).ThenByDescending(one => one.Place.Key)
            .Take(limit).Select(one => one.Hit),
    ];

    private static double Score(NaivePost post, Relevance relevance)
    {
        var age = relevance.NowUnixMilliseconds - post.UnixMilliseconds;
        var engagement = post.Replies + (2 * post.Boosts) + post.Favourites;
        return Math.Log2(1 + Math.Log2(1 + engagement)) - (age / relevance.HalfLife.TotalMilliseconds);
    }
}

/// <summary>A post as a scan looks at it: the set of its terms is made once.</summary>
internal sealed class ScannedPost(NaivePost post)
{
    private readonly HashSet<SearchTerm> _terms = [.. post.Tokens.Select(token => token.Term)];

    public NaivePost Post => post;

    public SearchHit Hit => new(post.Key, post.Author);

    public bool Matches(QueryNode node) => node switch
    {
        TermNode term => _terms.Contains(term.Term),
        PrefixNode prefix => HasPrefix(prefix),
        PhraseNode phrase => HasPhrase(phrase),
        AndNode and => All(and.Parts),
        OrNode or => Any(or.Parts),
        NotNode not => !Matches(not.Part),
        AuthorNode author => post.Author == author.Author,
        LanguageNode language => post.Language == language.Language,
        FlagsNode flags => (post.Flags & flags.Flags) == flags.Flags,
        TimeNode time => post.UnixMilliseconds >= time.From && post.UnixMilliseconds < time.Until,
        _ => throw new NotSupportedException(node.ToString()),
    };

    private bool HasPrefix(PrefixNode prefix)
    {
        foreach (var (term, _) in post.Tokens)
        {
            if (term.Bytes.StartsWith(prefix.Prefix.Bytes))
                return true;
        }
        return false;
    }

    private bool HasPhrase(PhraseNode phrase)
    {
        foreach (var term in phrase.Terms.Span)
        {
            if (!_terms.Contains(term.Term))
                return false;
        }
        return post.Tokens.Any(token => token.Term == phrase.Terms[0].Term
            && phrase.Terms.All(term => post.Tokens.Contains(
                (term.Term, token.Position + term.Offset - phrase.Terms[0].Offset))));
    }

    private bool All(NodeList<QueryNode> parts)
    {
        foreach (var part in parts.Span)
        {
            if (!Matches(part))
                return false;
        }
        return true;
    }

    private bool Any(NodeList<QueryNode> parts)
    {
        foreach (var part in parts.Span)
        {
            if (Matches(part))
                return true;
        }
        return false;
    }
}

internal sealed record NaivePost(
    uint Seq, AccountId Author, long UnixMilliseconds, LanguageCode Language, PostFlags Flags,
    IReadOnlyList<(SearchTerm Term, int Position)> Tokens)
{
    public int Replies { get; init; }

    public int Boosts { get; init; }

    public int Favourites { get; init; }

    public SearchKey Key => new(UnixMilliseconds, Seq);

    public SearchPost Post => new(Seq, Author, UnixMilliseconds, Language, Flags);

    /// <summary>As the tokenizer would hand it over.</summary>
    public (byte[] Text, TermToken[] Tokens) ToTokens()
    {
        var text = new List<byte>();
        var tokens = new List<TermToken>();
        foreach (var (term, position) in Tokens)
        {
            tokens.Add(new TermToken(text.Count, term.Bytes.Length, position));
            text.AddRange(term.Bytes);
        }
        return ([.. text], [.. tokens]);
    }
}
