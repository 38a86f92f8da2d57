using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Users;

namespace Roost.Services.Notifications;

/// <summary>
/// What the Notifications service can be asked: what happened to an account, singly and in groups, and how far it has
/// read. What keeps some of it back is in <see cref="NoticePolicyApi"/>.
/// </summary>
/// <remarks>
/// It owns what it tells in its own order, ids ascending. Replies leave out senders that the account blocks, is blocked
/// by, or mutes with their notifications; whether the account may see the post still is told by who hydrates it.
/// </remarks>
public sealed record NotificationsApi(
    Service<ListNotices, NoticePage> List,
    Service<GetNotice, Notice?> Get,
    Service<DismissNotice, bool> Dismiss,
    Service<ClearNotices, bool> Clear,
    Service<CountUnread, int> Unread,
    Service<ListGroups, GroupPage> Groups,
    Service<GetGroup, NoticeGroup?> Group,
    Service<ListGroupSenders, AccountId[]> GroupSenders,
    Service<DismissGroup, bool> DismissGroup,
    Service<GetMarkers, Marker?[]> Markers,
    Service<SetMarker, Marker> SetMarker,
    Service<AwaitNotices, long> Caught,
    Service<GetNewestNotice, long> Newest,
    FollowNotifications Feed);

/// <summary>What happened. Kept as numbers: values are never reused.</summary>
public enum NoticeKind : byte
{
    /// <summary>A post names the account, or answers it.</summary>
    Mention = 1,
    Favourite = 2,
    Boost = 3,
    /// <summary>Somebody whose every post the account wants to hear of has posted.</summary>
    Post = 4,
    /// <summary>A post that the account boosted was edited.</summary>
    Edit = 5,
    /// <summary>A poll in which the account voted, or that it asked, has ended.</summary>
    Poll = 6,
    /// <summary>A post quotes one of the account's.</summary>
    Quote = 7,
    Follow = 8,
    FollowRequest = 9,
    /// <summary>A post that the account quoted was edited; it is about the one that quotes.</summary>
    QuotedEdit = 10,
    /// <summary>Those who look after the community warn the account, or did something to it; the sender is the
    /// account itself.</summary>
    Warning = 11,
    /// <summary>Somebody has signed up, or asks to join: for moderators and above.</summary>
    SignUp = 29,
    /// <summary>Somebody was reported: for moderators and above.</summary>
    Report = 30,
}

/// <summary>A set of <see cref="NoticeKind"/>s.</summary>
public readonly record struct NoticeKinds(int Bits)
{
    public static NoticeKinds None => default;

    public static NoticeKinds All => new(-1);

    /// <summary>Those that Mastodon puts together.</summary>
    public static NoticeKinds Groupable =>
        None.With(NoticeKind.Favourite).With(NoticeKind.Boost).With(NoticeKind.Follow);

    public bool Has(NoticeKind kind) => (Bits & (1 << (int)kind)) != 0;

    public NoticeKinds With(NoticeKind kind) => new(Bits | (1 << (int)kind));

    public NoticeKinds Without(NoticeKind kind) => new(Bits & ~(1 << (int)kind));
}

/// <param name="Id">Ascends in the order in which notifications were made.</param>
/// <param name="Account">Who is told.</param>
/// <param name="Sender">Who did it.</param>
/// <param name="PostSeq">Place of the post that it is about, or 0.</param>
/// <param name="Bucket">With kind and post it names its group; 0 when it is in none.</param>
/// <param name="IsFiltered">Whether the account's policy keeps it back.</param>
public sealed record Notice(
    long Id, AccountId Account, NoticeKind Kind, AccountId Sender, uint PostSeq, DateTimeOffset At, int Bucket,
    bool IsFiltered)
{
    /// <summary>What a <see cref="NoticeKind.Report"/> is about.</summary>
    public Report? Report { get; init; }

    /// <summary>The sender of a <see cref="NoticeKind.SignUp"/>, who waits perhaps and is nowhere else to be
    /// seen.</summary>
    public Account? Newcomer { get; init; }

    /// <summary>What a <see cref="NoticeKind.Warning"/> says.</summary>
    public AccountWarning? Warning { get; init; }

    /// <summary>Which record, event, account, report or warning says it.</summary>
    internal long Source { get; init; }

    public GroupKey Group => Bucket == 0 ? new GroupKey(Kind, 0, 0, Id) : new GroupKey(Kind, PostSeq, Bucket, 0);
}

/// <summary>Which notifications: all of these hold.</summary>
/// <param name="Sender">Only this one's; nobody for all.</param>
/// <param name="WithFiltered">Also what the policy keeps back.</param>
public sealed record NoticeChoice(NoticeKinds Kinds, AccountId Sender = default, bool WithFiltered = false)
{
    /// <summary>What is not kept back.</summary>
    public static NoticeChoice Usual { get; } = new(NoticeKinds.All);

