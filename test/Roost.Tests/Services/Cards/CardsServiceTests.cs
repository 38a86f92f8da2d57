using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Services.Cards;
using Roost.Services.Media;
using Roost.Services.Outbound;
using Roost.Services.Storage;
using Roost.Tests.Services.Media;
using Roost.Tests.Services.Storage;
using Roost.Tests.Services.Timelines;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Services.Cards;

/// <summary>Pages fetched from a server of the test's own, by a guard that allows 127.0.0.1 and nothing else.</summary>
public sealed class CardsServiceTests : IAsyncLifetime
{
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly string _directory = TestDirectory.Make();
    private readonly FakeTime _time = new();
    private PageServer _pages = null!;
    private DataDirectory _data = null!;
    private MediaService _media = null!;
    private CardsService? _cards;

    private CardsOptions Options { get; set; } = new()
    {
        IsOn = true,
        Guard = new OutboundGuard(address => address.Equals(IPAddress.Loopback)),
        UserAgent = "Roost (tests)",
        PageBytesMax = 4_096,
        PictureBytesMax = 8_192,
    };

    public async ValueTask InitializeAsync()
    {
        _pages = await PageServer.StartAsync();
        _data = DataDirectory.Open(_directory);
        var meters = _provider.GetRequiredService<IMeterFactory>();
        _media = MediaService.Open(_data, new MediaOptions(), _time, NullLoggerFactory.Instance, meters);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cards is not null) await _cards.DisposeAsync();
        await _media.DisposeAsync();
        _data.Dispose();
        await _pages.DisposeAsync();
        await _provider.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_link_is_fetched_once_and_known_from_then_on_over_restarts()
    {
        _pages.Html("/a", "<title>A page</title><meta name=description content=words>");

        Assert.False(Cards.LookUp(_pages.Url + "/a").IsSettled);
        for (var i = 0; i < 5; i++) Cards.LookUp(_pages.Url + "/a");
        var card = await LookUpAsync("/a");
        await RestartAsync();
        var again = await LookUpAsync("/a");

        Assert.Equal(new Card(_pages.Url + "/a", "A page", "words"), card);
        Assert.Equal(card, again);
        Assert.Equal([("/a", "Roost (tests)")], _pages.Asked);
    }

    [Fact]
    public async Task A_picture_is_kept_here_made_anew_and_small()
    {
        _pages.Html("/a", "<title>a</title><meta property=og:image content='b.png'><meta property=og:image:alt content=halves>");
        _pages.Bytes("/b.png", Pictures.TwoHalves(64, 32, SKEncodedImageFormat.Png), "image/png");

        var picture = (await LookUpAsync("/a"))!.Picture!;

        Assert.Equal((64, 32, "halves", ".png"), (picture.Width, picture.Height, picture.Description, picture.Extension));
        var file = await _media.Api.Find(new FindMediaFile(picture.FileKey, Small: false), TestNetwork.Call);
        Assert.True(File.Exists(Assert.IsType<MediaFileHere>(file).Path));
    }

    [Theory]
    [InlineData("text/plain", "x")]
    [InlineData("image/png", "not a picture")]
    public async Task A_page_without_a_good_picture_has_a_card_without_one(string type, string content)
    {
        _pages.Html("/a", "<title>a</title><meta property=og:image content='/b'>");
        _pages.Html("/b", content, type);
        _pages.Html("/c", "<title>c</title><meta property=og:image content='/large'>");
        _pages.Bytes("/large", new byte[10_000], "image/png");

        Assert.Null((await LookUpAsync("/a"))!.Picture);
        Assert.Null((await LookUpAsync("/c"))!.Picture);
    }

    [Fact]
    public async Task What_is_no_page_has_no_card_and_is_not_asked_again_soon()
    {
        _pages.Html("/text", "<title>a</title>", "text/plain");
        _pages.Html("/untitled", "<p>a");
        _pages.Pages["/packed"] = http =>
        {
            (http.Response.ContentType, http.Response.Headers.ContentEncoding) = ("text/html", "gzip");
            return http.Response.WriteAsync("<title>a</title>");
        };
        _pages.Pages["/error"] = http =>
        {
            http.Response.StatusCode = 500;
            return http.Response.WriteAsync("<title>a</title>");
        };
        foreach (var path in (string[])["/text", "/untitled", "/packed", "/error", "/none"])
        {
            Assert.Null(await LookUpAsync(path));
            Assert.True(Cards.LookUp(_pages.Url + path).IsSettled);
        }
        await RestartAsync();
        Assert.Null(await LookUpAsync("/none"));
        Assert.Equal(5, _pages.Asked.Count);

        _time.Advance(Options.NothingFor);
        _pages.Html("/none", "<title>there now</title>");
        Assert.Null(Cards.LookUp(_pages.Url + "/none").Card);

        Assert.Equal("there now", (await LookUpAsync("/none"))!.Title);
    }

