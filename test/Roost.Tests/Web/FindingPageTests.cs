using System.Net;
using Roost.Rpc;
using Roost.Services.Search;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Search, hashtags, lists, bookmarks and favourites as pages, without JavaScript.</summary>
public sealed class FindingPageTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;
    private PageVisitor _alice = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        _alice = await PageVisitor.SignInAsync(_server, "alice");
    }

    public async ValueTask DisposeAsync()
    {
        _alice.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_search_finds_people_hashtags_and_posts_and_each_alone()
    {
        await _server.WriteAsync("post", new { status = "a nightingale sings #bobolink" }, "bob");
        await _server.Node.Search.Ingested(new AwaitIngest(), Call.Unbounded);

        var all = await _alice.ReadAsync("/search?q=bob");
        var posts = await _alice.ReadAsync("/search?q=nightingale&type=posts");

        Assert.Contains("href=\"/@bob\"", all, StringComparison.Ordinal);
        Assert.Contains("href=\"/tags/bobolink\"", all, StringComparison.Ordinal);
        Assert.Contains($"id=\"post-{_server["post"]}\"", posts, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/@bob\"", await _alice.ReadAsync("/search?q=bob&type=hashtags"), StringComparison.Ordinal);
        Assert.Contains("Nothing was found.", await _alice.ReadAsync("/search?q=zebra"), StringComparison.Ordinal);
        var there = await _alice.GetAsync($"/search?q={Uri.EscapeDataString($"{_server.Url}@bob/{_server["post"]}")}");
        Assert.Equal($"/@bob/{_server["post"]}", there.Header("Location"));
    }

    [Fact]
    public async Task What_is_wrong_with_a_query_is_said_with_its_place()
    {
        var wrong = await _alice.GetAsync("/search?q=%22not%20closed&type=posts");

        wrong.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("At character 1: this quote is not closed.", wrong.Body, StringComparison.Ordinal);
        Assert.Contains("value=\"&quot;not closed\"", wrong.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("%25", "%")]
    [InlineData("%25&type=people", "%")]
    [InlineData("%25&type=hashtags", "%")]
    [InlineData("%25&type=posts", "%")]
    public async Task A_query_that_finds_nothing_or_is_refused_stays_in_its_form(string query, string text)
    {
        var reply = await _alice.GetAsync("/search?q=" + query);

        Assert.Contains($"value=\"{text}\"", reply.Body, StringComparison.Ordinal);
        Assert.Contains("action=\"/search\"", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_followed_hashtag_brings_its_posts_home_until_it_is_not_followed()
    {
        await _server.WriteAsync("post", new { status = "look: #heron" }, "bob");
        await _server.Node.Search.Ingested(new AwaitIngest(), Call.Unbounded);
        using var stranger = new PageVisitor(_server);
        Assert.Contains("look:", await stranger.ReadAsync("/tags/HERON"), StringComparison.Ordinal);

        await _alice.DoAsync("/tags/heron", "/tags/heron/follow");
        Assert.Contains("look:", await _alice.ReadAsync("/"), StringComparison.Ordinal);
        Assert.Contains("href=\"/tags/heron\"", await _alice.ReadAsync("/tags"), StringComparison.Ordinal);
        await _alice.DoAsync("/tags/heron", "/tags/heron/unfollow");

        Assert.DoesNotContain("look:", await _alice.ReadAsync("/"), StringComparison.Ordinal);
        (await _alice.GetAsync("/tags/not+one")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_list_is_made_filled_read_renamed_and_deleted()
    {
        await _server.WriteAsync("post", new { status = "from bob to all" }, "bob");
        Assert.Contains("You have no lists.", await _alice.ReadAsync("/lists"), StringComparison.Ordinal);

        var made = await _alice.DoAsync("/lists", "/lists", ("title", "Birders"));
        var path = "/lists/" + Browser.Between(made.Body, "action=\"/lists/", "/");
        var refused = await _alice.SubmitAsync(made, path + "/members/add", ("name", "@bob"));
        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("You do not follow @bob", refused.Body, StringComparison.Ordinal);
        await _alice.DoAsync("/@bob", "/follow");
        await _alice.DoAsync(path + "/edit", path + "/members/add", ("name", "@bob"));
        Assert.Contains("from bob to all", await _alice.ReadAsync(path), StringComparison.Ordinal);
        await _alice.DoAsync(path + "/edit", path + "/edit", ("title", "Watchers"), ("replies_policy", "none"));
        Assert.Contains("Watchers", await _alice.ReadAsync("/lists"), StringComparison.Ordinal);
        await _alice.DoAsync(path + "/edit", path + "/members/remove");
        Assert.Contains("Nobody is on this list.", await _alice.ReadAsync(path), StringComparison.Ordinal);
        using var carol = await PageVisitor.SignInAsync(_server, "carol");
        (await carol.GetAsync(path)).Is(HttpStatusCode.NotFound);
        (await carol.GetAsync(path + "/edit")).Is(HttpStatusCode.NotFound);

        await _alice.DoAsync(path + "/edit", path + "/delete");
        (await _alice.GetAsync(path)).Is(HttpStatusCode.NotFound);
        var blank = await _alice.SubmitAsync(await _alice.GetAsync("/lists"), "/lists", ("title", " "));
        blank.Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task What_was_bookmarked_or_favourited_is_found_again()
    {
        await _server.WriteAsync("post", new { status = "worth keeping" }, "bob");
        var thread = $"/@bob/{_server["post"]}";
        Assert.Contains("Nothing here yet.", await _alice.ReadAsync("/bookmarks"), StringComparison.Ordinal);

        await _alice.DoAsync(thread, $"/posts/{_server["post"]}/bookmark");
        await _alice.DoAsync(thread, $"/posts/{_server["post"]}/favourite");
        foreach (var path in (string[])["/bookmarks", "/favourites"])
            Assert.Contains("worth keeping", await _alice.ReadAsync(path), StringComparison.Ordinal);
        await _alice.DoAsync("/bookmarks", $"/posts/{_server["post"]}/unbookmark");

        Assert.Contains("Nothing here yet.", await _alice.ReadAsync("/bookmarks"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_are_asked_to_sign_in_before_pages_of_their_own()
    {
        using var stranger = new PageVisitor(_server);

        foreach (var path in (string[])["/lists", "/lists/1", "/lists/1/edit", "/bookmarks", "/favourites", "/tags",
            "/menu", "/compose", "/settings"])
            Assert.Equal($"/sign-in?return_to={Uri.EscapeDataString(path)}", (await stranger.GetAsync(path)).Header("Location"));
    }

    [Fact]
    public async Task Who_is_muted_or_blocked_is_not_seen_until_that_ends()
    {
        await _server.WriteAsync("post", new { status = "noise" }, "bob");

        foreach (var (tie, end) in ((string, string)[])[("mute", "unmute"), ("block", "unblock")])
        {
            await _alice.DoAsync($"/{tie}?name=bob", "/" + tie);
            Assert.DoesNotContain("noise", await _alice.ReadAsync("/local"), StringComparison.Ordinal);
            await _alice.DoAsync("/@bob", "/" + end);
            Assert.Contains("noise", await _alice.ReadAsync("/local"), StringComparison.Ordinal);
        }
    }
}
