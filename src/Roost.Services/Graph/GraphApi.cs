using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>What the Graph service can be asked: who follows whom.</summary>
public sealed record GraphApi(
    Service<Follow, bool> Follow,
    Service<Unfollow, bool> Unfollow,
    Service<ImportFollows, long> Import,
    Service<GetRelationships, Relationship[]> Relationships,
    Service<CountFollows, FollowCounts[]> Counts,
    Service<ListFollows, FollowPage> List,
    Service<GetFollowees, Followees> Followees,
    Service<GetFollowers, SortedIds> Followers,
    Service<GetFollowersOfMany, SortedIds[]> FollowersOfMany,
    Service<GetRules, ViewerRules?> Rules,
    Service<GetRulesOfMany, ViewerRules?[]> RulesOfMany,
    Service<GetSubscribers, SortedIds[]> Subscribers,
    Service<GetNewestTie, long> NewestTie,
    Service<CountNewFollows, NewFollows> NewFollows,
    FollowTies Feed);

/// <summary>The reply says whether that changed anything; following twice is following once. Nobody follows
/// themself.</summary>
/// <param name="Terms">Null leaves those of a follow that exists as they are.</param>
/// <param name="ByRequest">Ask first, unless it is followed already: the followee decides.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Forbidden"/>: one of them blocks the other.</exception>
public sealed record Follow(
    AccountId Follower, AccountId Followee, ChangeTerms? Terms = null, bool ByRequest = false);

/// <summary>What of a follow's terms to change; null leaves it.</summary>
/// <param name="Languages">Codes in lower case; none for all languages.</param>
public sealed record ChangeTerms(bool? Boosts = null, bool? Notify = null, IReadOnlyList<string>? Languages = null);

/// <summary>What a follower wants of a followee.</summary>
/// <param name="Boosts">Whether boosts are shown on the home timeline and lists.</param>
/// <param name="Notify">Whether to be notified of every post.</param>
/// <param name="Languages">Codes in order, separated by commas; empty for all. Posts in another language (not those
/// without one) are not shown on the home timeline and lists.</param>
public sealed record FollowTerms(bool Boosts = true, bool Notify = false, string Languages = "")
{
    /// <summary>As every follow begins.</summary>
    public static FollowTerms Usual { get; } = new();
}

/// <summary>Ends a follow, or takes a request back. The reply says whether that changed anything.</summary>
public sealed record Unfollow(AccountId Follower, AccountId Followee);

/// <summary>Many follows in one transaction; those that exist stay, and between accounts that block
/// each other none is made. The reply counts the new ones.</summary>
public sealed record ImportFollows(IReadOnlyList<(AccountId Follower, AccountId Followee)> Follows, DateTimeOffset At);

/// <summary>The reply has one for each of <paramref name="Others"/>, in order.</summary>
public sealed record GetRelationships(AccountId Account, IReadOnlyList<AccountId> Others);

