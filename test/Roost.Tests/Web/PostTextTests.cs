using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CsCheck;
using Roost.Engine.Ids;
using Roost.Engine.Text;
using Roost.Services.Users;
using Roost.Web;
using Roost.Web.Rendering;
using Xunit;

namespace Roost.Tests.Web;

public sealed class PostTextTests
{
    private static readonly WebOptions _options = new() { PublicUrl = new Uri("https://roost.example") };
    private static readonly Account _bob = new(new AccountId(2), "Bob", "", "", false, false, DateTimeOffset.UnixEpoch);

    private static string Render(string text) => PostHtml.Render(text, [_bob], _options);

    [Theory]
    [InlineData("hello", "<p>hello</p>")]
    [InlineData("  hello \n", "<p>hello</p>")]
    [InlineData("a\nb", "<p>a<br />b</p>")]
    [InlineData("a\r\nb", "<p>a<br />b</p>")]
    [InlineData("a\n\nb\n \n\nc", "<p>a</p><p>b</p><p>c</p>")]
    [InlineData("1 < 2 & 3 > 2 \"x\" 'y'", "<p>1 &lt; 2 &amp; 3 &gt; 2 &quot;x&quot; &#39;y&#39;</p>")]
    [InlineData("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>")]
    [InlineData("a\u0000b\uFFFEc", "<p>abc</p>")]
    [InlineData("", "")]
    [InlineData(" \n ", "")]
    public void Text_is_escaped_and_cut_into_paragraphs(string text, string html) => Assert.Equal(html, Render(text));

    [Theory]
    [InlineData("see http://x.org/a.", "http://x.org/a")]
    [InlineData("(https://x.org/a_(b))", "https://x.org/a_(b)")]
    [InlineData("https://x.org/?q=a&b=c, and", "https://x.org/?q=a&amp;b=c")]
    [InlineData("HTTPS://X.org", "HTTPS://X.org")]
    [InlineData("https://x.org/\"onclick=\"alert(1)", "https://x.org/")]
    public void Links_end_where_the_sentence_goes_on(string text, string href) =>
        Assert.Contains($"<a href=\"{href}\" target=\"_blank\" rel=\"nofollow noopener noreferrer\"", Render(text),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("http://")]
    [InlineData("javascript:alert(1)")]
    [InlineData("xhttp://x.org")]
    [InlineData("bob@example.org")]
    [InlineData("a#b")]
    [InlineData("#1")]
    [InlineData("@carol and @bob@elsewhere.example")]
    public void What_only_looks_like_a_link_stays_text(string text) =>
        Assert.DoesNotContain("<a ", Render(text), StringComparison.Ordinal);

    [Fact]
    public void Mentions_of_known_accounts_and_hashtags_are_linked()
    {
        Assert.Equal(
            "<p>hi <span class=\"h-card\" translate=\"no\">"
            + "<a href=\"https://roost.example/@Bob\" class=\"u-url mention\">"
            + "@<span>Bob</span></a></span>, "
            + "<a href=\"https://roost.example/tags/%C3%BCber\" class=\"mention hashtag\" rel=\"tag\">"
            + "#<span>über</span></a>!</p>",
            Render("hi @bob, #über!"));
    }

    [Fact]
    public void Names_are_found_once_each_and_only_those_of_this_server()
    {
        var names =
            PostText.MentionNames(
                "@bob @BOB (@carol) @dan@roost.example @eve@far.example x@fay .@gus @toolong_toolong_toolong_toolong",
                "roost.example");

        Assert.Equal(["bob", "carol", "dan", "gus"], names);
    }

    [Fact]
    public void Hashtags_keep_their_marks_and_are_told_once() =>
        Assert.Equal(["ภาษาไทย", "Cats"], Hashtags.Of("#ภาษาไทย #Cats #cats #123"));

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("👩‍👩‍👧‍👦!", 2)]
    [InlineData("https://example.org/a/very/long/path/that/goes/on/and/on", 23)]
    [InlineData("@bob@far.example.org hi", 7)]
    public void Characters_are_counted_as_people_see_them(string text, int count) =>
        Assert.Equal(count, PostText.CharacterCount(text));

    [Fact]
    public void Whatever_the_text_the_html_is_well_formed_and_shows_it_all()
    {
        var pieces = Gen.OneOf(
            "@", "#", "http://", "https://x.org/", "<", ">", "&", "\"", "'", "(", ")", "\n", "\r\n", " ", "bob", "a",
            "é", "😀",
            "\uD83D", "\uDE00", "\u0000", "\u000B", "\uFFFF", "<b>", "]]>", "&amp;", ".", "_", "ก็", "@bob", "#tag",
            "\t", "/");

        pieces.Array[0, 40].Sample(parts =>
        {
            var text = string.Concat(parts);
            var html = Render(text);
            var root = XElement.Parse($"<root>{html}</root>", LoadOptions.PreserveWhitespace);
            var shown = Visible(root.Value);
            var expected = Visible(WithoutCredentials(text));
            return shown == expected && Covers(text);
        });
    }

    [Fact]
    public void Hostile_text_takes_linear_time()
    {
        // A quadratic scanner would need minutes for these, a linear one milliseconds: the test's own time-out is the
        // check.
        foreach (var piece in (string[])["http://", "@a@", "#", "((((", "\n \n", "@", "https://a(", "h", "#a\u0301"])
        {
            var text = new StringBuilder("x ").Insert(2, piece, 300_000).ToString();
            Assert.NotEmpty(PostHtml.Render(text, [_bob], _options));
        }
    }

    // Whom a link signs in as is not shown.
    private static string WithoutCredentials(string text)
    {
        var told = new StringBuilder();
        foreach (var token in new PostScanner(text))
        {
            var part = text.Substring(token.Start, token.Length);
            told.Append(token.Kind == PostTokenKind.Link ? Regex.Replace(part, "(?<=^[a-zA-Z]+://)[^/?#]*@", "") : part);
        }
        return told.ToString();
    }

    // What can be seen: white space aside, and without what XML cannot hold.
    private static string Visible(string text)
    {
        var visible = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsWhiteSpace(rune) && !Rune.IsControl(rune) && rune.Value is not (0xFFFE or 0xFFFF))
                visible.Append(rune);
        }
        return visible.ToString().Replace("@bob", "@Bob", StringComparison.Ordinal);
    }

    private static bool Covers(string text)
    {
        var at = 0;
        foreach (var token in new PostScanner(text))
        {
            if (token.Start != at || token.Length <= 0) return false;
            at = token.End;
        }
        return at == text.Length;
    }
}
