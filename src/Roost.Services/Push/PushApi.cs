using Roost.Engine.Ids;
using Roost.Engine.Search.Queries;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Conversations;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Timelines;

namespace Roost.Services.Push;

/// <summary>
/// What the Push service can be asked: streams of what happens, as it happens. Who holds the connections is its
/// <em>gateway</em>: it attaches once, opens a stream for each thing that one of its readers listens to, and is then
/// handed every event together with the streams that it concerns.
/// </summary>
public sealed record PushApi(
    AttachGateway Attach,
    Service<OpenStream, PushPlace> Open,
    CloseStream Close,
    Service<ReplayStream, MissedEvents> Replay,
    Service<AwaitPush, PushStatus> Pushed);

/// <summary>
/// A place in what is told to streams: of the posts everything up to one, of the notifications everything up to
/// another. It is the same for everybody and means the same after a restart, so any reader can go on from it.
/// </summary>
/// <param name="Seq">Of the post feed.</param>
/// <param name="Notice">A notification's id; below zero for not known.</param>
public readonly record struct PushPlace(uint Seq, long Notice = -1);

/// <summary>What a stream tells of.</summary>
public enum StreamKind : byte
{
    /// <summary>The home timeline of its reader, the reader's notifications, and what is announced.</summary>
    User,
    /// <summary>The reader's notifications.</summary>
    Notifications,
    /// <summary>The public timeline; so are the next two, which differ in what servers posts come from.</summary>
    Public,
    PublicLocal,
    PublicRemote,
    /// <summary>What of the public timeline has media.</summary>
    PublicMedia,
    PublicLocalMedia,
    PublicRemoteMedia,
    /// <summary>Public posts with a hashtag.</summary>
    Hashtag,
    HashtagLocal,
    /// <summary>Public posts that match a query.</summary>
    Search,
    /// <summary>The timeline of one of the reader's lists.</summary>
    List,
    /// <summary>The reader's conversations.</summary>
    Direct,
    /// <summary>The posts and boosts of one account.</summary>
    Account,
    /// <summary>Answers to a post, and answers to these.</summary>
    Thread,
}

/// <param name="Subject">Of a list its id, of an account its id, of a thread the id of its post; else 0.</param>
/// <param name="Tag">Of a hashtag its name without <c>#</c>, whatever its case; of a search its query; else
/// empty.</param>
/// <param name="AllTags">Hashtags that a post must have besides; null for none.</param>
public sealed record StreamTopic(
    StreamKind Kind, long Subject = 0, string Tag = "", IReadOnlyList<string>? AllTags = null);

/// <summary>One thing that one reader listens to. Made by the gateway; known by its reference.</summary>
/// <param name="viewer">Who reads; nobody for strangers.</param>
/// <param name="owner">The gateway's own: where it sends what the stream is given.</param>
public sealed class PushStream(AccountId viewer, StreamTopic topic, object owner)
{
    /// <summary>What a window and what is near it can hold.</summary>
    public const int ShowsMax = 100;

    public AccountId Viewer { get; } = viewer;

    public StreamTopic Topic { get; } = topic;

    public object Owner { get; } = owner;

    /// <summary>Whether its reader may hear of notifications. Of <see cref="StreamKind.User"/>.</summary>
    public bool HasNotices { get; init; } = true;

    /// <summary>Whether these include what is for moderators and above.</summary>
    public bool HasStaffNotices { get; init; } = true;

    /// <summary>The posts that its reader's page shows, each once: it is told when they are answered, boosted,
    /// favourited or voted in (<see cref="PushedKind.Counts"/>, <see cref="PushedKind.Voted"/>). At most
    /// <see cref="ShowsMax"/>; what is not there is left out.</summary>
    public IReadOnlyList<PostId> Shows { get; init; } = [];

    /// <summary>Whether it leaves out nothing of what is found for it, but by its reader's rules and filters.</summary>
    internal bool TakesAll { get; } =
        !Screen.AsksMedia(topic.Kind) && topic.Kind is not (StreamKind.Search or StreamKind.List);

    internal NoticeChoice Notices => HasStaffNotices ? NoticeChoice.Usual : NoticeChoice.Personal;

    /// <summary>Of <see cref="StreamKind.Search"/>, once it is open: what its query asks for.</summary>
    internal QueryNode? Query { get; set; }

    /// <summary>Once it is open: those of <see cref="Shows"/> that there are.</summary>
    internal IReadOnlyList<PostOnPage> Shown { get; set; } = [];

    /// <summary>The neighbours in the chain of streams that wait for the same; the index's own.</summary>
    internal PushStream? Next { get; set; }

    internal PushStream? Previous { get; set; }

