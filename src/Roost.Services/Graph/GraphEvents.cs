namespace Roost.Services.Graph;

/// <summary>What a graph event says; its two numbers are told in <c>0002_relations.sql</c> and
/// <c>0004_tags.sql</c>.</summary>
internal enum GraphEventKind
{
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

/// <summary>An event with all that memory needs of it.</summary>
/// <param name="A">The event's column <c>follower</c>.</param>
/// <param name="B">The event's column <c>followee</c>.</param>
/// <param name="Detail">
/// Muted: <see cref="MuteTerms"/>. TermsChanged: <see cref="FollowTerms"/>. NoteChanged: whether there is a note now.
/// ListMade, ListChanged: the <see cref="AccountList"/>. ListJoined, ListLeft: the owner's number. TagFollowed,
/// TagFeatured: the <see cref="TagTie"/>.
/// </param>
internal readonly record struct GraphChange(GraphEventKind Kind, long A, long B, object? Detail = null);
