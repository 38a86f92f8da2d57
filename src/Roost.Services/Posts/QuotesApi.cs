using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;

namespace Roost.Services.Posts;

/// <summary>What the Posts service can be asked about posts that quote others. Quoting itself is
/// <see cref="CreatePost.Quoted"/>.</summary>
public sealed record QuotesApi(
    Service<SetQuotePolicy, bool> SetPolicy,
    Service<RevokeQuote, Revocation> Revoke,
    Service<ListQuotes, MarkedPage?> List,
    Service<ListQuoting, QuotingPost[]> Quoting);

/// <summary>Who may quote a post; its author always may, and a blocked account never. On disk: values are never
/// reused.</summary>
public enum QuotePolicy : byte
{
    Everybody = 0,

    /// <summary>The author's followers.</summary>
    Followers = 1,

    /// <summary>Its author alone; so it is with all posts for followers.</summary>
    Author = 2,

    /// <summary>Not even its author; so it is with direct posts, and never else.</summary>
    Nobody = 3,
}

/// <summary>What became of a quote, for one viewer.</summary>
public enum QuoteState : byte
{
    Accepted,

    /// <summary>The quoted author took it back.</summary>
    Revoked,

    /// <summary>The quoted post is gone.</summary>
    Deleted,

    /// <summary>The viewer may not see the quoted post.</summary>
    Unauthorized,

    /// <summary>The viewer blocks the quoted author, and sees the post all the same if asked for.</summary>
    BlockedAccount,

    /// <summary>The viewer mutes the quoted author; as <see cref="BlockedAccount"/>.</summary>
    MutedAccount,
}

/// <summary>That a post quotes another.</summary>
/// <param name="Quoted">The other; <c>default</c> when nothing is known of it any more.</param>
public sealed record Quote(QuoteState State, PostRef Quoted)
{
    /// <summary>Whether the quoted post is shown.</summary>
    public bool IsShown => State is QuoteState.Accepted or QuoteState.BlockedAccount or QuoteState.MutedAccount;
}

/// <summary>What there is to say about a post and quotes. Immutable.</summary>
/// <param name="Policy">Who may quote it.</param>
/// <param name="Count">How many posts quote it.</param>
/// <param name="Quote">What it quotes itself, or null.</param>
public sealed record QuoteFacts(QuotePolicy Policy, int Count = 0, Quote? Quote = null)
{
    private static readonly QuoteFacts?[] _plain =
    [
        null, new QuoteFacts(QuotePolicy.Followers), new QuoteFacts(QuotePolicy.Author),
        new QuoteFacts(QuotePolicy.Nobody),
    ];

    /// <summary>Whether the viewer follows the author; told where only followers may quote.</summary>
    public bool IsByFollowed { get; init; }

    /// <summary>Of posts that quote nothing and that nobody quotes; null where everybody may.</summary>
    internal static QuoteFacts? Of(QuotePolicy policy) => _plain[(int)policy];

    /// <summary>Whether a viewer may quote it.</summary>
    public bool AllowsQuoteBy(AccountId viewer, AccountId author) => !viewer.IsNone && Policy switch
    {
        QuotePolicy.Everybody => true,
        QuotePolicy.Followers => viewer == author || IsByFollowed,
        QuotePolicy.Author => viewer == author,
        _ => false,
    };
}

/// <summary>
/// Says who may quote a post of one's own from now on; what was quoted stays. For posts that not everybody may see
/// nothing changes. False: there is no such post of <paramref name="Author"/>'s.
/// </summary>
/// <param name="Policy">Not <see cref="QuotePolicy.Nobody"/>.</param>
public sealed record SetQuotePolicy(AccountId Author, PostId Id, QuotePolicy Policy);

/// <summary>Takes a post of one's own out of another that quotes it; for good. Doing it twice is doing it
/// once.</summary>
/// <param name="Author">Of the quoted post.</param>
/// <param name="Quoting">The post that quotes it.</param>
public sealed record RevokeQuote(AccountId Author, PostId Quoted, PostId Quoting);

public enum Revocation
{
    Revoked,

    /// <summary>There is no such quote for the account to see.</summary>
    NotThere,

    /// <summary>The quoted post is somebody else's.</summary>
    NotOwn,
}

/// <summary>A page of the posts that quote one, the last first; the cursor is the quote's own. The reply is null when
/// the post is not there for the viewer. Of a boost, the post within is meant.</summary>
public sealed record ListQuotes(AccountId Viewer, PostId Id, RelationRange Range);

/// <summary>The posts that quote one as the feed's consumers need them, newest first, whoever may see them.</summary>
/// <param name="Below">Only quotes with a smaller seq; 0 for all.</param>
/// <param name="Limit">At least 1. Fewer come back only when there are no more.</param>
public sealed record ListQuoting(uint Seq, uint Below, int Limit);

/// <param name="Seq">Of the quote, by which lists go on.</param>
/// <param name="Post">Seq of the post that quotes.</param>
public readonly record struct QuotingPost(uint Seq, uint Post, AccountId Author);
