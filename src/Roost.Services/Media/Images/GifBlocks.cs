using System.Buffers;
using Roost.Rpc;

namespace Roost.Services.Media.Images;

/// <summary>
/// Takes from a GIF what is not picture: comments, and application data other than how often it repeats. The blocks
/// themselves are copied as they are, so an animation stays what it was.
/// Format: GIF89a specification, §12 ff.
/// </summary>
internal static class GifBlocks
{
    private const byte ImageSeparator = 0x2C;
    private const byte Extension = 0x21;
    private const byte Trailer = 0x3B;
    private const byte GraphicControl = 0xF9;
    private const byte Application = 0xFF;

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: it ends early, or has a block of no known
    /// kind.</exception>
    public static byte[] KeepPicture(ReadOnlySpan<byte> gif)
    {
        var kept = new ArrayBufferWriter<byte>(gif.Length);
        var at = 13 + TableBytes(Byte(gif, 10));
        Copy(gif, 0, at, kept);
        while (true)
        {
            var start = at;
            switch (Byte(gif, at))
            {
                case Trailer:
                    Copy(gif, at, at + 1, kept);
                    return kept.WrittenSpan.ToArray();
                case ImageSeparator:
                    // Descriptor, its colours, the code size, then the data.
                    at = EndOfSubBlocks(gif, at + 10 + TableBytes(Byte(gif, at + 9)) + 1);
                    Copy(gif, start, at, kept);
                    break;
                case Extension:
                    var label = Byte(gif, at + 1);
                    at = EndOfSubBlocks(gif, at + 2);
                    if (label == GraphicControl || (label == Application && IsRepetition(gif[start..at])))
                        Copy(gif, start, at, kept);
                    break;
                case var other:
                    throw Unreadable($"it has a block of kind {other}");
            }
        }
    }

    private static bool IsRepetition(ReadOnlySpan<byte> extension) =>
        extension.Length > 14 && extension.Slice(3, 11).SequenceEqual("NETSCAPE2.0"u8);

    private static int EndOfSubBlocks(ReadOnlySpan<byte> gif, int at)
    {
        while (Byte(gif, at) is var length && length > 0) at += 1 + length;
        return at + 1;
    }

    private static int TableBytes(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    private static byte Byte(ReadOnlySpan<byte> gif, int at) =>
        (uint)at < (uint)gif.Length ? gif[at] : throw Unreadable("it ends early");

    private static void Copy(ReadOnlySpan<byte> gif, int start, int end, ArrayBufferWriter<byte> kept)
    {
        if (end > gif.Length) throw Unreadable("it ends early");
        kept.Write(gif[start..end]);
    }

    private static ServiceException Unreadable(string why) =>
        new(ErrorCode.Invalid, $"Validation failed: File cannot be read as a GIF: {why}");
}
