using Roost.Services.Graph;
using Roost.Web.Rendering;

namespace Roost.Web.Relations;

/// <summary>What one account is to another. Every member is always there: strict clients insist.</summary>
internal sealed record RelationshipReply(
    string Id, bool Following, bool ShowingReblogs, bool Notifying, IReadOnlyList<string>? Languages, bool FollowedBy,
    bool Blocking, bool BlockedBy, bool Muting, bool MutingNotifications, string? MutingExpiresAt, bool Requested,
    bool RequestedBy, bool DomainBlocking, bool Endorsed, string Note)
{
    public static RelationshipReply Of(Relationship of)
    {
        var terms = of.Terms ?? FollowTerms.Usual;
        var isOnTerms = of.Following || of.Requested;
        return new RelationshipReply(
            of.Other.ToString(), of.Following,
            ShowingReblogs: isOnTerms && terms.Boosts,
            Notifying: isOnTerms && terms.Notify,
            isOnTerms && terms.Languages.Length > 0 ? terms.Languages.Split(',') : null,
            of.FollowedBy, of.Blocking, of.BlockedBy,
            Muting: of.Muting is not null,
            MutingNotifications: of.Muting is { Notifications: true },
            of.Muting is { Until: { } until } ? TimeText.Of(until) : null,
            of.Requested, of.RequestedBy,
            // Of another server's accounts; there are none here.
            DomainBlocking: false,
            of.Endorsed, of.Note ?? "");
    }
}
