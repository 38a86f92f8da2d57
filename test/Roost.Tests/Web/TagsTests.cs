using System.Net;
using Roost.Rpc;
using Roost.Services.Search;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Followed and featured hashtags, and link timelines, over the client API of a whole server.</summary>
public sealed class TagsTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Public_posts_with_a_followed_hashtag_are_on_the_home_timeline_until_it_is_unfollowed()
    {
        await WriteAsync("tagged", "good #Morning");
        await WriteAsync("plain", "good morning");
        await WriteAsync("unlisted", "quiet #morning", "unlisted");
        await _server.WriteAsync("own", new { status = "mine, #morning" });
        // A page waits for the index a tenth of a second, and on a busy machine that is little.
        await _server.Node.Search.Ingested(new AwaitIngest(), Call.Unbounded);

        var followed = await _server.PostAsync("/api/v1/tags/morning/follow");

        Assert.True(followed.Json.GetProperty("following").GetBoolean());
        Assert.Equal([_server["own"], _server["tagged"]], Ids(await _server.GetAsync("/api/v1/timelines/home")));
        Assert.True((await _server.GetAsync("/api/v1/tags/MORNING")).Json.GetProperty("following").GetBoolean());
        Assert.False((await _server.GetAsync("/api/v1/tags/morning", "bob")).Json.GetProperty("following").GetBoolean());
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/mute");
        Assert.Equal([_server["own"]], Ids(await _server.GetAsync("/api/v1/timelines/home")));
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/unmute");
        await _server.PostAsync("/api/v1/tags/Morning/unfollow");
        Assert.Equal([_server["own"]], Ids(await _server.GetAsync("/api/v1/timelines/home")));
        Assert.Empty(Ids(await _server.GetAsync("/api/v1/followed_tags")));
    }

    [Fact]
    public async Task Followed_hashtags_are_listed_newest_first_and_paged()
    {
        foreach (var tag in (string[])["one", "two", "Three"])
            await _server.PostAsync($"/api/v1/tags/{tag}/follow");

        var first = await _server.GetAsync("/api/v1/followed_tags?limit=2");
        var link = first.Header("Link")!;
        var next = link[(link.IndexOf("max_id=", StringComparison.Ordinal) + 7)..link.IndexOf('>', StringComparison.Ordinal)];

        Assert.Equal(["Three", "two"], Names(first));
        Assert.Equal(["one"], Names(await _server.GetAsync($"/api/v1/followed_tags?limit=2&max_id={next}")));
    }

    [Fact]
    public async Task A_profile_shows_featured_hashtags_with_what_was_posted_with_them()
    {
        await _server.WriteAsync("hers", new { status = "who sings?" });
        await WriteAsync("one", "#choir on Monday");
        await WriteAsync("two", "#Choir on Tuesday", "private");
        await WriteAsync("three", "@alice #choir", inReplyTo: "hers");
        await _server.Node.Search.Ingested(new AwaitIngest(), Call.Unbounded);
        var suggested = await _server.GetAsync("/api/v1/featured_tags/suggestions", "bob");
        Assert.Equal(["choir"], Names(suggested), StringComparer.OrdinalIgnoreCase);

        var featured = await _server.PostAsync("/api/v1/featured_tags", new { name = "Choir" }, "bob");
        var again = await _server.PostAsync("/api/v1/featured_tags", new { name = "#choir" }, "bob");

        Assert.Equal("2", featured.Json.GetProperty("statuses_count").GetString());
        Assert.Equal(10, featured.Json.GetProperty("last_status_at").GetString()!.Length);
        Assert.Equal(featured.Body, again.Body);
        var of = $"/api/v1/accounts/{_server["bob.id"]}";
        Assert.Equal(["Choir"], Names(await _server.GetAsync($"{of}/featured_tags", null)));
        Assert.Empty(Names(await _server.GetAsync("/api/v1/featured_tags/suggestions", "bob")));
        Assert.Equal([_server["three"], _server["one"]], Ids(await _server.GetAsync($"{of}/statuses?tagged=choir")));
        Assert.Equal([_server["one"]], Ids(await _server.GetAsync($"{of}/statuses?tagged=choir&exclude_replies=true")));
        Assert.Equal(3, Ids(await _server.GetAsync($"{of}/statuses?tagged=choir", "bob")).Length);
        var id = featured.Json.GetProperty("id").GetString();
        (await _server.DeleteAsync($"/api/v1/featured_tags/{id}")).Is(HttpStatusCode.NotFound);
        (await _server.DeleteAsync($"/api/v1/featured_tags/{id}", token: "bob")).Is(HttpStatusCode.OK);
        Assert.Empty(Names(await _server.GetAsync($"{of}/featured_tags", null)));
    }

    [Fact]
    public async Task A_link_timeline_has_the_public_posts_with_that_very_link()
    {
        await WriteAsync("one", "see https://choir.example/plan/?utm_source=x");
        await WriteAsync("two", "see https://choir.example/plan#monday");
        await WriteAsync("other", "see https://choir.example/plan/b");
        await WriteAsync("hidden", "see https://choir.example/plan", "unlisted");
        await _server.Node.Search.Ingested(new AwaitIngest(), Call.Unbounded);

        var page = await _server.GetAsync("/api/v1/timelines/link?url=https://choir.example/plan", null);

        Assert.Equal([_server["two"], _server["one"]], Ids(page));
    }

    [Theory]
    [InlineData("POST", "/api/v1/tags/a%20b/follow", 404)]
    [InlineData("POST", "/api/v1/tags/2026/feature", 404)]
    [InlineData("POST", "/api/v1/featured_tags", 422)]
    [InlineData("POST", "/api/v1/featured_tags?name=a-b", 422)]
    [InlineData("DELETE", "/api/v1/featured_tags/77", 404)]
    [InlineData("GET", "/api/v1/accounts/77/featured_tags", 404)]
    [InlineData("GET", "/api/v1/followed_tags?limit=0", 422)]
    public async Task What_is_no_hashtag_is_refused(string method, string path, int status)
    {
        var reply = await _server.SendAsync(new HttpMethod(method), path, "alice", null);

        reply.Is((HttpStatusCode)status);
        Assert.NotEqual("", reply.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task Ten_hashtags_can_be_featured()
    {
        for (var i = 0; i < 10; i++)
            (await _server.PostAsync($"/api/v1/tags/tag{i}/feature")).Is(HttpStatusCode.OK);

        var refused = await _server.PostAsync("/api/v1/tags/one_more/feature");

        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("10", refused.Json.GetProperty("error").GetString());
    }

    private Task<Reply> WriteAsync(
        string name, string text, string visibility = "public", string? inReplyTo = null) => _server.WriteAsync(
            name, new { status = text, visibility, in_reply_to_id = inReplyTo is null ? null : _server[inReplyTo] }, "bob");

    private static string[] Ids(Reply reply) => Members(reply, "id");

    private static string[] Names(Reply reply) => Members(reply, "name");

    private static string[] Members(Reply reply, string name) =>
        [.. reply.Json.EnumerateArray().Select(one => one.GetProperty(name).GetString()!)];
}
