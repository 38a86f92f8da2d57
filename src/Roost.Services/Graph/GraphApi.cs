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
    Service<GetFollowers, SortedIds> Followers);

/// <summary>The reply says whether that changed anything; following twice is following once. Nobody follows
/// themself.</summary>
public sealed record Follow(AccountId Follower, AccountId Followee);

/// <summary>The reply says whether that changed anything.</summary>
public sealed record Unfollow(AccountId Follower, AccountId Followee);

/// <summary>Many follows in one transaction; those that exist stay. The reply counts the new ones.</summary>
public sealed record ImportFollows(IReadOnlyList<(AccountId Follower, AccountId Followee)> Follows, DateTimeOffset At);

/// <summary>The reply has one for each of <paramref name="Others"/>, in order.</summary>
public sealed record GetRelationships(AccountId Account, IReadOnlyList<AccountId> Others);

public readonly record struct Relationship(AccountId Other, bool Following, bool FollowedBy);

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
public readonly record struct Followees(SortedIds Ids, int Version);

/// <summary>Who follows an account.</summary>
public sealed record GetFollowers(AccountId Account);
