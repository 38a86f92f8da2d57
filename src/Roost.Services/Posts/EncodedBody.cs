using System.Buffers.Binary;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Posts;

/// <summary>The parts of an encoded <see cref="PostBody"/>, where they lie; nothing is copied.</summary>
internal readonly ref struct EncodedBody
{
    public const byte Format = 1;
    public const byte FormatWithExtras = 2;

    private readonly ReadOnlySpan<byte> _mentions;

    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: not of this format.</exception>
    public EncodedBody(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes[0] is not (Format or FormatWithExtras))
        {
            throw Unreadable(
                bytes.Length == 0
                    ? "it is empty"
                    : $"its format is {bytes[0]}, this version reads {Format} and {FormatWithExtras}");
        }
        HasExtras = bytes[0] == FormatWithExtras;
        Sensitive = bytes[1] != 0;
        bytes = bytes[2..];
        Language = ReadText(ref bytes);
        AppName = ReadText(ref bytes);
        SpoilerText = ReadText(ref bytes);
        Text = ReadText(ref bytes);
        var mentions = ReadLength(ref bytes, sizeof(int)) * sizeof(int);
        _mentions = bytes[..mentions];
        Extras = bytes[mentions..];
    }

    public bool Sensitive { get; }

    /// <summary>UTF-8, as the next three; empty for none.</summary>
    public ReadOnlySpan<byte> Language { get; }

    public ReadOnlySpan<byte> AppName { get; }

    public ReadOnlySpan<byte> SpoilerText { get; }

    public ReadOnlySpan<byte> Text { get; }

    public int MentionCount => _mentions.Length / sizeof(int);

    public bool HasExtras { get; }

    /// <summary>What <see cref="PostExtrasFormat"/> reads, if there are any.</summary>
    public ReadOnlySpan<byte> Extras { get; }

    public AccountId Mention(int index) =>
        new(BinaryPrimitives.ReadInt32LittleEndian(_mentions[(index * sizeof(int))..]));

    public static ServiceException Unreadable(string why) =>
        new(
            ErrorCode.DataDamaged, "A stored post cannot be read.",
            $"The body of a post record is not readable: {why}.");

    private static ReadOnlySpan<byte> ReadText(scoped ref ReadOnlySpan<byte> rest)
    {
        var length = ReadLength(ref rest, 1);
        var text = rest[..length];
        rest = rest[length..];
        return text;
    }

    private static int ReadLength(scoped ref ReadOnlySpan<byte> rest, int bytesEach)
    {
        if (rest.Length < sizeof(int))
            throw Unreadable("it ends early");
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        if (length < 0 || (long)length * bytesEach > rest.Length)
            throw Unreadable($"a length of {length} runs past its end");
        return length;
    }
}
