namespace Roost.Services.Posts;

/// <summary>
/// What a record's flag byte holds, so that an index can be built from the log's columns without reading a body.
/// <code>
///  7                6 .. 5   4             3          2          1 .. 0
///  names accounts   unused   has pictures  imported   has a key  visibility; of marks which of them
/// </code>
/// An edit has of these only whether there are pictures; a deletion has flags of its own.
/// </summary>
internal static class RecordFlags
{
    /// <summary>The record's key is an idempotency key of its author's.</summary>
    public const byte Keyed = 1 << 2;

    /// <summary>The record's key is an importer's.</summary>
    public const byte Imported = 1 << 3;

    /// <summary>The post, or what the edit makes of it, shows pictures.</summary>
    public const byte HasMedia = 1 << 4;

    /// <summary>Of a deletion: the post's pictures go at once, and cannot be posted again.</summary>
    public const byte RemovesMedia = 1;

    /// <summary>The post's text names accounts.</summary>
    public const byte Naming = 1 << 7;

    private const byte VisibilityMask = 3;

    public static Visibility Visibility(byte flags) => (Visibility)(flags & VisibilityMask);

    public static byte Of(Visibility visibility) => (byte)visibility;

    public static PostMark Mark(byte flags) => (PostMark)(flags & VisibilityMask);

    public static byte Of(PostMark mark) => (byte)mark;

    public static byte Of(PostExtras? extras) => extras is { Media.Count: > 0 } ? HasMedia : (byte)0;
}