/// <summary>What one account is to another, and the other to it.</summary>
public readonly record struct Relationship(AccountId Other, bool Following, bool FollowedBy)
{
    /// <summary>Of the follow or the request; null for the usual ones.</summary>
    public FollowTerms? Terms { get; init; }

    public bool Blocking { get; init; }

    public bool BlockedBy { get; init; }

    /// <summary>Null when not muted.</summary>
    public MuteTerms? Muting { get; init; }

    /// <summary>Whether the account has asked to follow the other, who has not answered.</summary>
    public bool Requested { get; init; }

    public bool RequestedBy { get; init; }

    public bool Endorsed { get; init; }

    /// <summary>What the account noted about the other for itself; null for nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>The reply has one for each account, in order.</summary>
public sealed record CountFollows(IReadOnlyList<AccountId> Accounts);

public readonly record struct FollowCounts(int Followers, int Following);

public enum FollowSide { Followers, Following }

/// <summary>A page of an account's followers, or of whom it follows, newest follow first.</summary>
/// <param name="Before">Only follows with a smaller follow id (0: from the newest).</param>
/// <param name="After">Only follows with a greater follow id; with <paramref name="Ascending"/> the page nearest to
/// it.</param>
/// <param name="Limit">1 to 80.</param>
public sealed record ListFollows(
    AccountId Account, FollowSide Side, long Before = 0, long After = 0, bool Ascending = false, int Limit = 40);

/// <param name="Items">Newest first. <c>FollowId</c> is the cursor to page by.</param>
/// <param name="HasMore">Whether there are older ones.</param>
public sealed record FollowPage(IReadOnlyList<(long FollowId, AccountId Account)> Items, bool HasMore);

/// <summary>Whom an account follows, and a number that changes whenever that does.</summary>
public sealed record GetFollowees(AccountId Account);

/// <param name="Version">Grows with every follow and unfollow of the account while the process lives.</param>
/// <param name="Rules">What the account does not want to see; null for most, who have no such wish.</param>
public readonly record struct Followees(SortedIds Ids, int Version, ViewerRules? Rules = null)
{
    /// <summary>The hashtags that the account follows, folded; null for most, who follow none.</summary>
    public IReadOnlyList<string>? Tags { get; init; }
}

/// <summary>What the account does not want to see. The reply is null for one that has no such wish.</summary>
public sealed record GetRules(AccountId Viewer);

/// <summary>Who wants to be notified of every post of each of some accounts. They follow it, or have asked to. The
/// reply
/// has a set for each, in order.</summary>
public sealed record GetSubscribers(IReadOnlyList<AccountId> Accounts);

/// <summary>The seq of the newest event of the feed; 0 when there is none.</summary>
public sealed record GetNewestTie;

/// <summary>Counts an account's follows of a year (UTC), by the month in which they began: those that still
/// hold.</summary>
/// <param name="Year">1 to 9,998.</param>
public sealed record CountNewFollows(AccountId Account, int Year);

/// <param name="Following">Twelve, January first; so are <paramref name="Followers"/>.</param>
public sealed record NewFollows(IReadOnlyList<int> Following, IReadOnlyList<int> Followers);

/// <summary>
/// The feed of what changed between accounts: everything committed after <paramref name="after"/> in order, then what
/// is committed from now on, until cancelled. Imports are passed over. At least once over restarts; a consumer keeps
/// its own checkpoint, the <see cref="TieBatch.Last"/> of the last batch that it is done with.
/// </summary>
public delegate IAsyncEnumerable<TieBatch> FollowTies(long after, CancellationToken cancellation);

/// <param name="Events">May be empty: what others need not hear of is not told.</param>
/// <param name="Last">Up to where the feed is read with this batch.</param>
public sealed record TieBatch(IReadOnlyList<TieEvent> Events, long Last);

public enum TieEventKind
{
    Followed,
    Unfollowed,
    Blocked,
    /// <summary>Asked to follow.</summary>
    Requested,
    /// <summary>A request was accepted, rejected or taken back.</summary>
    RequestEnded,
}

/// <param name="Account">Who did it; of a request that ended, who had asked.</param>
public readonly record struct TieEvent(
    long Seq, TieEventKind Kind, AccountId Account, AccountId Other, DateTimeOffset At);
/// <summary>The same of many at once. The reply has one for each, in order; null for nobody, too. It is empty when none
/// of them has any, as is usual.</summary>
/// <param name="Viewers">Read before the reply completes, not kept.</param>
public readonly record struct GetRulesOfMany(ReadOnlyMemory<AccountId> Viewers);

/// <summary>Who follows an account.</summary>
public sealed record GetFollowers(AccountId Account);

/// <summary>Who follows each of many accounts: one call for a whole turn of fan-out. The reply has a set for each, in
/// order.</summary>
/// <param name="Accounts">Repeats are welcome. Read before the reply completes, not kept.</param>
public readonly record struct GetFollowersOfMany(ReadOnlyMemory<AccountId> Accounts);
