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
        destination[0] = Extras is null ? EncodedBody.Format : EncodedBody.FormatWithExtras;
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
        var body = new EncodedBody(bytes);
        var mentions = new AccountId[body.MentionCount];
        for (var i = 0; i < mentions.Length; i++)
            mentions[i] = body.Mention(i);
        return new PostBody(
            Encoding.UTF8.GetString(body.Text), Encoding.UTF8.GetString(body.SpoilerText), body.Sensitive,
            NoneIfEmpty(body.Language), NoneIfEmpty(body.AppName), mentions,
            body.HasExtras ? PostExtrasFormat.Decode(body.Extras) : null);
    }

    private static string? NoneIfEmpty(ReadOnlySpan<byte> text) =>
        text.IsEmpty ? null : Encoding.UTF8.GetString(text);

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
}
