using System.Net;
using System.Text;
using AngleSharp.Html.Parser;
using Roost.Engine.Text;

namespace Roost.Services.Translation;

/// <summary>
/// Plain text as HTML in which what must not be translated is marked so, and back. Nothing of the HTML that comes back
/// but its words is taken: whoever shows them renders them as any text.
/// </summary>
internal static class MarkedText
{
    private const int EmojiNameMax = 64;

    public static string ToHtml(string text)
    {
        var html = new StringBuilder(text.Length + 64);
        foreach (var token in new PostScanner(text))
        {
            var part = text.AsSpan(token.Start, token.Length);
            switch (token.Kind)
            {
                case PostTokenKind.Text:
                    AppendWords(html, part);
                    break;
                case PostTokenKind.LineBreak:
                    html.Append("<br>");
                    break;
                case PostTokenKind.ParagraphBreak:
                    html.Append("<br><br>");
                    break;
                default:
                    AppendKept(html, part);
                    break;
            }
        }
        return html.ToString();
    }

    public static string FromHtml(string html)
    {
        using var source = HtmlTokens.SourceOf(html);
        using var tokens = HtmlTokens.Of(source);
        var text = new StringBuilder(html.Length);
        for (var token = tokens.Get(); token.Type != HtmlTokenType.EndOfFile; token = tokens.Get())
        {
            if (token.Type == HtmlTokenType.Character) text.Append(token.Data);
            else if (token is { Type: HtmlTokenType.StartTag, Name: "br" }) text.Append('\n');
            else if (token is { Type: HtmlTokenType.EndTag, Name: "p" }) text.Append("\n\n");
        }
        return text.ToString().Trim();
    }

    /// <summary>Names between colons, <c>:blob_cat:</c>, are emojis, or as good as.</summary>
    private static void AppendWords(StringBuilder html, ReadOnlySpan<char> words)
    {
        var from = 0;
        while (true)
        {
            var (start, length) = ColonNames.Find(words, from, IsName);
            if (start < 0) break;
            html.Append(WebUtility.HtmlEncode(words[from..start].ToString()));
            AppendKept(html, words.Slice(start, length));
            from = start + length;
        }
        html.Append(WebUtility.HtmlEncode(words[from..].ToString()));
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.Length is < 2 or > EmojiNameMax) return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        }
        return true;
    }

    private static void AppendKept(StringBuilder html, ReadOnlySpan<char> part) =>
        html.Append("<span translate=\"no\">").Append(WebUtility.HtmlEncode(part.ToString())).Append("</span>");
}
