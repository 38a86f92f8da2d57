using Roost.Engine.Search;
using Roost.Engine.Text;
using Roost.Services.Posts;

namespace Roost.Services.Search;

/// <summary>
/// One shard's index, and how posts become entries of it. The ingester is its only writer; anybody searches.
/// </summary>
/// <remarks>
/// Time is that of the post's id, so that results stand in the order of ids, which clients page by. When memory is used
/// up the oldest posts are let go: they are in the log, and not found any more.
/// </remarks>
internal sealed class Shard(SearchOptions options, SearchMetrics metrics) : IDisposable
{
    private readonly SearchIndex _index = new(options.Index);
    private readonly TokenList _terms = new();
    private readonly byte[] _key = new byte[SearchKeys.Bytes];

    public long Bytes => _index.Bytes;

    /// <summary>Adds a post; one that is there already is passed over.</summary>
    public void Add(in ShownPost shown)
    {
        var post = shown.Post!;
        if (post.Ref.Seq <= _index.LastSeq)
            return;
        var (language, flags) = Describe(post);
        var entry = new SearchPost(post.Ref.Seq, post.Author, post.Id.UnixMilliseconds, language, flags);
        while (!_index.Add(entry, _terms.Bytes, Tokens()))
            MakeRoom();
        Count(post.Ref.Seq, shown.Stats);
    }

    public void Edit(Post post)
    {
        var (language, flags) = Describe(post);
        while (_index.Edit(post.Ref.Seq, language, flags, _terms.Bytes, Tokens()) == SearchEdit.OverBudget)
            MakeRoom();
    }

    public void Delete(uint seq) => _index.Delete(seq);

    public void Count(uint seq, PostStats stats) =>
        _index.SetCounters(seq, stats.Replies, stats.Boosts, stats.Favourites);

    /// <summary>Rewrites full segments compactly.</summary>
    public void Seal(CancellationToken ct)
    {
        while (_index.SealNext(ct))
            ct.ThrowIfCancellationRequested();
    }

    public SearchPage Search(SearchRequest request) => _index.Search(request);

    public void Dispose() => _index.Dispose();

    private void MakeRoom()
    {
        if (_index.DropOldest())
            metrics.Dropped();
        else
            _index.CloseActive();
    }

    /// <summary>Leaves the post's terms in <see cref="_terms"/>.</summary>
    private (LanguageCode Language, PostFlags Flags) Describe(Post post)
    {
        Tokenizer.Tokenize(post.SpoilerText, _terms);
        Tokenizer.Append(post.Text, _terms);
        var language = LanguageCode.TryParse(post.Language, out var given)
            ? given
            : LanguageDetector.Detect(post.Text, _terms);
        var flags = FlagsOf(post);
        foreach (ref readonly var token in _terms.Tokens)
        {
            if (token.Kind == TokenKind.LinkWord)
                flags |= PostFlags.HasLink;
        }
        if (!post.Ref.Answered.IsNone && post.Ref.Answered != post.Author)
        {
            SearchKeys.WriteAnswering(post.Ref.Answered, _key);
            _terms.AddKey(_key);
        }
        foreach (var mentioned in post.Mentions)
        {
            SearchKeys.WriteMentioning(mentioned, _key);
            _terms.AddKey(_key);
        }
        return (language, flags);
    }

    private static PostFlags FlagsOf(Post post) =>
        (post.Visibility == Visibility.Public ? PostFlags.IsPublic | PostFlags.IsIndexable : PostFlags.None)
        | (post.Media.Count > 0 ? PostFlags.HasMedia : PostFlags.None)
        | (post.Sensitive ? PostFlags.IsSensitive : PostFlags.None)
        | (post.InReplyTo.IsNone ? PostFlags.None : PostFlags.IsReply);

    /// <summary>As many as the index takes of one post.</summary>
    private ReadOnlySpan<TermToken> Tokens()
    {
        var tokens = _terms.Terms[..Math.Min(_terms.Count, SearchPost.TokensMax)];
        while (!tokens.IsEmpty && tokens[^1].Position > SearchPost.PositionMax)
            tokens = tokens[..^1];
        return tokens;
    }
}
