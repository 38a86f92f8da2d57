using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Roost.Web.Http;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes strings of JSON straight into bytes: the very bytes that a <c>Utf8JsonWriter</c> with
/// <see cref="JsonReplies.WriterOptions"/> writes, at a fraction of its cost.
/// </summary>
internal static class JsonText
{
    private static readonly JavaScriptEncoder _encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>What stays as it is and takes one byte.</summary>
    private static readonly SearchValues<char> _plain = SearchValues.Create(
        [.. Enumerable.Range(' ', 0x7F - ' ').Select(c => (char)c).Where(c => c is not ('"' or '\\'))]);

    /// <summary>A string with its quotes. <b>Hot path.</b></summary>
    public static void WriteString(this Utf8Buffer to, ReadOnlySpan<char> text)
    {
        to.Write("\""u8);
        WriteEscaped(to, text);
        to.Write("\""u8);
    }

    /// <summary>The bytes of a string with its quotes, to be made once.</summary>
    public static byte[] Whole(string text) => [.. Start(text), (byte)'"'];

    /// <summary>The bytes that strings which begin so begin with.</summary>
    public static byte[] Start(string text)
    {
        using var start = new Utf8Buffer(256);
        start.Write("\""u8);
        start.WriteEscaped(text);
        return start.ToArray();
    }

    /// <summary>A string's content, or a part of it that does not end within a surrogate pair. <b>Hot path.</b>
    /// </summary>
    public static void WriteEscaped(this Utf8Buffer to, ReadOnlySpan<char> text)
    {
        while (true)
        {
            var plain = text.IndexOfAnyExcept(_plain);
            WriteAscii(to, plain < 0 ? text : text[..plain]);
            if (plain < 0) return;
            text = text[plain..];
            if (text[0] is '"' or '\\')
            {
                to.Write(text[0] == '"' ? "\\\""u8 : "\\\\"u8);
                text = text[1..];
                continue;
            }
            // To the next plain one, which is no part of a pair: so none is cut.
            var rest = text.IndexOfAny(_plain);
            WriteEncoded(to, rest < 0 ? text : text[..rest]);
            if (rest < 0) return;
            text = text[rest..];
        }
    }

    private static void WriteAscii(Utf8Buffer to, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        Ascii.FromUtf16(text, to.GetSpan(text.Length), out var written);
        to.Advance(written);
    }

    [SkipLocalsInit]
    private static void WriteEncoded(Utf8Buffer to, ReadOnlySpan<char> text)
    {
        Span<char> encoded = stackalloc char[256];
        while (!text.IsEmpty)
        {
            _encoder.Encode(text, encoded, out var used, out var length);
            text = text[used..];
            Utf8.FromUtf16(encoded[..length], to.GetSpan(3 * length), out _, out var written);
            to.Advance(written);
        }
    }
}
