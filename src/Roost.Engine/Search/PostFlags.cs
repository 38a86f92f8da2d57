namespace Roost.Engine.Search;

/// <summary>What a post is or has, a bit each: what queries filter by. Numbers are kept on disk.</summary>
/// <remarks>The index has room for eight.</remarks>
[Flags]
public enum PostFlags : ushort
{
    None = 0,
    HasMedia = 1 << 0,
    HasLink = 1 << 1,
    HasPoll = 1 << 2,
    HasEmbed = 1 << 3,
    IsReply = 1 << 4,
    IsSensitive = 1 << 5,

    /// <summary>Anybody may see it, and it is listed: not unlisted, for followers, or direct.</summary>
    IsPublic = 1 << 6,

    /// <summary>Its author lets others find it by its words; without, only those who may in any case do.</summary>
    IsIndexable = 1 << 7,
}
