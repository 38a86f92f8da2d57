using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Media;

/// <summary>
/// What the Media service can be asked: it takes pictures in, processed and without what cameras add to them, keeps
/// them, and says what there is to show.
/// </summary>
public sealed record MediaApi(
    Service<UploadMedia, MediaItem> Upload,
    Service<GetMedia, MediaItem?[]> Get,
    Service<DescribeMedia, MediaItem?> Describe,
    Service<UseMedia, MediaItem[]?> Use,
    Service<FreeMedia, bool> Free,
    Service<SettleMedia, bool> Settle,
    Service<GetSettled, uint> Settled,
    Service<DeleteMedia, DeleteMediaReply> Delete,
    Service<FindMediaFile, MediaFile?> Find,
    Service<GetMediaPart, MediaPart?> Part,
    MediaLimits Limits)
{
    /// <summary>While pictures cannot be had; all else goes on.</summary>
    public static ServiceException Away(ServiceException? why = null) => new(
        ErrorCode.Unavailable, "Pictures cannot be taken in just now. Try again later, or post without them.",
        why?.Detail ?? why?.Message, why)
    {
        MayBeDone = why is { MayBeDone: true },
    };
}

/// <summary>What is taken: told to clients before they send.</summary>
public sealed record MediaLimits(long ImageBytesMax, long ImagePixelsMax, int DescriptionLengthMax)
{
    /// <summary>MIME types of what can be sent.</summary>
    public static IReadOnlyList<string> Types { get; } = ["image/jpeg", "image/png", "image/webp", "image/gif"];

    /// <summary>Pictures that one post can show.</summary>
    public static int PerPost => 4;

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it is too long.</exception>
    public void RequireDescription(string description)
    {
        ArgumentNullException.ThrowIfNull(description);
        if (description.Length <= DescriptionLengthMax) return;
        throw new ServiceException(
            ErrorCode.Invalid,
            $"Validation failed: Description has {description.Length} characters; the most is {DescriptionLengthMax}");
    }
}

public enum MediaKind : byte
{
    Image = 1,
    /// <summary>A picture that moves by itself: an animated GIF.</summary>
    Animation = 2,
}

public enum MediaPurpose : byte
{
    Attachment = 1,
    Avatar = 2,
    Header = 3,
    Emoji = 4,

    /// <summary>Of a page that posts link to; nobody's.</summary>
    Card = 5,
}

/// <summary>A picture as it is kept.</summary>
/// <param name="FileKey">What its address is made of: 26 characters that nobody can guess.</param>
/// <param name="Original">The picture itself, at most 8.3 million pixels.</param>
/// <param name="Small">A preview of at most 230,400 pixels.</param>
/// <param name="BlurHash">20 to 40 characters that stand for its colours until it is there; see
/// <see href="https://blurha.sh"/>.</param>
/// <param name="Description">What it shows, for those who do not see it; at most 1,500 characters, or empty.</param>
/// <param name="FocusX">Where its subject is: -1 (left) to 1 (right).</param>
/// <param name="FocusY">-1 (bottom) to 1 (top).</param>
/// <param name="IsUsed">Whether a post or a profile shows it; one that waits for a day without being used is
/// removed.</param>
public sealed record MediaItem(
    long Id, AccountId Account, MediaPurpose Purpose, MediaKind Kind, string FileKey, MediaSize Original,
    MediaSize Small, string BlurHash, string Description, double FocusX, double FocusY, bool IsUsed)
{
    /// <summary>The post that shows it, as soon as that was settled; else <c>default</c>.</summary>
    public PostId Post { get; init; }
}

/// <param name="Type">MIME type: <c>image/jpeg</c>, <c>image/png</c>, <c>image/webp</c> or <c>image/gif</c>.</param>
/// <param name="Width">In pixels, as it is shown; so is <paramref name="Height"/>.</param>
public readonly record struct MediaSize(string Type, int Width, int Height, long Bytes)
{
    /// <summary>What the names of its file and of its address end in.</summary>
    public string Extension => ExtensionOf(Type);

    public static string ExtensionOf(string type) => type switch
    {
        "image/jpeg" => ".jpg",
        "image/webp" => ".webp",
        "image/gif" => ".gif",
        _ => ".png",
    };
}

/// <summary>Takes a picture in. The reply comes when its files are on disk.</summary>
/// <param name="Content">JPEG, PNG, WebP or GIF, told by its bytes, whatever its name says.</param>
/// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: too large, of another type, damaged, or a value
/// out of its range; says which. <see cref="ErrorCode.StorageFull"/>: nothing was kept.</exception>
public sealed record UploadMedia(
    AccountId Account, MediaPurpose Purpose, ReadOnlyMemory<byte> Content, string Description = "", double FocusX = 0,
    double FocusY = 0);

