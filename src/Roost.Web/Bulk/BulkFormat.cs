namespace Roost.Web.Bulk;

/// <summary>
/// How many posts travel in one request. All numbers are little-endian, all texts UTF-8.
/// <code>
/// request   "RoostPs1" | frame | frame | …
/// frame     kind u8 | length u32 | as many bytes, at most 65,536
///   1 author   a bearer token: it becomes author 0, 1, 2, …
///   2 post     author u32 | about i32 | answers i64 | visibility u8 | sensitive u8
///              | language u8 + bytes | warning u16 + bytes | key u8 + bytes | text, to the frame's end
///   3 boost    author u32 | about i32 | post i64
///   4 commit   empty
/// answer    "RoostPr1" | for each post and boost, in order:  code u8 | id i64 | reason u16 + bytes
/// </code>
/// </summary>
/// <remarks>
/// Posts and boosts are the items, 0, 1, 2, … <c>about</c> is the number of an earlier item of the same request that
/// this one answers or boosts, or -1; then <c>answers</c> or <c>post</c> is an id, or 0 for none. docs/bulk.md tells
/// the rest.
/// </remarks>
public static class BulkFormat
{
    /// <summary>Where it is sent.</summary>
    public const string Path = "/api/roost/v1/posts";

    /// <summary>Type of request and answer.</summary>
    public const string ContentType = "application/vnd.roost.posts";

    /// <summary>The most that one request has of items, and of authors.</summary>
    public const int ItemsMax = 1_000_000;

    /// <summary>Bytes of the largest request.</summary>
    public const long RequestBytesMax = 256L << 20;

    /// <summary>After so many items, or <see cref="CommitBytes"/> of frames, they are stored without being told
    /// to.</summary>
    public const int CommitItems = 8_192;

    /// <inheritdoc cref="CommitItems"/>
    public const int CommitBytes = 4 << 20;

    internal const int PayloadBytesMax = 1 << 16;
    internal const int FrameHeaderBytes = 5;

    internal static ReadOnlySpan<byte> RequestMagic => "RoostPs1"u8;

    internal static ReadOnlySpan<byte> AnswerMagic => "RoostPr1"u8;
}

internal enum BulkFrameKind : byte
{
    Author = 1,
    Post = 2,
    Boost = 3,
    Commit = 4,
}

/// <summary>What became of an item.</summary>
public enum BulkCode : byte
{
    /// <summary>It is stored, now or by an earlier request with the same key; the id is its.</summary>
    Made = 0,

    /// <summary>It is not acceptable; sending it again will not help.</summary>
    Invalid = 1,

    /// <summary>Its author may not do this: the token is none, has ended, or has not the scope.</summary>
    Forbidden = 2,

    /// <summary>What it answers or boosts is not there for its author.</summary>
    NotFound = 3,

    /// <summary>The server could not; the same may succeed later.</summary>
    TryAgain = 4,

    /// <summary>A fault of the server's.</summary>
    Failed = 5,

    /// <summary>No answer to an item: the request could not be read further, and nothing from here on was stored.
    /// </summary>
    Unreadable = 255,
}
