using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Community;

/// <summary>
/// What the Community service can be asked: what a community tells its people, what they report, whom it keeps out, and
/// what was done by those who look after it. Who may ask is for the asker to judge.
/// </summary>
public sealed record CommunityApi(
    EmojiBook Emojis,
    Service<AddEmoji, CustomEmoji> AddEmoji,
    Service<RemoveEmoji, CustomEmoji?> RemoveEmoji,
    Service<GetAnnouncements, IReadOnlyList<Announcement>> Announcements,
    Service<AddAnnouncement, Announcement> AddAnnouncement,
    Service<RemoveAnnouncement, bool> RemoveAnnouncement,
    Service<DismissAnnouncement, bool> Dismiss,
    Service<ReactToAnnouncement, bool> React,
    Service<FileReport, Report> File,
    Service<ListReports, IReadOnlyList<Report>> Reports,
    Service<GetReport, Report?> Report,
    Service<ChangeReport, Report?> ChangeReport,
    Service<CountReports, ReportCounts[]> CountReports,
    Service<WarnAccount, AccountWarning> Warn,
    Service<GetWarning, AccountWarning?> Warning,
    Service<GetNewestWarning, long> NewestWarning,
    Service<GetLastWarning, AccountWarning?> LastWarning,
    Service<ListBlocks, IReadOnlyList<CommunityBlock>> Blocks,
    Service<PutBlock, CommunityBlock> PutBlock,
    Service<RemoveBlock, CommunityBlock?> RemoveBlock,
    Service<NoteAction, long> Note,
    Service<ListActions, IReadOnlyList<NotedAction>> Actions,
    Service<ReviewTrend, bool> ReviewTrend,
    Service<ListTrendReviews, IReadOnlyList<TrendReview>> TrendReviews,
    FollowAnnouncements Feed);

/// <summary>A picture that people write by a name between colons.</summary>
/// <param name="Shortcode">2 to 64 of <c>a</c> to <c>z</c>, <c>A</c> to <c>Z</c>, <c>0</c> to <c>9</c> and
/// <c>_</c>.</param>
/// <param name="FileKey">What its address is made of, in Media's keeping.</param>
public sealed record CustomEmoji(
    string Shortcode, string? Category, string FileKey, string Extension, string StaticExtension, long MediaId);

/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: no such shortcode, or it is taken.</exception>
public sealed record AddEmoji(CustomEmoji Emoji);

/// <summary>The reply is what was removed, or null.</summary>
public sealed record RemoveEmoji(string Shortcode);

/// <param name="Text">Plain text.</param>
/// <param name="IsRead">Whether the viewer has dismissed it.</param>
public sealed record Announcement(
    long Id, string Text, DateTimeOffset? StartsAt, DateTimeOffset? EndsAt, bool IsAllDay, DateTimeOffset PublishedAt,
    bool IsRead, IReadOnlyList<Reaction> Reactions);

/// <param name="Name">An emoji of Unicode, or the shortcode of one of ours.</param>
/// <param name="IsOwn">Whether the viewer reacted so.</param>
public readonly record struct Reaction(string Name, int Count, bool IsOwn);

/// <summary>Announcements, newest first, as one viewer has them.</summary>
/// <param name="Viewer">Nobody for a list without reads.</param>
/// <param name="All">Those that have ended, or have not begun, too.</param>
public sealed record GetAnnouncements(AccountId Viewer, bool All = false);

/// <param name="Text">1 to 10,000 characters.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: empty, too long, or it ends before it
/// begins.</exception>
public sealed record AddAnnouncement(
    string Text, DateTimeOffset? StartsAt = null, DateTimeOffset? EndsAt = null, bool IsAllDay = false);

/// <summary>The reply says whether there was one.</summary>
public sealed record RemoveAnnouncement(long Id);

/// <summary>The reply says whether there is such an announcement; dismissing twice is dismissing once.</summary>
public sealed record DismissAnnouncement(AccountId Account, long Id);

/// <summary>Adds a reaction, or takes it back. The reply says whether there is such an announcement.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: no emoji, or more than 8 different
/// ones.</exception>
public sealed record ReactToAnnouncement(AccountId Account, long Id, string Name, bool IsOn);

/// <summary>What becomes of announcements, from now on, until cancelled: for streams. Nothing is kept of it.</summary>
public delegate IAsyncEnumerable<AnnouncementChange> FollowAnnouncements(CancellationToken cancellation);

/// <param name="Id">Of the announcement.</param>
/// <param name="Announcement">As nobody in particular has it, when it is new.</param>
/// <param name="Reaction">How often it is reacted to so now, when that changed. With neither it is gone.</param>
public sealed record AnnouncementChange(long Id, Announcement? Announcement = null, Reaction? Reaction = null);

