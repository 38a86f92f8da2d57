using System.Net;
using System.Text.Json;
using Roost.Services.Cards;
using Roost.Services.Outbound;
using Roost.Tests.Services.Cards;
using Roost.Tests.Services.Media;
using Roost.Tests.Services.Timelines;
using Roost.Tests.Web.Conformance;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Preview cards and oEmbed over the client API of a whole server.</summary>
public sealed class CardTests : IAsyncLifetime
{
    private PageServer _pages = null!;
    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _pages = await PageServer.StartAsync();
        _server = await PopulatedServer.StartAsync(
            cards: new CardsOptions { IsOn = true, Guard = new OutboundGuard(IPAddress.IsLoopback) });
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _pages.DisposeAsync();
    }

    [Fact]
    public async Task A_card_is_in_its_post_as_soon_as_it_is_known_however_the_post_is_read()
    {
        _pages.Html("/a", "<title>A &lt;page&gt;</title><meta property=og:image content=/b.png>");
        _pages.Bytes("/b.png", Pictures.TwoHalves(64, 32, SKEncodedImageFormat.Png), "image/png");
        var posted = await _server.WriteAsync("post", new { status = $"read {_pages.Url}/a#part and {_pages.Url}/other" });
        await _server.WriteAsync("again", new { status = $"again {_pages.Url}/a/" });
        Assert.Equal(JsonValueKind.Null, posted.Json.GetProperty("card").ValueKind);

        await _server.Node.Cards.Settled(new AwaitCards(), TestNetwork.Call);
        await KnownAsync();

        for (var i = 0; i < 3; i++)
        {
            var home = (await _server.GetAsync("/api/v1/timelines/home")).Json;
            foreach (var post in home.EnumerateArray())
            {
                var card = post.GetProperty("card");
                Assert.Equal("A <page>", card.GetProperty("title").GetString());
                Assert.Equal(_pages.Url + "/a", card.GetProperty("url").GetString());
                var image = new Uri(card.GetProperty("image").GetString()!);
                (await _server.GetAsync(image.AbsolutePath, null)).Is(HttpStatusCode.OK);
            }
        }
        Assert.Equal(["/a", "/b.png"], _pages.Asked.Select(asked => asked.Path));
        var page = (await _server.GetAsync($"/@alice/{_server["post"]}", null)).Body;
        Assert.Contains("A &lt;page&gt;</strong>", page, StringComparison.Ordinal);
        Assert.Contains("src=\"/media/", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Letters_pictures_and_our_own_links_are_not_asked_about()
    {
        _pages.Html("/a", "<title>a</title>");
        await _server.WriteAsync("direct", new { status = $"@bob {_pages.Url}/a", visibility = "direct" });
        await _server.WriteAsync("own", new { status = $"{_server.Url}about" });
        var quoting = await _server.WriteAsync("quoting", new { status = $"{_pages.Url}/a", quoted_status_id = _server["own"] });

        await _server.Node.Cards.Settled(new AwaitCards(), TestNetwork.Call);

        Assert.Empty(_pages.Asked);
        Assert.Equal(JsonValueKind.Null, quoting.Json.GetProperty("card").ValueKind);
    }

    [Fact]
    public async Task Posts_for_everybody_can_be_shown_elsewhere_and_no_others()
    {
        await _server.WriteAsync("post", new { status = "for all" });
        await _server.WriteAsync("private", new { status = "tangerine", visibility = "private" });
        var url = $"{_server.Url}@alice/{_server["post"]}";

        var embed = await _server.GetAsync($"/api/oembed?url={Uri.EscapeDataString(url)}&maxwidth=500&maxheight=300", null);

        Assert.Equal((500, 300), (embed.Json.GetProperty("width").GetInt32(), embed.Json.GetProperty("height").GetInt32()));
        Assert.Contains($"src=\"{url}/embed\"", embed.Json.GetProperty("html").GetString(), StringComparison.Ordinal);
        foreach (var wrong in (string[])[
            "", "https://elsewhere.example/@alice/1", $"{_server.Url}@alice/{_server["private"]}", $"{_server.Url}@alice",
            $"{_server.Url}@alice/1", $"{_server.Url}about"])
        {
            (await _server.GetAsync($"/api/oembed?url={Uri.EscapeDataString(wrong)}", "alice")).Is(HttpStatusCode.NotFound);
        }
        var page = await _server.GetAsync($"/@alice/{_server["post"]}", null);
        Assert.Contains("application/json+oembed", WebUtility.HtmlDecode(page.Body), StringComparison.Ordinal);
        Assert.DoesNotContain("frame-ancestors *", page.Headers["Content-Security-Policy"].Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_for_frames_has_a_post_and_nothing_of_whoever_looks()
    {
        await _server.WriteAsync("post", new { status = "for all" });
        await _server.WriteAsync("private", new { status = "tangerine", visibility = "private" });

        var embed = await _server.GetAsync($"/@alice/{_server["post"]}/embed", null);

        var policy = embed.Headers["Content-Security-Policy"].Single();
        Assert.Contains("frame-ancestors *", policy, StringComparison.Ordinal);
        Assert.Contains("form-action 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
        Assert.Contains("for all", embed.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("<form", embed.Body, StringComparison.Ordinal);
        Assert.False(embed.Headers.ContainsKey("Set-Cookie"));
        (await _server.GetAsync($"/@bob/{_server["post"]}/embed", null)).Is(HttpStatusCode.NotFound);
        (await _server.GetAsync($"/@alice/{_server["private"]}/embed", "alice")).Is(HttpStatusCode.NotFound);
        (await _server.GetAsync("/@alice/nothing/embed", null)).Is(HttpStatusCode.NotFound);
    }

    /// <summary>A client port apart hears of cards a moment later, when somebody looks.</summary>
    private async Task KnownAsync()
    {
        if (!RunningServer.IsApartUnlessTold) return;
        var home = (await _server.GetAsync("/api/v1/timelines/home")).Json;
        while (home.EnumerateArray().Any(post => post.GetProperty("card").ValueKind == JsonValueKind.Null))
            home = (await _server.GetAsync("/api/v1/timelines/home")).Json;
    }
}
