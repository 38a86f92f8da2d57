using System.Globalization;
using System.Text;
using AngleSharp.Html.Parser;
using AngleSharp.Html.Parser.Tokens;
using Roost.Engine.Text;

namespace Roost.Services.Cards;

/// <summary>
/// Reads the head of an HTML page: title, description, Open Graph and Twitter's names for the same. One pass over the
/// tokens of the page, up to where its head ends; no tree is made.
/// </summary>
/// <remarks>
/// Trees are what hostile pages are made for: half a mebibyte of unclosed <c>&lt;div&gt;</c> keeps a tree builder busy
/// for two minutes. Tokens take time linear in the bytes, some 0.3 s a mebibyte at worst.
/// </remarks>
internal sealed class PageHead
{
    private const int TitleLengthMax = 300;
    private const int DescriptionLengthMax = 1_000;
    private const int NameLengthMax = 200;

    private readonly Dictionary<string, string> _named = new(StringComparer.OrdinalIgnoreCase);
    private string _title = "";
    private string? _language;
    private string? _charset;

    /// <param name="charset">As the server declares it, or null.</param>
    /// <param name="robots">What its headers tell robots; added to what the page does.</param>
    public static PageFacts Read(ReadOnlySpan<byte> bytes, string? charset, string robots)
    {
        var declared = HtmlTokens.EncodingOf(charset);
        var head = new PageHead();
        head.Take((declared ?? Encoding.UTF8).GetString(bytes));
        if (declared is null && HtmlTokens.EncodingOf(head._charset) is { } named
            && named.CodePage != Encoding.UTF8.CodePage)
        {
            head = new PageHead();
            head.Take(named.GetString(bytes));
        }
        return head.Facts(robots);
    }

    private void Take(string html)
    {
        using var source = HtmlTokens.SourceOf(html);
        using var tokens = HtmlTokens.Of(source);
        for (var token = tokens.Get(); token.Type != HtmlTokenType.EndOfFile; token = tokens.Get())
        {
            if (token.Type == HtmlTokenType.EndTag && token.Name == "head") return;
            if (token.Type != HtmlTokenType.StartTag) continue;
            if (token.Name == "body") return;
            tokens.State = StateAfter(token.Name);
            if (token.Name == "meta") TakeMeta(token.AsTag());
            else if (token.Name == "html") _language = token.AsTag().GetAttribute("lang");
            else if (token.Name == "title" && _title.Length == 0) _title = TitleAfter(tokens);
        }
    }

    /// <summary>What the tree builder would tell the tokenizer: where tags are text.</summary>
    private static HtmlParseMode StateAfter(string name) => name switch
    {
        "title" or "textarea" => HtmlParseMode.RCData,
        "script" => HtmlParseMode.Script,
        "style" or "noscript" or "noframes" or "iframe" or "xmp" => HtmlParseMode.Rawtext,
        "plaintext" => HtmlParseMode.Plaintext,
        _ => HtmlParseMode.PCData,
    };

    private static string TitleAfter(HtmlTokenizer tokens)
    {
        var title = new StringBuilder();
        for (var token = tokens.Get(); token.Type == HtmlTokenType.Character; token = tokens.Get())
            title.Append(token.Data);
        return title.ToString();
    }

    private void TakeMeta(HtmlTagToken tag)
    {
        if (tag.GetAttribute("charset") is { Length: > 0 } charset) _charset ??= charset;
        var content = tag.GetAttribute("content");
        if (string.IsNullOrWhiteSpace(content)) return;
        if ("content-type".Equals(tag.GetAttribute("http-equiv"), StringComparison.OrdinalIgnoreCase))
        {
            var at = content.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
            if (at >= 0) _charset ??= content[(at + "charset=".Length)..];
        }
        var name = tag.GetAttribute("property") is { Length: > 0 } property ? property : tag.GetAttribute("name");
        if (!string.IsNullOrEmpty(name)) _named.TryAdd(name.Trim(), content);
    }

    private PageFacts Facts(string headers)
    {
        var robots = $"{headers},{_named.GetValueOrDefault("robots")}".ToLowerInvariant();
        var isMute = robots.Contains("nosnippet", StringComparison.Ordinal);
        var isBlind = robots.Contains("noimageindex", StringComparison.Ordinal);
        var author = First(NameLengthMax, "author", "article:author");
        return new PageFacts(
            Folded(First(TitleLengthMax, "og:title", "twitter:title") is { Length: > 0 } title ? title : _title,
                TitleLengthMax),
            isMute ? "" : First(DescriptionLengthMax, "og:description", "twitter:description", "description"),
            isBlind ? null : Address("og:image:secure_url", "og:image:url", "og:image", "twitter:image"))
        {
            PictureDescription = First(DescriptionLengthMax, "og:image:alt", "twitter:image:alt"),
            // Some give an address there.
            AuthorName = author.Contains("://", StringComparison.Ordinal) ? "" : author,
            ProviderName = First(NameLengthMax, "og:site_name"),
            Language = LanguageTag.PrimaryOf(_language?.Trim()),
            PublishedAt = TimeOf(_named.GetValueOrDefault("article:published_time")),
        };
    }

    private string First(int lengthMax, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (_named.TryGetValue(name, out var content) && Folded(content, lengthMax) is { Length: > 0 } text)
                return text;
        }
        return "";
    }

    private string? Address(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (_named.TryGetValue(name, out var content)) return content.Trim();
        }
        return null;
    }

    /// <summary>White space folded to one space, control characters left out, cut to a length.</summary>
    private static string Folded(string text, int lengthMax)
    {
        var folded = new StringBuilder(Math.Min(text.Length, lengthMax));
        foreach (var rune in text.EnumerateRunes())
        {
            if (folded.Length + rune.Utf16SequenceLength > lengthMax) break;
            if (!Rune.IsWhiteSpace(rune))
            {
                if (!Rune.IsControl(rune)) folded.Append(rune.ToString());
            }
            else if (folded.Length > 0 && folded[^1] != ' ')
            {
                folded.Append(' ');
            }
        }
        return folded.ToString().TrimEnd();
    }

    private static DateTimeOffset? TimeOf(string? text) =>
        DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var at)
            ? at
            : null;
}
