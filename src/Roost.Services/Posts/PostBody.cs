using System.Buffers.Binary;
using System.Text;
using Roost.Engine.Ids;
using Roost.Rpc;

namespace Roost.Services.Posts;

/// <summary>
/// What a post's or an edit's record holds beyond its header.
/// <code>
///  1 B      1 B        then, each a 4-byte length and that many bytes of UTF-8       4 B     4 B each
///  format   sensitive  language   app name   spoiler text   text                     count   mentioned accounts
/// </code>
/// An empty language or app name means none. Little-endian. The format is 1 for posts of words alone; with format 2
/// what <see cref="PostExtrasFormat"/> draws comes behind, up to the end.
/// </summary>
/// <param name="Extras">What it has besides words, or null.</param>
internal readonly record struct PostBody(
    string Text, string SpoilerText, bool Sensitive, string? Language, string? AppName,
    IReadOnlyList<AccountId> Mentions, PostExtras? Extras = null)
{
    private const byte Format = 1;
    private const byte FormatWithExtras = 2;

    /// <summary>How many bytes it has when encoded.</summary>
    public int EncodedBytes => 2 + 4 * sizeof(int) + sizeof(int) + Mentions.Count * sizeof(int)
        + Utf8Length(Language) + Utf8Length(AppName) + Utf8Length(SpoilerText) + Utf8Length(Text)
        + (Extras is null ? 0 : PostExtrasFormat.Encode(Extras).Length);

    public byte[] Encode()
    {
        var bytes = new byte[EncodedBytes];
        Encode(bytes);
        return bytes;
    }

    /// <param name="destination">Of exactly <see cref="EncodedBytes"/>.</param>
    public void Encode(Span<byte> destination)
    {
        destination[0] = Extras is null ? Format : FormatWithExtras;
        destination[1] = Sensitive ? (byte)1 : (byte)0;
        var rest = destination[2..];
        Write(ref rest, Language ?? "");
        Write(ref rest, AppName ?? "");
        Write(ref rest, SpoilerText);
        Write(ref rest, Text);
        Write(ref rest, Mentions.Count);
        foreach (var mention in Mentions)
            Write(ref rest, mention.Value);
        if (Extras is not null)
            PostExtrasFormat.Encode(Extras).CopyTo(rest);
    }

    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: not of this format.</exception>
    public static PostBody Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes[0] is not (Format or FormatWithExtras))
        {
            throw Unreadable(
                bytes.Length == 0
                    ? "it is empty"
                    : $"its format is {bytes[0]}, this version reads {Format} and {FormatWithExtras}");
        }
        var hasExtras = bytes[0] == FormatWithExtras;
        var sensitive = bytes[1] != 0;
        bytes = bytes[2..];
        var language = ReadText(ref bytes);
        var app = ReadText(ref bytes);
        var spoiler = ReadText(ref bytes);
        var text = ReadText(ref bytes);
        var mentions = new AccountId[ReadLength(ref bytes, sizeof(int))];
        for (var i = 0; i < mentions.Length; i++)
            mentions[i] = new AccountId(ReadInt(ref bytes));
        return new PostBody(
            text, spoiler, sensitive, language.Length == 0 ? null : language, app.Length == 0 ? null : app, mentions,
            hasExtras ? PostExtrasFormat.Decode(bytes) : null);
    }

    private static int Utf8Length(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);

    private static void Write(ref Span<byte> rest, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(rest, value);
        rest = rest[sizeof(int)..];
    }

    private static void Write(ref Span<byte> rest, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, rest[sizeof(int)..]);
        Write(ref rest, length);
        rest = rest[length..];
    }

    private static string ReadText(ref ReadOnlySpan<byte> rest)
    {
        var length = ReadLength(ref rest, 1);
        var text = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return text;
    }

    private static int ReadLength(ref ReadOnlySpan<byte> rest, int bytesEach)
    {
        var length = ReadInt(ref rest);
        if (length < 0 || (long)length * bytesEach > rest.Length)
            throw Unreadable($"a length of {length} runs past its end");
        return length;
    }

    private static int ReadInt(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < sizeof(int))
            throw Unreadable("it ends early");
        var value = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        return value;
    }

    internal static ServiceException Unreadable(string why) =>
        new(
            ErrorCode.DataDamaged, "A stored post cannot be read.",
            $"The body of a post record is not readable: {why}.");
}