    [Fact]
    public async Task An_old_card_is_told_until_there_is_a_newer_one_and_stays_when_the_page_is_gone()
    {
        _pages.Html("/a", "<title>old</title>");
        Assert.Equal("old", (await LookUpAsync("/a"))!.Title);

        _pages.Html("/a", "<title>new</title>");
        _time.Advance(Options.GoodFor);
        Assert.Equal("old", Cards.LookUp(_pages.Url + "/a").Card!.Title);
        Assert.Equal("new", (await LookUpAsync("/a"))!.Title);

        _pages.Pages.Clear();
        _time.Advance(Options.GoodFor);
        await LookUpAsync("/a");
        Assert.Equal("new", (await LookUpAsync("/a"))!.Title);
    }

    [Fact]
    public async Task Only_the_beginning_of_a_long_page_is_read()
    {
        _pages.Html("/a", "<title>a</title>" + new string('x', 100_000) + "<meta property=og:title content=late>");

        Assert.Equal("a", (await LookUpAsync("/a"))!.Title);
    }

    [Fact]
    public async Task Redirections_are_followed_a_few_times_and_only_to_where_the_guard_allows()
    {
        await using var forbidden = await PageServer.StartAsync("127.0.0.2");
        forbidden.Html("/a", "<title>secret</title>");
        _pages.Html("/end", "<title>end</title>");
        _pages.Redirect("/1", "/end");
        _pages.Redirect("/loop", "/loop");
        _pages.Redirect("/inside", forbidden.Url + "/a");
        _pages.Redirect("/name", forbidden.Url.Replace("127.0.0.2", "[::ffff:127.0.0.2]", StringComparison.Ordinal) + "/a");
        _pages.Redirect("/file", "file:///etc/passwd");
        _pages.Redirect("/user", _pages.Url.Replace("//", "//me:secret@", StringComparison.Ordinal) + "/end");
        _pages.Html("/picture", $"<title>a</title><meta property=og:image content='{forbidden.Url}/a'>");

        Assert.Equal("end", (await LookUpAsync("/1"))!.Title);
        foreach (var path in (string[])["/loop", "/inside", "/name", "/file", "/user"]) Assert.Null(await LookUpAsync(path));
        Assert.Null((await LookUpAsync("/picture"))!.Picture);
        Assert.Null(await LookUpWholeAsync(forbidden.Url + "/a"));
        Assert.Empty(forbidden.Asked);
        Assert.True(_pages.Asked.Count(asked => asked.Path == "/loop") <= 5);
    }

    [Fact]
    public async Task With_the_guard_that_servers_have_nothing_on_this_machine_is_asked()
    {
        Options = Options with { Guard = OutboundGuard.PublicOnly };
        _pages.Html("/a", "<title>a</title>");

        Assert.Null(await LookUpAsync("/a"));
        Assert.Null(await LookUpWholeAsync(_pages.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/a"));
        Assert.Empty(_pages.Asked);
    }

    [Fact]
    public async Task A_page_that_does_not_end_is_given_up()
    {
        var begun = new TaskCompletionSource();
        _pages.Pages["/slow"] = async http =>
        {
            http.Response.ContentType = "text/html";
            await http.Response.WriteAsync("<title>a</title>");
            await http.Response.Body.FlushAsync();
            begun.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };

        var known = LookUpAsync("/slow");
        await begun.Task;
        _time.Advance(Options.Patience);

        Assert.Null(await known);
    }

    [Fact]
    public async Task Whoever_turned_it_off_is_asked_for_nothing()
    {
        Options = Options with { IsOn = false };
        _pages.Html("/a", "<title>a</title>");

        Assert.Equal(CardAnswer.Nothing, Cards.LookUp(_pages.Url + "/a"));
        await Cards.Settled(new AwaitCards(), TestNetwork.Call);
        Assert.Empty(_pages.Asked);
    }

    private CardsApi Cards => (_cards ??= CardsService.Open(
        _data, Options, _media.Api, _time, NullLoggerFactory.Instance, _provider.GetRequiredService<IMeterFactory>())).Api;

    private async Task RestartAsync()
    {
        await _cards!.DisposeAsync();
        _cards = null;
    }

    private Task<Card?> LookUpAsync(string path) => LookUpWholeAsync(_pages.Url + path);

    private async Task<Card?> LookUpWholeAsync(string url)
    {
        Cards.LookUp(url);
        await Cards.Settled(new AwaitCards(), TestNetwork.Call);
        var answer = Cards.LookUp(url);
        Assert.True(answer.IsSettled);
        return answer.Card;
    }
}