/// <summary>The reply has an item, or null, for each id, in order.</summary>
public sealed record GetMedia(IReadOnlyList<long> Ids);

/// <summary>Changes what is told about a picture; null leaves a value. The reply is null when it is not there or
/// another's.</summary>
public sealed record DescribeMedia(
    AccountId Account, long Id, string? Description, double? FocusX = null, double? FocusY = null);

/// <summary>
/// Before a post that shows them is written, or edited: marks pictures as used, all or none, and answers with them.
/// Null: one is not there, another's, or used by something else than <paramref name="Of"/>.
/// </summary>
/// <param name="Of">The post that is edited, whose pictures may be named again; <c>default</c> for a new one.</param>
public sealed record UseMedia(AccountId Account, IReadOnlyList<long> Ids, PostId Of = default)
{
    /// <summary>The post is to come at a later time: until then they are held for it, over restarts.</summary>
    public bool Holds { get; init; }

    /// <summary>That time has come: pictures that are held may be used.</summary>
    public bool TakesHeld { get; init; }

    /// <summary>What became of an earlier try with these pictures is not known: those that are marked, and are no
    /// post's, may be used.</summary>
    public bool Again { get; init; }
}

/// <summary>When that post could not be written: what was marked for it and is no post's waits again.</summary>
public sealed record FreeMedia(IReadOnlyList<long> Ids);

/// <summary>
/// What became of posts with pictures, in order: told by who follows the posts, at least once, so doing it again
/// changes nothing. All of it or nothing, with <paramref name="UpTo"/>.
/// </summary>
/// <param name="UpTo">The newest record of the posts that this takes into account; <see cref="GetSettled"/> tells it
/// again.</param>
/// <param name="FreeOthers">Whether attachments that are marked as used, but are no post's, wait again: nobody is about
/// to write a post, as at a start.</param>
public sealed record SettleMedia(IReadOnlyList<MediaFate> Fates, uint UpTo, bool FreeOthers = false);

/// <param name="Ids">Which pictures, when they are shown; of a deleted post all that it or an earlier form of it
/// showed.</param>
public readonly record struct MediaFate(MediaFateKind Kind, PostId Post, IReadOnlyList<long> Ids);

public enum MediaFateKind
{
    /// <summary>The post shows them.</summary>
    Shown,
    /// <summary>The post is deleted; they can be posted again for a day.</summary>
    Freed,
    /// <summary>The post is deleted, and they with it.</summary>
    Removed,
}

/// <summary>Asks for the last <see cref="SettleMedia.UpTo"/>; 0 in the beginning.</summary>
public sealed record GetSettled;

/// <summary>Removes a picture that nothing shows.</summary>
/// <param name="OfProfile">It was a profile's, which shows it no more: it goes although it is used.</param>
public sealed record DeleteMedia(AccountId Account, long Id, bool OfProfile = false);

public enum DeleteMediaReply
{
    Deleted,
    /// <summary>Not there, or another's.</summary>
    NotFound,
    /// <summary>A post shows it: delete that.</summary>
    InUse,
}

/// <summary>Finds a picture's file. The reply is null when there is none of that key.</summary>
/// <param name="Small">The preview rather than the picture.</param>
public sealed record FindMediaFile(string FileKey, bool Small);

/// <summary>A file that another process has: its bytes are fetched part by part, with
/// <see cref="GetMediaPart"/>.</summary>
/// <param name="Type">MIME type.</param>
public record MediaFile(string Type, long Bytes);

/// <summary>A file of this machine.</summary>
/// <param name="Path">Where it lies.</param>
public sealed record MediaFileHere(string Path, string Type, long Bytes) : MediaFile(Type, Bytes);

/// <summary>Reads a part of a picture's file. The reply is null when there is none of that key any more.</summary>
/// <param name="Small">The preview rather than the picture.</param>
/// <param name="From">Where the part begins, in bytes.</param>
public sealed record GetMediaPart(string FileKey, bool Small, long From);

/// <param name="Content">At most <see cref="BytesMax"/> bytes; none at the file's end.</param>
public sealed record MediaPart(ReadOnlyMemory<byte> Content)
{
    /// <summary>64 KiB: more would be a large object, which the runtime takes up late, in each process that the part
    /// comes through.</summary>
    public static int BytesMax => 64 << 10;
}
