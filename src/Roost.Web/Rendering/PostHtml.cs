using System.Buffers;
using System.Text;
using Roost.Engine.Text;
using Roost.Services.Community;
using Roost.Services.Users;
using Roost.Web.Media;

namespace Roost.Web.Rendering;

/// <summary>
/// Renders plain text as the HTML that clients expect in <c>content</c>: paragraphs, line breaks, links, mentions of
/// known
/// accounts, hashtags; all else escaped. The output is well formed (as XML too) for any input: what XML 1.0 §2.2 does
/// not
/// allow as a character is left out or, for half a surrogate pair, replaced by U+FFFD.
/// </summary>
internal static class PostHtml
{
    /// <summary>Of a link, this many characters after its scheme are shown; the rest is there but hidden.</summary>
    private const int LinkShownCharacters = 30;

    private static readonly SearchValues<char> _special = SearchValues.Create(
        "&<>\"'\uFFFE\uFFFF"
            + new string([.. Enumerable.Range(0, 32).Where(c => c is not (9 or 10 or 13)).Select(c => (char)c)]));

    /// <param name="mentions">The accounts that the text names; other names stay plain.</param>
    /// <returns>Empty for empty text, else one paragraph or more.</returns>
    /// <param name="emojis">Those that are shown as pictures; null where clients do that themselves.</param>
    public static string Render(
        string text, IReadOnlyList<Account> mentions, WebOptions options, EmojiSet? emojis = null)
    {
        using var html = new CharBuffer(text.Length + 64);
        Write(html, text, mentions, options, emojis);
        return html.ToString();
    }

    /// <summary>The same, appended to what is there already.</summary>
    public static void Write(
        CharBuffer html, ReadOnlySpan<char> text, IReadOnlyList<Account> mentions, WebOptions options,
        EmojiSet? emojis = null)
    {
        text = text.Trim();
        if (text.IsEmpty) return;
        html.Append("<p>");
        Append(html, text, mentions, options, emojis);
        html.Append("</p>");
    }

    /// <summary>Text of one line, such as a profile's field: no paragraphs around it.</summary>
    /// <param name="mentions">As for a post's text.</param>
    public static string RenderLine(
        string text, IReadOnlyList<Account> mentions, WebOptions options, EmojiSet? emojis = null)
    {
        using var html = new CharBuffer(text.Length + 64);
        Append(html, text.ReplaceLineEndings(" "), mentions, options, emojis);
        return html.ToString();
    }

    /// <summary>Text without links or anything like them, such as a name; its emojis are pictures.</summary>
    public static string RenderPlain(string text, EmojiSet emojis)
    {
        using var html = new CharBuffer(text.Length + 64);
        AppendText(html, text, emojis);
        return html.ToString();
    }

    /// <summary>The paragraph that leads to a quoted post. Clients that show the post leave it out, by its class.
    /// </summary>
    public static void WriteQuoteLine(CharBuffer html, string url)
    {
        html.Append("<p class=\"quote-inline\">RE: ");
        AppendLink(html, url);
        html.Append("</p>");
    }

    private static void Append(
        CharBuffer html, ReadOnlySpan<char> text, IReadOnlyList<Account> mentions, WebOptions options,
        EmojiSet? emojis)
    {
        foreach (var token in new PostScanner(text))
        {
            var part = text.Slice(token.Start, token.Length);
            switch (token.Kind)
            {
                case PostTokenKind.LineBreak: html.Append("<br />"); break;
                case PostTokenKind.ParagraphBreak: html.Append("</p><p>"); break;
                case PostTokenKind.Link: AppendLink(html, part); break;
                case PostTokenKind.Mention: AppendMention(html, part, mentions, options); break;
                case PostTokenKind.Hashtag: AppendHashtag(html, part[1..], options); break;
                default: AppendText(html, part, emojis); break;
            }
        }
    }

