using System.Diagnostics;
using System.Text;
using Roost.Services.Cards;
using Xunit;

namespace Roost.Tests.Services.Cards;

public sealed class PageHeadTests
{
    [Fact]
    public void A_page_is_known_by_what_its_head_says_of_it()
    {
        var facts = Read(
            """
            <!DOCTYPE html><html lang="en-GB"><head><title>The  page
              &amp; its title</title>
            <meta name="description" content="Plainly"><meta property="og:description" content="  A &quot;page&quot;
             of tests ">
            <meta property="og:image" content="/a.png"><meta property="og:image:alt" content="An a">
            <META NAME="Author" CONTENT="Ann"><meta property="og:site_name" content="Tests">
            <meta property="article:published_time" content="2026-11-25T10:00:00+01:00">
            </head><body><meta property="og:title" content="from the body"><title>no</title>
            """);

        Assert.Equal("The page & its title", facts.Title);
        Assert.Equal("A \"page\" of tests", facts.Description);
        Assert.Equal(("/a.png", "An a", "Ann", "Tests"), (facts.Picture, facts.PictureDescription, facts.AuthorName, facts.ProviderName));
        Assert.Equal("en", facts.Language);
        Assert.Equal(new DateTimeOffset(2026, 11, 25, 9, 0, 0, TimeSpan.Zero), facts.PublishedAt);
    }

    [Theory]
    [InlineData("<title>a</title><meta name='twitter:title' content='b'><meta property='og:title' content='c'>", "c")]
    [InlineData("<title>a</title><meta name='twitter:title' content='b'>", "b")]
    [InlineData("<meta property='og:title' content=' '><title>a</title>", "a")]
    [InlineData("<script>'<title>no</title>'</script><style><title>no</title></style><title>a</title>", "a")]
    [InlineData("<!-- <title>no</title> --><title>a<b>b</title>", "a<b>b")]
    [InlineData("<title>cut off", "cut off")]
    [InlineData("<title>\u0001\u007f a\u2028b</title>", "a b")]
    [InlineData("nothing", "")]
    [InlineData("", "")]
    public void A_title_is_found_where_pages_have_it(string html, string title) => Assert.Equal(title, Read(html).Title);

    [Fact]
    public void Letters_are_read_as_the_server_or_the_page_declares_them()
    {
        byte[] latin = [.. "<title>H"u8, 0xE9, .. "</title>"u8];
        byte[] named = [.. "<meta charset=\"windows-1252\">"u8, .. latin];
        byte[] older = [.. "<meta http-equiv=Content-Type content='text/html; charset=iso-8859-1'>"u8, .. latin];

        Assert.Equal("Hé", PageHead.Read(latin, "ISO-8859-1", "").Title);
        Assert.Equal("Hé", PageHead.Read(named, null, "").Title);
        Assert.Equal("Hé", PageHead.Read(older, null, "").Title);
        Assert.Equal("H\uFFFD", PageHead.Read(latin, "nonsense", "").Title);
    }

    [Fact]
    public void What_robots_may_not_show_is_not_shown()
    {
        const string html = "<title>a</title><meta name=description content=b><meta property=og:image content=c>";

        Assert.Equal(("", "c"), Shown(PageHead.Read(Encoding.UTF8.GetBytes(html), null, "nosnippet")));
        Assert.Equal(("b", null), Shown(Read(html + "<meta name=robots content=NoImageIndex>")));

        static (string, string?) Shown(PageFacts facts) => (facts.Description, facts.Picture);
    }

    [Theory]
    [InlineData("<div>")]
    [InlineData("<b ")]
    [InlineData("<title>")]
    [InlineData("&amp;")]
    [InlineData("<meta name=a content=b>")]
    [InlineData("<!--")]
    public void A_hostile_page_takes_time_that_grows_with_its_length_only(string piece)
    {
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(piece, (512 << 10) / piece.Length)));

        var started = Stopwatch.GetTimestamp();
        PageHead.Read(bytes, "utf-8", "");

        // A tree of the first takes two minutes.
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void However_long_what_a_page_says_it_is_cut()
    {
        var facts = Read($"<title>{new string('x', 299)}😀</title><meta name=description content='{new string('y', 5_000)}'>");

        Assert.Equal(299, facts.Title.Length);
        Assert.Equal(1_000, facts.Description.Length);
    }

    private static PageFacts Read(string html) => PageHead.Read(Encoding.UTF8.GetBytes(html), "utf-8", "");
}
