namespace Roost.Services.Graph;

/// <summary>An event with all that memory needs of it.</summary>
/// <param name="A">The event's column <c>follower</c>.</param>
/// <param name="B">The event's column <c>followee</c>.</param>
/// <param name="Detail">
/// Muted: <see cref="MuteTerms"/>. TermsChanged: <see cref="FollowTerms"/>. NoteChanged: whether there is a note now.
/// ListMade, ListChanged: the <see cref="AccountList"/>. ListJoined, ListLeft: the owner's number. TagFollowed,
/// TagFeatured: the <see cref="TagTie"/>.
/// </param>
internal readonly record struct GraphChange(GraphEventKind Kind, long A, long B, object? Detail = null)
{
    /// <summary>What another process was told.</summary>
    public static GraphChange Of(GraphStep step) => new(step.Kind, step.A, step.B, step.Kind switch
    {
        GraphEventKind.Muted => step.Detail?.Mute,
        GraphEventKind.TermsChanged => step.Detail?.Terms,
        GraphEventKind.NoteChanged => step.Detail?.HasNote,
        GraphEventKind.ListMade or GraphEventKind.ListChanged => step.Detail?.List,
        GraphEventKind.ListJoined or GraphEventKind.ListLeft => step.Detail?.Owner.Value,
        GraphEventKind.TagFollowed or GraphEventKind.TagFeatured => step.Detail?.Tag,
        _ => null,
    });
}
