using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Graph;

/// <summary>What the Graph service tells other processes of its changes: those that are news, and all that a replica of
/// the graph needs (<see cref="Replicas.GraphReplica"/>).</summary>
public sealed record FeedsApi(
    Service<AwaitTies, TieBatch> Ties,
    Service<AwaitSteps, GraphSteps> Steps,
    Service<ListGraphPart, GraphPart> Part);

/// <summary>The next batch of the feed that <see cref="FollowTies"/> is. The reply comes as soon as there is something,
/// and, empty, when the wait is over.</summary>
/// <param name="After">0 or more.</param>
/// <param name="Wait">0 to 3 s.</param>
public sealed record AwaitTies(long After, TimeSpan Wait) : IWaitingRequest;

/// <summary>All events after a seq, imports too, in order: what a replica changes by. The reply comes as soon as there
/// is one, and, empty, when the wait is over.</summary>
/// <param name="After">0 or more.</param>
/// <param name="Wait">0 to 3 s.</param>
/// <param name="At">When the event <paramref name="After"/> happened, if the asker knows.</param>
/// <param name="Limit">1 to 65,536.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: there is no such event, or it happened at
/// another time. The asker has followed another history.</exception>
public sealed record AwaitSteps(
    long After, TimeSpan Wait, DateTimeOffset? At = null, int Limit = AwaitSteps.LimitMax) : IWaitingRequest
{
    public const int LimitMax = 1 << 16;
}

/// <param name="Items">Without those that a later one makes good for.</param>
/// <param name="Last">Up to where the events are read with these.</param>
/// <param name="At">When the last one happened; what was asked with, when there are no new ones.</param>
/// <param name="Newest">The seq of the newest event that there is.</param>
public sealed record GraphSteps(IReadOnlyList<GraphStep> Items, long Last, DateTimeOffset? At, long Newest);

/// <summary>What a graph event says. What its two numbers are is told in <c>0002_relations.sql</c> and
/// <c>0004_tags.sql</c>.</summary>
public enum GraphEventKind
{
    /// <summary>No event's.</summary>
    None = 0,
    Followed = 1,
    Unfollowed = 2,
    Blocked = 3,
    Unblocked = 4,
    Muted = 5,
    Unmuted = 6,
    TermsChanged = 7,
    Requested = 8,
    RequestEnded = 9,
    NoteChanged = 10,
    Endorsed = 11,
    Unendorsed = 12,
    DomainBlocked = 13,
    DomainUnblocked = 14,
    ListMade = 15,
    ListChanged = 16,
    ListEnded = 17,
    ListJoined = 18,
    ListLeft = 19,
    TagFollowed = 20,
    TagUnfollowed = 21,
    TagFeatured = 22,
    TagUnfeatured = 23,
    SuggestionDismissed = 24,
}

/// <summary>An event with what a replica needs of it. Taking one in twice is taking it in once.</summary>
/// <param name="A">The event's column <c>follower</c>.</param>
/// <param name="B">The event's column <c>followee</c>.</param>
/// <param name="Detail">Null for kinds that have none.</param>
public readonly record struct GraphStep(GraphEventKind Kind, long A, long B, StepDetail? Detail = null);

/// <summary>What an event was about, as that is when it is told: never older than the event.</summary>
public sealed record StepDetail
{
    internal static StepDetail None { get; } = new();

    /// <summary>Of <see cref="GraphEventKind.Muted"/>.</summary>
    public MuteTerms? Mute { get; init; }

    /// <summary>Of <see cref="GraphEventKind.TermsChanged"/>.</summary>
    public FollowTerms? Terms { get; init; }

    /// <summary>Of <see cref="GraphEventKind.ListMade"/> and <see cref="GraphEventKind.ListChanged"/>; its members,
    /// only in a <see cref="GraphPart"/>.</summary>
    public AccountList? List { get; init; }

    /// <summary>Of <see cref="GraphEventKind.ListJoined"/> and <see cref="GraphEventKind.ListLeft"/>: whose the list
    /// is.</summary>
    public AccountId Owner { get; init; }

    /// <summary>Of <see cref="GraphEventKind.TagFollowed"/> and <see cref="GraphEventKind.TagFeatured"/>.</summary>
    public TagTie? Tag { get; init; }

    /// <summary>Of <see cref="GraphEventKind.NoteChanged"/>: whether there is a note.</summary>
    public bool HasNote { get; init; }
}

/// <summary>A part of the whole graph, account by account, to begin a replica with. Parts are as of different moments:
/// the events after the first part's seq make them one.</summary>
/// <param name="After">The last account of the part before; 0 for the first part.</param>
public sealed record ListGraphPart(int After);

/// <param name="Follows">Whom those accounts follow that follow anybody.</param>
/// <param name="Others">All else that they have done, as the events that would have made it.</param>
/// <param name="Last">Up to which account this goes.</param>
/// <param name="IsLast">Whether there are none after it.</param>
/// <param name="Seq">All events up to this one are in the part; later ones may be.</param>
public sealed record GraphPart(
    IReadOnlyList<FolloweeList> Follows, IReadOnlyList<GraphStep> Others, int Last, bool IsLast, long Seq);

public sealed record FolloweeList(AccountId Account, SortedIds Followees);