/// <summary>Tells those who look after the community of somebody.</summary>
/// <param name="Category"><c>spam</c>, <c>legal</c>, <c>violation</c> or <c>other</c>.</param>
/// <param name="Comment">At most 1,000 characters.</param>
/// <param name="RuleIds">With <c>violation</c>: of the rules.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: a value is refused.</exception>
public sealed record FileReport(
    AccountId Account, AccountId Target, string Category, string Comment, IReadOnlyList<PostId> Posts,
    IReadOnlyList<string> RuleIds);

/// <param name="Assigned">Who looks after it; nobody yet.</param>
/// <param name="ResolvedAt">Null while it is open.</param>
public sealed record Report(
    long Id, AccountId Account, AccountId Target, string Category, string Comment, IReadOnlyList<PostId> Posts,
    IReadOnlyList<string> RuleIds, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, AccountId Assigned,
    DateTimeOffset? ResolvedAt, AccountId ResolvedBy);

/// <summary>Reports, newest first.</summary>
/// <param name="Resolved">Those that are answered rather than those that are open.</param>
/// <param name="Limit">1 to 200.</param>
public sealed record ListReports(
    bool Resolved = false, AccountId Account = default, AccountId Target = default, long Before = 0, long After = 0,
    int Limit = 100);

public sealed record GetReport(long Id);

/// <summary>Changes what is not null; the reply is the report as it is then, or null.</summary>
/// <param name="Assign">Nobody: <c>default</c>.</param>
/// <param name="Resolve">By whom; false of <paramref name="IsResolved"/> opens it again.</param>
/// <param name="OnlyOpen">Whether only one that is not resolved is changed: the reply is null for another. Of several
/// who resolve one at the same instant one gets it.</param>
public sealed record ChangeReport(
    long Id, AccountId? Assign = null, bool? IsResolved = null, AccountId Resolve = default, string? Category = null,
    IReadOnlyList<string>? RuleIds = null, bool OnlyOpen = false);

/// <summary>Counts by day (UTC), the first day first.</summary>
public sealed record CountReports(DateOnly First, DateOnly Last);

public readonly record struct ReportCounts(int Opened, int Resolved);

public enum BlockKind
{
    Domain = 1,
    AllowedDomain = 2,
    /// <summary>Addresses, as a range: <c>10.0.0.0/8</c>.</summary>
    Ip = 3,
    EmailDomain = 4,
    /// <summary>The SHA-256, in hexadecimal, of a canonical e-mail address.</summary>
    Email = 5,
}

/// <param name="Severity">As the client API names it; empty where there is only one.</param>
/// <param name="Flags">For domains: 1 no media, 2 no reports, 4 obfuscated.</param>
public sealed record CommunityBlock(
    long Id, BlockKind Kind, string Value, string Severity, string Comment, string PublicComment, int Flags,
    DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

/// <summary>Blocks of a kind that have not run out, newest first.</summary>
/// <param name="Id">Only that one; 0 for all.</param>
/// <param name="Value">Only the one with this value.</param>
/// <param name="Limit">1 to 10,000.</param>
public sealed record ListBlocks(
    BlockKind Kind, long Id = 0, string? Value = null, long Before = 0, long After = 0, int Limit = 100);

/// <summary>Adds a block (id 0), or changes the one with its id.</summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: there is one of that value;
/// <see cref="ErrorCode.NotFound"/>: none has that id.</exception>
public sealed record PutBlock(CommunityBlock Block);

/// <summary>The reply is what was removed, or null.</summary>
public sealed record RemoveBlock(BlockKind Kind, long Id);

/// <summary>Writes down what somebody did; the reply is its number.</summary>
/// <param name="Account">Nobody for the command line.</param>
/// <param name="Action">For example <c>suspend account</c>.</param>
/// <param name="Target">What it was done to, in words.</param>
public sealed record NoteAction(AccountId Account, string Action, string Target);

/// <summary>What was written down, newest first.</summary>
public sealed record ListActions(long Before = 0, int Limit = 100);

public sealed record NotedAction(long Id, DateTimeOffset At, AccountId Account, string Action, string Target);

/// <summary>Decides that something may be shown among what trends, or may not.</summary>
/// <param name="Kind"><c>tags</c>, <c>links</c> or <c>statuses</c>.</param>
/// <param name="Trend">A tag in lower case, a URL, or the id of a post.</param>
public sealed record ReviewTrend(string Kind, string Trend, bool IsAllowed);

public sealed record ListTrendReviews(string Kind);

public readonly record struct TrendReview(string Trend, bool IsAllowed);
