using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Pages as strangers, other sites and caches see them.</summary>
public sealed class PublicPageTests
{
    /// <summary>By which a gateway knows that another instance is to be asked.</summary>
    private const string Other = "Roost-Other-Version";

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again_and_sets_no_cookie()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.WriteAsync("post", new { status = "for everybody" });
        using var stranger = new PageVisitor(server);

        foreach (var path in (string[])["/local", "/@alice", $"/@alice/{server["post"]}", "/about", "/search"])
        {
            var page = await stranger.GetAsync(path);
            page.Is(HttpStatusCode.OK);
            Assert.False(page.Headers.ContainsKey("Set-Cookie"), $"{path} sets a cookie.");
            Assert.Equal("public, no-cache", page.Header("Cache-Control"));
            Assert.Contains("Cookie", page.Headers["Vary"]);
            var again = await stranger.GetAsync(path, ("If-None-Match", page.Header("ETag")!));
            Assert.Equal(HttpStatusCode.NotModified, again.Status);
            Assert.Equal("", again.Body);
        }
        var before = (await stranger.GetAsync("/local")).Header("ETag")!;
        await server.WriteAsync("more", new { status = "more" });
        (await stranger.GetAsync("/local", ("If-None-Match", before))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_a_signed_in_person_sees_is_kept_by_nobody()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var alice = await PageVisitor.SignInAsync(server, "alice");

        foreach (var path in (string[])["/", "/local", "/@alice", "/about"])
        {
            var page = await alice.GetAsync(path);
            Assert.Equal("no-store, private", page.Header("Cache-Control"));
            Assert.False(page.Headers.ContainsKey("ETag"));
        }
    }

    [Fact]
    public async Task A_file_of_another_version_than_was_asked_for_is_given_once_and_says_so()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var stranger = new PageVisitor(server);
        var url = Assets((await stranger.GetAsync("/local")).Body).First(part => part.Contains(".css?v=", StringComparison.Ordinal));
        var name = url.Split('?')[0];

        var own = await stranger.GetAsync(url);
        var other = await stranger.GetAsync(name + "?v=0123456789ab");
        var any = await stranger.GetAsync(name);

        Assert.Equal("public, max-age=31536000, immutable", own.Header("Cache-Control"));
        Assert.Equal("no-store", other.Header("Cache-Control"));
        Assert.Equal("public, max-age=86400", any.Header("Cache-Control"));
        Assert.Equal((null, "true", null), (own.Header(Other), other.Header(Other), any.Header(Other)));
        Assert.Equal(own.Body, other.Body);
    }

    [Fact]
    public async Task Links_to_posts_and_people_can_be_shown_elsewhere_but_not_what_is_for_followers()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.WriteAsync("open", new { status = "A \"quoted\" <b>word</b>" });
        await server.WriteAsync("warned", new { status = "the secret ending", spoiler_text = "spoilers" });
        await server.WriteAsync("closed", new { status = "between us", visibility = "private" });
        using var stranger = new PageVisitor(server);
        using var alice = await PageVisitor.SignInAsync(server, "alice");

        const string Tag = "og:description\" content=\"";
        var open = WebUtility.HtmlDecode(Browser.Between(await stranger.ReadAsync($"/@alice/{server["open"]}"), Tag, "\""));
        var warned = Browser.Between(await stranger.ReadAsync($"/@alice/{server["warned"]}"), Tag, "\"");

        Assert.Equal("A \"quoted\" <b>word</b>", open);
        Assert.Equal("spoilers", warned);
        Assert.Contains("og:title\" content=\"alice (@alice)\"", await stranger.ReadAsync("/@alice"), StringComparison.Ordinal);
        Assert.DoesNotContain("og:", await alice.ReadAsync($"/@alice/{server["closed"]}"), StringComparison.Ordinal);
        (await stranger.GetAsync($"/@alice/{server["closed"]}")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_browser_can_install_it()
    {
        await using var host = await WebHost.StartAsync(o => o with { Title = "Nest" });

        var manifest = await host.GetAsync("/manifest.webmanifest");

        Assert.Equal("application/manifest+json", manifest.Header("Content-Type"));
        Assert.Equal("Nest", JsonDocument.Parse(manifest.Body).RootElement.GetProperty("name").GetString());
        foreach (var icon in JsonDocument.Parse(manifest.Body).RootElement.GetProperty("icons").EnumerateArray())
        {
            var file = await host.GetAsync(icon.GetProperty("src").GetString()!);
            Assert.Equal(icon.GetProperty("type").GetString(), file.Header("Content-Type"));
        }
        Assert.Contains("manifest-src 'self'", (await host.GetAsync("/")).Header("Content-Security-Policy")!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_page_with_all_that_belongs_to_it_is_below_100_KB()
    {
        await using var server = await PopulatedServer.StartAsync();
        using var alice = await PageVisitor.SignInAsync(server, "alice");
        var words = string.Concat(Enumerable.Repeat("some words about a day ", 8));
        for (var i = 0; i < 20; i++) await server.WriteAsync($"post {i}", new { status = $"Number {i}: {words}" });

        var home = await alice.GetAsync("/");
        var bytes = Encoding.UTF8.GetByteCount(home.Body);
        foreach (var file in Assets(home.Body))
        {
            var asset = await alice.GetAsync(file, ("Accept-Encoding", "br"));
            asset.Is(HttpStatusCode.OK);
            bytes += asset.Header("Content-Length") is { } length
                ? int.Parse(length, CultureInfo.InvariantCulture)
                : Encoding.UTF8.GetByteCount(asset.Body);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{bytes:N0} bytes");
        Assert.Equal(20, home.Body.Split("<article").Length - 1);
        Assert.True(bytes < 100_000, $"{bytes:N0} bytes");
    }

    private static IEnumerable<string> Assets(string body) => body.Split('"')
        .Where(part => part.StartsWith("/assets/", StringComparison.Ordinal) || part == "/manifest.webmanifest")
        .Select(part => part.Split('#')[0]).Where(part => !part.Contains("icon-180", StringComparison.Ordinal)).Distinct();
}
