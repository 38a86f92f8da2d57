using Roost.Rpc;

namespace Roost.Services.Community;

/// <summary>How a process that has not the Community service hears of the custom emojis, and of what becomes of
/// announcements (<see cref="CommunityApi.Feed"/>).</summary>
public sealed record CommunityFeedApi(
    Service<AwaitEmojis, EmojisNow> Emojis, Service<AwaitAnnouncements, AnnouncementChanges> Announcements);

/// <summary>All emojis. The reply comes as soon as they are others than those of the stamp, and, with the same stamp
/// and no emojis, when the wait is over.</summary>
/// <param name="Stamp">As it was told last; empty for at once.</param>
/// <param name="Wait">0 to 3 s.</param>
public sealed record AwaitEmojis(string Stamp, TimeSpan Wait) : IWaitingRequest;

/// <param name="Stamp">Of these emojis.</param>
/// <param name="Emojis">By shortcode.</param>
public sealed record EmojisNow(string Stamp, IReadOnlyList<CustomEmoji> Emojis);

/// <summary>The changes after one. The reply comes as soon as there are any, and, empty, when the wait is
/// over.</summary>
/// <param name="Run">As it was told last; empty for from now on.</param>
/// <param name="After">Likewise.</param>
/// <param name="Wait">0 to 3 s.</param>
public sealed record AwaitAnnouncements(string Run, long After, TimeSpan Wait) : IWaitingRequest;

/// <param name="Run">Names what tells the news: another one begins anew.</param>
/// <param name="Last">Up to which these are.</param>
/// <param name="IsWhole">False: some before these are lost.</param>
public sealed record AnnouncementChanges(
    string Run, long Last, bool IsWhole, IReadOnlyList<AnnouncementChange> Changes);