    private static void AppendText(CharBuffer html, ReadOnlySpan<char> text, EmojiSet? emojis)
    {
        (int Start, int Length) place = default;
        while (emojis?.FirstIn(text, out place) is { } emoji)
        {
            AppendEscaped(html, text[..place.Start]);
            // Shortcodes are letters, digits and underscores; the still picture, for what moves draws the eye off.
            html.Append("<img class=\"emoji\" src=\"").Append(MediaUrls.Path).Append("/").Append(emoji.FileKey)
                .Append("/small").Append(emoji.StaticExtension).Append("\" alt=\":").Append(emoji.Shortcode)
                .Append(":\" title=\":").Append(emoji.Shortcode).Append(":\" width=\"20\" height=\"20\" />");
            text = text[(place.Start + place.Length)..];
        }
        AppendEscaped(html, text);
    }

    /// <summary>Where a tag's posts are.</summary>
    public static string TagUrl(ReadOnlySpan<char> tag, WebOptions options) =>
        $"{options.Root}/tags/{Uri.EscapeDataString(tag)}";

    /// <summary>Appends text with <c>&amp; &lt; &gt; " '</c> as entities.</summary>
    public static void AppendEscaped(CharBuffer html, ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var plain = text.IndexOfAny(_special);
            AppendValid(html, plain < 0 ? text : text[..plain]);
            if (plain < 0) return;
            html.Append(text[plain] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                _ => "",
            });
            text = text[(plain + 1)..];
        }
    }

    private static void AppendValid(CharBuffer html, ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            var surrogate = text.IndexOfAnyInRange('\uD800', '\uDFFF');
            html.Append(surrogate < 0 ? text : text[..surrogate]);
            if (surrogate < 0) return;
            text = text[surrogate..];
            // A half pair decodes as U+FFFD, using one character.
            Rune.DecodeFromUtf16(text, out var rune, out var used);
            html.Append(rune.ToString());
            text = text[used..];
        }
    }

    private static void AppendLink(CharBuffer html, ReadOnlySpan<char> url)
    {
        var scheme = PostScanner.SchemeLength(url);
        // A name and password before the host would be read as the host, and are nobody's to read.
        var told = url[(scheme + CredentialsLength(url[scheme..]))..];
        var shown = Math.Min(LinkShownCharacters, told.Length);
        if (shown < told.Length && char.IsLowSurrogate(told[shown])) shown--;
        var hidden = told[shown..];

        html.Append("<a href=\"");
        AppendEscaped(html, url);
        html.Append(
            "\" target=\"_blank\" rel=\"nofollow noopener noreferrer\" translate=\"no\"><span class=\"invisible\">");
        AppendEscaped(html, url[..scheme]);
        html.Append(hidden.IsEmpty ? "</span><span class=\"\">" : "</span><span class=\"ellipsis\">");
        AppendEscaped(html, told[..shown]);
        html.Append("</span><span class=\"invisible\">");
        AppendEscaped(html, hidden);
        html.Append("</span></a>");
    }

    /// <summary>How long <c>user:password@</c> is at the beginning of what comes after a scheme (RFC 3986 §3.2.1); 0
    /// without.</summary>
    private static int CredentialsLength(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny('/', '?', '#');
        return (end < 0 ? rest : rest[..end]).LastIndexOf('@') + 1;
    }

    private static void AppendMention(
        CharBuffer html, ReadOnlySpan<char> mention, IReadOnlyList<Account> mentions, WebOptions options)
    {
        var account = PostText.IsOurs(mention, options.Domain) ? Find(mentions, PostScanner.NameOf(mention)) : null;
        if (account is null)
        {
            AppendEscaped(html, mention);
            return;
        }
        html.Append("<span class=\"h-card\" translate=\"no\"><a href=\"")
            .Append(options.Root).Append("/@").Append(account.Username)
            .Append("\" class=\"u-url mention\">@<span>").Append(account.Username).Append("</span></a></span>");
    }

    private static Account? Find(IReadOnlyList<Account> accounts, ReadOnlySpan<char> name)
    {
        // At most PostText.MentionsMax, so a walk is bounded.
        foreach (var account in accounts)
        {
            if (name.Equals(account.Username, StringComparison.OrdinalIgnoreCase)) return account;
        }
        return null;
    }

    private static void AppendHashtag(CharBuffer html, ReadOnlySpan<char> tag, WebOptions options)
    {
        html.Append("<a href=\"");
        AppendEscaped(html, TagUrl(tag, options));
        html.Append("\" class=\"mention hashtag\" rel=\"tag\">#<span>");
        AppendEscaped(html, tag);
        html.Append("</span></a>");
    }
}
