using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;

namespace Roost.Services.Posts;

/// <summary>What the Posts service can be asked about what accounts did with posts: what they keep for themselves,
/// their favourites as a list, and who favourited and boosted a post.</summary>
public sealed record MarksApi(
    Service<MarkPost, bool> Mark,
    Service<ListMarked, MarkedPage> Marked,
    Service<ListMarkers, MarkersPage?> Markers,
    Service<FindMutedThreads, bool[]> Muted,
    Service<ListOwnMarks, uint[]> Own,
    Service<ListActive, AccountId[]> Active);

/// <summary>What an account keeps for itself about a post. On disk: values are never reused.</summary>
public enum PostMark : byte
{
    /// <summary>To be found again.</summary>
    Bookmark = 0,

    /// <summary>Shown first among the account's own posts.</summary>
    Pin = 1,

    /// <summary>Of the thread that the post belongs to: no notifications from it.</summary>
    Mute = 2,
}

/// <summary>
/// Sets a mark, or takes it away; doing either twice is doing it once. Of a boost the post within is meant, but for
/// pins. False: the post is not there.
/// </summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it cannot be pinned: a boost, somebody else's,
/// or one too many.</exception>
public sealed record MarkPost(AccountId Account, PostId Id, PostMark Mark, bool IsSet)
{
    /// <summary>So many posts of an account can be pinned at once.</summary>
    public const int PinsMax = 5;
}

public enum MarkedKind
{
    Favourites,
    Bookmarks,
    Pins,
}

/// <summary>A page of what an account favourited, bookmarked or pinned, that done last first. What is deleted is not in
/// it; whether the account may still see it, hydration tells.</summary>
public sealed record ListMarked(AccountId Account, MarkedKind Kind, RelationRange Range);

/// <param name="Items">Newest mark first. <c>Id</c> is the cursor to page by.</param>
/// <param name="HasMore">Whether there are older ones.</param>
public sealed record MarkedPage(IReadOnlyList<(long Id, PostRef Post)> Items, bool HasMore);

public enum MarkerKind
{
    Favourites,
    Boosts,
}

/// <summary>A page of those who favourited or boosted a post, the last first, without those others who boosted it for
/// their followers only. The reply is null when the post is not there for the viewer. Of a boost, the post within is
/// meant.</summary>
public sealed record ListMarkers(AccountId Viewer, PostId Id, MarkerKind Kind, RelationRange Range);

/// <param name="Items">As in <see cref="MarkedPage"/>.</param>
public sealed record MarkersPage(IReadOnlyList<(long Id, AccountId Account)> Items, bool HasMore);

/// <summary>
/// Whether accounts mute the threads that posts belong to, so that nobody is told of what they do not want to hear: the
/// reply has an answer for each pair, in order. From memory.
/// </summary>
public sealed record FindMutedThreads(IReadOnlyList<(AccountId Account, PostRef Post)> Pairs);

/// <summary>
/// Seqs of the posts that an account favourited, bookmarked or boosted, ascending and each once: of its newest
/// <see cref="MarksMax"/> of each kind. Whether the account may still see them, hydration tells. From memory.
/// </summary>
public sealed record ListOwnMarks(AccountId Account)
{
    /// <summary>A step in a chain each: some milliseconds for so many.</summary>
    public const int MarksMax = 20_000;
}

/// <summary>Accounts by their newest post or boost, the newest first; who has none is not there. Looks at every
/// account: some 5 ns each.</summary>
/// <param name="Offset">0 to 10,000.</param>
/// <param name="Limit">1 to 1,000.</param>
public sealed record ListActive(int Offset, int Limit);
