using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Scheduled;

/// <summary>What the Scheduled service can be asked: posts that are to come at a later time, each once.</summary>
public sealed record ScheduledApi(
    Service<SchedulePost, ScheduledPost> Schedule,
    Service<ListScheduled, ScheduledPage> List,
    Service<GetScheduled, ScheduledPost?> Get,
    Service<Reschedule, ScheduledPost?> Reschedule,
    Service<CancelScheduled, bool> Cancel);

/// <summary>What a post is to be when its time comes. Stored as JSON: members are added, never renamed.</summary>
/// <param name="Mentions">Account ids.</param>
public sealed record ScheduledDraft(
    string Text, string SpoilerText, bool Sensitive, Visibility Visibility, string? Language, long InReplyTo,
    IReadOnlyList<int> Mentions, string? AppName, IReadOnlyList<long> MediaIds, ScheduledPoll? Poll)
{
    /// <summary>The post that it quotes, or 0.</summary>
    public long Quoted { get; init; }

    public QuotePolicy QuotePolicy { get; init; }
}

public sealed record ScheduledPoll(
    IReadOnlyList<string> Options, bool IsMultiple, bool HidesTotals, long LastsSeconds);

/// <param name="IsRefused">Its time came and it could not be posted, as when its pictures are gone: it waits for its
/// author to move or end it.</param>
public sealed record ScheduledPost(long Id, AccountId Account, DateTimeOffset At, ScheduledDraft Draft, bool IsRefused);

/// <summary>
/// Keeps a post until its time. The same account and key answer the first again, as long as it waits.
/// </summary>
/// <param name="At">At least <see cref="AheadMin"/> from now.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: too soon, too many, or its pictures cannot be
/// had.</exception>
public sealed record SchedulePost(AccountId Account, DateTimeOffset At, ScheduledDraft Draft, string? Key)
{
    /// <summary>So many can wait for one account.</summary>
    public const int WaitingMax = 300;

    /// <summary>So many of them on one day (UTC).</summary>
    public const int WaitingPerDayMax = 25;

    public static TimeSpan AheadMin { get; } = TimeSpan.FromMinutes(5);
}

/// <summary>A page by ids, the newest first.</summary>
/// <param name="Before">Only below it; 0 for all.</param>
/// <param name="After">Only above it.</param>
/// <param name="Oldest">Those nearest to <paramref name="After"/>.</param>
/// <param name="Limit">1 to 40.</param>
public sealed record ListScheduled(AccountId Account, long Before, long After, bool Oldest, int Limit);

public sealed record ScheduledPage(IReadOnlyList<ScheduledPost> Posts, bool HasOlder);

/// <summary>The reply is null when the account has none of this id waiting.</summary>
public sealed record GetScheduled(AccountId Account, long Id);

/// <summary>Gives it another time. The reply is null when there is none.</summary>
/// <inheritdoc cref="SchedulePost" path="/exception"/>
public sealed record Reschedule(AccountId Account, long Id, DateTimeOffset At);

/// <summary>False: there is none.</summary>
public sealed record CancelScheduled(AccountId Account, long Id);
