using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Notifications;

/// <summary>What an account does not want to be told: its policy, and the requests of those who are kept
/// back.</summary>
public sealed record NoticePolicyApi(
    Service<GetPolicy, PolicySummary> Get,
    Service<SetPolicy, PolicySummary> Set,
    Service<ListRequests, RequestPage> Requests,
    Service<GetRequest, NoticeRequest?> Request,
    Service<AnswerRequests, int> Answer,
    FollowMerges Feed);

public enum PolicyChoice
{
    Accept = 0,
    /// <summary>Not in the list, but to be found in requests.</summary>
    Filter = 1,
    Drop = 2,
}

/// <summary>What becomes of notifications by others; the strictest choice that is about a sender decides. The last
/// three
/// are never about those whom the account follows.</summary>
/// <param name="NotFollowing">By those whom the account does not follow.</param>
/// <param name="NotFollowers">By those who do not follow the account.</param>
/// <param name="NewAccounts">By accounts of the last 30 days.</param>
/// <param name="PrivateMentions">Direct posts that answer nothing of the account's.</param>
/// <param name="LimitedAccounts">By accounts that moderators have limited.</param>
public sealed record NoticePolicy(
    PolicyChoice NotFollowing, PolicyChoice NotFollowers, PolicyChoice NewAccounts, PolicyChoice PrivateMentions,
    PolicyChoice LimitedAccounts)
{
    /// <summary>Of accounts that have not chosen.</summary>
    public static NoticePolicy Usual { get; } = new(
        PolicyChoice.Accept, PolicyChoice.Accept, PolicyChoice.Accept, PolicyChoice.Filter, PolicyChoice.Filter);
}

public sealed record GetPolicy(AccountId Account);

/// <summary>Null leaves a choice as it is. Holds for what happens from now on.</summary>
public sealed record SetPolicy(
    AccountId Account, PolicyChoice? NotFollowing = null, PolicyChoice? NotFollowers = null,
    PolicyChoice? NewAccounts = null, PolicyChoice? PrivateMentions = null, PolicyChoice? LimitedAccounts = null);

/// <param name="Requests">How many wait for an answer.</param>
/// <param name="Filtered">How many mentions these are.</param>
public sealed record PolicySummary(NoticePolicy Policy, int Requests, int Filtered);

/// <summary>The requests of those who were kept back, newest first.</summary>
/// <param name="Range">As of notifications; by the requests' ids.</param>
public sealed record ListRequests(AccountId Account, NoticeRange Range);

public sealed record RequestPage(IReadOnlyList<NoticeRequest> Items, bool HasMore);

/// <param name="Count">How many mentions are kept back.</param>
/// <param name="LastPostSeq">Place of the newest post, or 0.</param>
public sealed record NoticeRequest(
    long Id, AccountId Sender, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, int Count, uint LastPostSeq);

/// <summary>The reply is null when the account has no such request.</summary>
public sealed record GetRequest(AccountId Account, long Id);

/// <summary>
/// Accepts: what was kept back is told, and nothing of these senders is kept back any more. Dismisses: what was kept
/// back is taken away. The reply says how many requests that were.
/// </summary>
/// <param name="Ids">At most 40; unknown ones are passed over.</param>
public sealed record AnswerRequests(AccountId Account, IReadOnlyList<long> Ids, bool IsAccepted);

/// <summary>Whose notifications that were kept back are told now, because requests were accepted: from now on, until
/// cancelled. For streams; nothing is kept of it.</summary>
public delegate IAsyncEnumerable<AccountId> FollowMerges(CancellationToken cancellation);
