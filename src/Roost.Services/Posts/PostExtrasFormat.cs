using System.Text;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Media;

namespace Roost.Services.Posts;

/// <summary>
/// <see cref="PostExtras"/> as bytes: parts one behind the other, each with a kind, a length and its content. Texts are
/// UTF-8 with their length in 7-bit groups before them. Little-endian.
/// <code>
///  1 B    4 B      content
///  1      length   pictures: 1 B how many, then each: 8 B id, 4 B account, 1 B kind, file key, blurhash,
///                  description, 8 B + 8 B focus, picture and preview: MIME type, 4 B width, 4 B height, 8 B bytes
///  2      length   poll: 8 B end in Unix milliseconds, 1 B multiple, 1 B hides totals, 1 B how many options, options
/// </code>
/// </summary>
internal static class PostExtrasFormat
{
    private const byte MediaPart = 1;
    private const byte PollPart = 2;

    public static byte[] Encode(PostExtras extras)
    {
        using var bytes = new MemoryStream();
        using var to = new BinaryWriter(bytes, Encoding.UTF8);
        if (extras.Media.Count > 0)
            WritePart(to, MediaPart, part => WriteMedia(part, extras.Media));
        if (extras.Poll is { } poll)
            WritePart(to, PollPart, part => WritePoll(part, poll));
        return bytes.ToArray();
    }

    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: not of this format.</exception>
    public static PostExtras Decode(ReadOnlySpan<byte> bytes)
    {
        var extras = new PostExtras();
        using var from = new BinaryReader(new MemoryStream(bytes.ToArray()), Encoding.UTF8);
        try
        {
            while (from.BaseStream.Position < from.BaseStream.Length)
                extras = ReadPart(from, extras);
            return extras;
        }
        catch (Exception damage) when (damage is IOException or FormatException or ArgumentException)
        {
            throw EncodedBody.Unreadable($"what it has besides words breaks off ({damage.Message})");
        }
    }

    private static PostExtras ReadPart(BinaryReader from, PostExtras extras)
    {
        var kind = from.ReadByte();
        var end = from.ReadInt32() + from.BaseStream.Position;
        extras = kind switch
        {
            MediaPart => extras with { Media = ReadMedia(from) },
            PollPart => extras with { Poll = ReadPoll(from) },
            _ => throw EncodedBody.Unreadable($"it has a part of kind {kind}, which this version does not know"),
        };
        return from.BaseStream.Position == end
            ? extras
            : throw EncodedBody.Unreadable($"its part of kind {kind} has another length than it says");
    }

    private static void WritePart(BinaryWriter to, byte kind, Action<BinaryWriter> write)
    {
        using var bytes = new MemoryStream();
        using var part = new BinaryWriter(bytes, Encoding.UTF8);
        write(part);
        part.Flush();
        to.Write(kind);
        to.Write((int)bytes.Length);
        to.Write(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static void WriteMedia(BinaryWriter to, IReadOnlyList<MediaItem> media)
    {
        to.Write((byte)media.Count);
        foreach (var item in media)
        {
            to.Write(item.Id);
            to.Write(item.Account.Value);
            to.Write((byte)item.Kind);
            to.Write(item.FileKey);
            to.Write(item.BlurHash);
            to.Write(item.Description);
            to.Write(item.FocusX);
            to.Write(item.FocusY);
            WriteSize(to, item.Original);
            WriteSize(to, item.Small);
        }
    }

    private static MediaItem[] ReadMedia(BinaryReader from)
    {
        var media = new MediaItem[from.ReadByte()];
        for (var i = 0; i < media.Length; i++)
        {
            var (id, account, kind) = (from.ReadInt64(), new AccountId(from.ReadInt32()), (MediaKind)from.ReadByte());
            var (key, blurHash, description) = (from.ReadString(), from.ReadString(), from.ReadString());
            var (x, y) = (from.ReadDouble(), from.ReadDouble());
            media[i] = new MediaItem(
                id, account, MediaPurpose.Attachment, kind, key, ReadSize(from), ReadSize(from), blurHash, description,
                x, y, IsUsed: true);
        }
        return media;
    }

    private static void WritePoll(BinaryWriter to, Poll poll)
    {
        to.Write(poll.EndsAt.ToUnixTimeMilliseconds());
        to.Write(poll.IsMultiple);
        to.Write(poll.HidesTotals);
        to.Write((byte)poll.Options.Count);
        foreach (var option in poll.Options)
            to.Write(option);
    }

    private static Poll ReadPoll(BinaryReader from)
    {
        var endsAt = DateTimeOffset.FromUnixTimeMilliseconds(from.ReadInt64());
        var (isMultiple, hidesTotals) = (from.ReadBoolean(), from.ReadBoolean());
        var options = new string[from.ReadByte()];
        for (var i = 0; i < options.Length; i++)
            options[i] = from.ReadString();
        return new Poll(options, isMultiple, hidesTotals, endsAt);
    }

    private static void WriteSize(BinaryWriter to, in MediaSize size)
    {
        to.Write(size.Type);
        to.Write(size.Width);
        to.Write(size.Height);
        to.Write(size.Bytes);
    }

    private static MediaSize ReadSize(BinaryReader from) =>
        new(from.ReadString(), from.ReadInt32(), from.ReadInt32(), from.ReadInt64());
}
