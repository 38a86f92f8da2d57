using Roost.Engine.Search;
using Roost.Engine.Text;
using Roost.Services.Posts;

namespace Roost.Services.Search;

/// <summary>What a post is found by: its words, its language, and what it is. Not thread-safe.</summary>
internal sealed class PostWords
{
    private readonly TokenList _terms = new();
    private readonly byte[] _key = new byte[SearchKeys.Bytes];

    /// <summary>What the tokens' starts refer to.</summary>
    public ReadOnlySpan<byte> Text => _terms.Bytes;

    /// <summary>As many as the index takes of one post.</summary>
    public ReadOnlySpan<TermToken> Tokens
    {
        get
        {
            var tokens = _terms.Terms[..Math.Min(_terms.Count, SearchPost.TokensMax)];
            while (!tokens.IsEmpty && tokens[^1].Position > SearchPost.PositionMax)
                tokens = tokens[..^1];
            return tokens;
        }
    }

    /// <summary>Takes a post in place of the one before.</summary>
    public (LanguageCode Language, PostFlags Flags) Take(in LentPost post)
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
        if (!post.Ref.Answered.IsNone && post.Ref.Answered != post.Ref.Author)
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

    private static PostFlags FlagsOf(in LentPost post) =>
        (post.Visibility == Visibility.Public ? PostFlags.IsPublic | PostFlags.IsIndexable : PostFlags.None)
        | (post.HasMedia ? PostFlags.HasMedia : PostFlags.None)
        | (post.HasPoll ? PostFlags.HasPoll : PostFlags.None)
        | (post.Quotes ? PostFlags.HasEmbed : PostFlags.None)
        | (post.Sensitive ? PostFlags.IsSensitive : PostFlags.None)
        | (post.IsReply ? PostFlags.IsReply : PostFlags.None);
}
