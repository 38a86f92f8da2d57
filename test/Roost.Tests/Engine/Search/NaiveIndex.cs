using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Engine.Search.Queries;

namespace Roost.Tests.Engine.Search;

/// <summary>What an index must answer, by looking at every post.</summary>
internal sealed class NaiveIndex
{
    private readonly Dictionary<uint, NaivePost> _posts = [];

    public IReadOnlyDictionary<uint, NaivePost> Posts => _posts;

    public void Add(NaivePost post) => _posts.Add(post.Seq, post);

    public void Edit(NaivePost post) => _posts[post.Seq] = post;

    public void Delete(uint seq) => _posts.Remove(seq);

    public List<SearchHit> Newest(QueryNode query, SearchKey before, int limit) =>
    [
        .. _posts.Values.Where(post => post.Key < before && Matches(post, query)).OrderByDescending(post => post.Key)
            .Take(limit).Select(post => new SearchHit(post.Key, post.Author)),
    ];

    public List<SearchHit> Relevant(QueryNode query, Relevance relevance, int limit) =>
    [
        .. _posts.Values
            .Where(post => post.UnixMilliseconds <= relevance.NowUnixMilliseconds && Matches(post, query))
            .Select(post => (Post: post, Place: new RankedPlace(Score(post, relevance), post.Key)))
            .Where(one => relevance.After is not { } after || one.Place < after)
            .OrderByDescending(one => one.Place.Score).ThenByDescending(one => one.Post.Key)
            .Take(limit).Select(one => new SearchHit(one.Post.Key, one.Post.Author)),
    ];

    public static bool Matches(NaivePost post, QueryNode node) => node switch
    {
        TermNode term => post.Tokens.Any(token => token.Term == term.Term),
        PrefixNode prefix => post.Tokens.Any(token => token.Term.Bytes.StartsWith(prefix.Prefix.Bytes)),
        PhraseNode phrase => post.Tokens.Select(token => token.Position).Append(0).Any(
            start => phrase.Terms.All(term => post.Tokens.Any(
                token => token.Term == term.Term
                    && token.Position - start == term.Offset - phrase.Terms[0].Offset))),
        AndNode and => and.Parts.All(part => Matches(post, part)),
        OrNode or => or.Parts.Any(part => Matches(post, part)),
        NotNode not => !Matches(post, not.Part),
        AuthorNode author => post.Author == author.Author,
        LanguageNode language => post.Language == language.Language,
        FlagsNode flags => (post.Flags & flags.Flags) == flags.Flags,
        TimeNode time => post.UnixMilliseconds >= time.From && post.UnixMilliseconds < time.Until,
        _ => throw new NotSupportedException(node.ToString()),
    };

    private static double Score(NaivePost post, Relevance relevance)
    {
        var age = relevance.NowUnixMilliseconds - post.UnixMilliseconds;
        var engagement = post.Replies + (2 * post.Boosts) + post.Favourites;
        return Math.Log2(1 + Math.Log2(1 + engagement)) - (age / relevance.HalfLife.TotalMilliseconds);
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
