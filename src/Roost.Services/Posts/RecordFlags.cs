namespace Roost.Services.Posts;

/// <summary>
/// What a record's flag byte holds, so that an index can be built from the log's columns without reading a body.
/// <code>
///  7                6             5           4             3          2          1 .. 0
///  names accounts   another poll  has a poll  has pictures  imported   has a key  visibility; of marks which of them
/// </code>
/// A boost has a visibility of its own, which is that of a post for followers. An edit has of these what says
/// whether there are pictures and a poll, and whether it is another poll than before. A deletion has flags of its own,
/// and so have a vote (from bit 4 on a bit for each option, set for those chosen) and a rule about quotes (bits 1 .. 0
/// say who may).
/// </summary>
internal static class RecordFlags
{
    /// <summary>The record's key is an idempotency key of its author's.</summary>
    public const byte Keyed = 1 << 2;

    /// <summary>The record's key is an importer's.</summary>
    public const byte Imported = 1 << 3;

    /// <summary>The post, or what the edit makes of it, shows pictures.</summary>
    public const byte HasMedia = 1 << 4;

    /// <summary>The post, or what the edit makes of it, has a poll.</summary>
    public const byte HasPoll = 1 << 5;

    /// <summary>Of an edit: whatever was voted before is void.</summary>
    public const byte HasOtherPoll = 1 << 6;

    /// <summary>Of a deletion: the post's pictures go at once, and cannot be posted again.</summary>
    public const byte RemovesMedia = 1;

    /// <summary>The post's text names accounts.</summary>
    public const byte Naming = 1 << 7;

    private const byte VisibilityMask = 3;
    private const int ChoicesShift = 4;

    public static Visibility Visibility(byte flags) => (Visibility)(flags & VisibilityMask);

    public static byte Of(Visibility visibility) => (byte)visibility;

    public static QuotePolicy QuotePolicy(byte flags) => (QuotePolicy)(flags & VisibilityMask);

    public static byte Of(QuotePolicy policy) => (byte)policy;

    public static PostMark Mark(byte flags) => (PostMark)(flags & VisibilityMask);

    public static byte Of(PostMark mark) => (byte)mark;

    public static byte Of(PostExtras? extras) => (byte)(
        (extras is { Media.Count: > 0 } ? HasMedia : 0) | (extras?.Poll is null ? 0 : HasPoll));

    /// <summary>Of a vote, a bit for each option that was chosen.</summary>
    public static byte OfChoices(int choices) => (byte)(choices << ChoicesShift);

    public static int Choices(byte flags) => flags >> ChoicesShift;
}
