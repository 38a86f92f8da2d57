using Roost.Services.Media;

namespace Roost.Services.Posts;

/// <summary>What a post has besides words: few do, and those that do not cost nothing for it. Immutable.</summary>
public sealed record PostExtras
{
    /// <summary>
    /// The pictures it shows, in order, as they were told of when this version of it was written. What Media says now
    /// may be newer; what the post shows is this.
    /// </summary>
    public IReadOnlyList<MediaItem> Media { get; init; } = [];

    public Poll? Poll { get; init; }

    /// <summary>Null when there is nothing in it.</summary>
    internal static PostExtras? Of(IReadOnlyList<MediaItem> media, Poll? poll = null) =>
        media.Count == 0 && poll is null ? null : new PostExtras { Media = media, Poll = poll };
}