    /// <summary>The same without what is for the staff.</summary>
    public static NoticeChoice Personal { get; } =
        new(NoticeKinds.All.Without(NoticeKind.SignUp).Without(NoticeKind.Report));
}

/// <param name="Before">Only smaller ids; 0 for all.</param>
/// <param name="After">Only greater ids; with <paramref name="Ascending"/> the page nearest to it.</param>
/// <param name="Limit">1 to 80.</param>
public sealed record NoticeRange(long Before = 0, long After = 0, bool Ascending = false, int Limit = 40);

public sealed record ListNotices(AccountId Account, NoticeRange Range, NoticeChoice Choice);

/// <param name="Items">Newest first, however the page was chosen.</param>
/// <param name="HasOlder">Whether there may be older ones.</param>
public sealed record NoticePage(IReadOnlyList<Notice> Items, bool HasOlder);

/// <summary>The reply is null when the account has none of that id.</summary>
public sealed record GetNotice(AccountId Account, long Id);

/// <summary>Takes one away. False: the account has none of that id.</summary>
public sealed record DismissNotice(AccountId Account, long Id);

/// <summary>Takes all away that are not kept back. True.</summary>
public sealed record ClearNotices(AccountId Account);

/// <summary>How many are newer than the account's marker of notifications; groups, where <paramref name="Grouped"/>
/// has kinds.</summary>
/// <param name="Limit">1 to 1,000: the reply is no more.</param>
public sealed record CountUnread(
    AccountId Account, NoticeChoice Choice, int Limit = 100, NoticeKinds Grouped = default);

/// <summary>
/// Names a group: notifications of one kind about one post, or none, that began in the same hour and span 12 hours at
/// most; or the one with the id.
/// </summary>
/// <param name="Id">Of a notification that stands alone; else 0.</param>
public readonly record struct GroupKey(NoticeKind Kind, uint PostSeq, int Bucket, long Id);

/// <summary>A page of groups, each where its newest notification of the page is.</summary>
/// <param name="Range">Its limit counts groups.</param>
/// <param name="Grouped">The kinds that are put together; of the others each is a group.</param>
public sealed record ListGroups(AccountId Account, NoticeRange Range, NoticeChoice Choice, NoticeKinds Grouped);

/// <param name="Oldest">The smallest id that the page has; 0 when it is empty. So is <paramref name="Newest"/> the
/// greatest.</param>
public sealed record GroupPage(IReadOnlyList<NoticeGroup> Groups, long Newest, long Oldest, bool HasOlder);

/// <param name="Newest">The newest notification of the group.</param>
/// <param name="Count">How many it has in all.</param>
/// <param name="PageNewest">Id of the newest of those on the page; so is <paramref name="PageOldest"/> the
/// oldest.</param>
/// <param name="PageNewestAt">When the newest on the page was.</param>
/// <param name="Senders">The newest senders, 8 at most, each once.</param>
public sealed record NoticeGroup(
    GroupKey Key, Notice Newest, int Count, long PageNewest, long PageOldest, DateTimeOffset PageNewestAt,
    IReadOnlyList<AccountId> Senders);

/// <summary>The reply is null when nothing of it is there.</summary>
public sealed record GetGroup(AccountId Account, GroupKey Key);

/// <summary>Everybody in a group, newest first, 400 at most.</summary>
public sealed record ListGroupSenders(AccountId Account, GroupKey Key);

/// <summary>Takes a whole group away. True.</summary>
public sealed record DismissGroup(AccountId Account, GroupKey Key);

public enum MarkedTimeline
{
    Home = 1,
    Notifications = 2,
}

/// <param name="Version">Grows by one with each change.</param>
public sealed record Marker(long LastReadId, int Version, DateTimeOffset UpdatedAt);

/// <summary>The reply has one for each timeline, in order; null where none was set.</summary>
public sealed record GetMarkers(AccountId Account, IReadOnlyList<MarkedTimeline> Timelines);

/// <summary>Moves a marker on. One that is further already stays: markers never go back.</summary>
/// <param name="LastReadId">Not negative.</param>
public sealed record SetMarker(AccountId Account, MarkedTimeline Timeline, long LastReadId);

/// <summary>The newest id that was given, to whomever.</summary>
public sealed record GetNewestNotice;

/// <summary>Answers when everything that happened before the call has been told, with the newest id.</summary>
public sealed record AwaitNotices;

/// <summary>
/// The feed: everything told after the id <paramref name="after"/> in order, then what is told from now on, until
/// cancelled; what was taken away meanwhile is not in it. For streams and push messages.
/// </summary>
/// <param name="after">Negative: from now on.</param>
public delegate IAsyncEnumerable<IReadOnlyList<Notice>> FollowNotifications(
    long after, CancellationToken cancellation);
