using Roost.Rpc;

namespace Roost.Services.Community;

/// <summary>How a process that has not the Community service hears of the custom emojis.</summary>
public sealed record EmojiFeedApi(Service<AwaitEmojis, EmojisNow> Now);

/// <summary>All emojis. The reply comes as soon as they are others than those of the stamp, and, with the same stamp
/// and no emojis, when the wait is over.</summary>
/// <param name="Stamp">As it was told last; empty for at once.</param>
/// <param name="Wait">0 to 3 s.</param>
public sealed record AwaitEmojis(string Stamp, TimeSpan Wait);

/// <param name="Stamp">Of these emojis.</param>
/// <param name="Emojis">By shortcode.</param>
public sealed record EmojisNow(string Stamp, IReadOnlyList<CustomEmoji> Emojis);