    /// <summary>Its place in a row of such streams; the index's own, too.</summary>
    internal int Place { get; set; }
}

/// <summary>
/// From now on the stream is given what concerns it. The reply is the place that it is live from: all later events
/// come, each once, in order.
/// </summary>
/// <exception cref="ServiceException"><see cref="ErrorCode.Overloaded"/>: as many streams are open as may be.
/// <see cref="ErrorCode.NotFound"/>: there is no such list or post for the viewer.
/// <see cref="ErrorCode.Invalid"/>: the query is wrong; the message says where. Or the stream shows too
/// much.</exception>
public sealed record OpenStream(PushStream Stream);

/// <summary>Ends a stream that was opened. What is under way may still be handed over; never fails.</summary>
public delegate void CloseStream(PushStream stream);

/// <summary>What concerned a stream while nobody listened: later than <paramref name="After"/>, up to
/// <paramref name="UpTo"/>, by the rules that hold now; the posts first, then the notifications that are still there.
/// Whatever has no place (changed filters, announcements) is not told again.</summary>
public sealed record ReplayStream(PushStream Stream, PushPlace After, PushPlace UpTo);

/// <param name="IsWhole">False when that is too long ago, or was never: then there are no events, and the reader must
/// read pages to find what it missed.</param>
public sealed record MissedEvents(bool IsWhole, IAsyncEnumerable<PushedEvent> Events);

/// <summary>Answers when all that is in the log now has been handed over, and all notifications up to one, which must
/// be there still.</summary>
public sealed record AwaitPush(long Notice = 0);

/// <param name="Processed">Newest seq of the post feed that was handed over.</param>
/// <param name="Streams">How many streams are open.</param>
public sealed record PushStatus(uint Processed, int Streams);

/// <summary>Tells where events go from now on; there is one gateway.</summary>
public delegate void AttachGateway(DeliverPushed deliver);

/// <summary>
/// Takes a turn's events: in order, on one thread, one turn at a time. It must neither wait nor fail.
/// </summary>
/// <param name="turn">Valid during the call.</param>
public delegate PushDelivered DeliverPushed(PushTurn turn);

/// <param name="Messages">One for each event and stream that it was taken for.</param>
/// <param name="Bytes">Of these messages.</param>
/// <param name="Dropped">Readers that were too slow and have been dropped.</param>
public readonly record struct PushDelivered(long Messages, long Bytes, int Dropped);

public enum PushedKind : byte
{
    /// <summary>A post or boost was made.</summary>
    Update,
    /// <summary>A post was edited.</summary>
    Edit,
    /// <summary>A post or boost is gone.</summary>
    Delete,
    /// <summary>Something happened to the reader: <see cref="NoticeNews"/>.</summary>
    Notification,
    /// <summary>A conversation of the reader's has a post more: <see cref="ConversationNews"/>.</summary>
    Conversation,
    /// <summary>The reader's filters have changed.</summary>
    FiltersChanged,
    /// <summary>Notifications that were kept back are among the others now.</summary>
    NoticesMerged,
    /// <summary>Something was announced, or that has changed: <see cref="AnnouncementNews"/>.</summary>
    Announcement,
    /// <summary>A post that the reader's page shows was answered, boosted or favourited, or that was taken back, or its
    /// poll has more votes; told once for all that happened in a second.</summary>
    Counts,
    /// <summary>The reader has voted in the poll of a post that its page shows: told to that reader alone.</summary>
    Voted,
}

/// <summary>What an event tells beside posts.</summary>
public abstract record PushedNews;

public sealed record NoticeNews(NoticeView View) : PushedNews;

/// <param name="Account">Whose conversation it is.</param>
/// <param name="People">Who takes part, the account itself only when nobody else does.</param>
/// <param name="Last">Its newest post, with the account's own marks.</param>
public sealed record ConversationNews(
    AccountId Account, Conversation Conversation, IReadOnlyList<AccountView?> People, TimelineEntry Last) : PushedNews;

public sealed record AnnouncementNews(AnnouncementChange Change) : PushedNews;

/// <summary>Something that happened, the same for everybody whom it concerns.</summary>
/// <param name="Place">Its own; of what has none, the place that was reached. Never goes back.</param>
/// <param name="Post">The post or boost that it is about, or none.</param>
/// <param name="Entry">The post as it is now, without any reader's marks but, told to that reader alone, what of a
/// reader's filters it matches; null for deletions.</param>
/// <param name="CommittedAt">As <see cref="PostEvent.CommittedAt"/>.</param>
public sealed record PushedEvent(PushedKind Kind, PushPlace Place, PostId Post, TimelineEntry? Entry, long CommittedAt)
{
    /// <summary>Null for posts, and where the kind says it all.</summary>
    public PushedNews? News { get; init; }
}
