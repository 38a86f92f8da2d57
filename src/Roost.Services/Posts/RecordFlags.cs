namespace Roost.Services.Posts;

/// <summary>
/// What a record's flag byte holds, so that an index can be built from the log's columns without reading a body.
/// <code>
///  7 .... 4   3          2          1 .. 0
///  unused     imported   has a key  visibility; of marks which of them
/// </code>
/// </summary>
internal static class RecordFlags
{
    /// <summary>The record's key is an idempotency key of its author's.</summary>
    public const byte Keyed = 1 << 2;

    /// <summary>The record's key is an importer's.</summary>
    public const byte Imported = 1 << 3;

    private const byte VisibilityMask = 3;

    public static Visibility Visibility(byte flags) => (Visibility)(flags & VisibilityMask);

    public static byte Of(Visibility visibility) => (byte)visibility;

    public static PostMark Mark(byte flags) => (PostMark)(flags & VisibilityMask);

    public static byte Of(PostMark mark) => (byte)mark;
}
