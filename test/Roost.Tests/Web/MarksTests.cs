using System.Net;
using System.Text.Json;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Favourites, bookmarks, pins and muted threads over the client API of a whole server.</summary>
public sealed class MarksTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_mark_shows_in_every_page_of_who_set_it_and_in_nobody_elses()
    {
        await _server.WriteAsync("post", new { status = "good morning" });
        foreach (var (action, member) in ((string, string)[])[("bookmark", "bookmarked"), ("pin", "pinned"), ("mute", "muted")])
        {
            Assert.True((await OnPostAsync(action)).GetProperty(member).GetBoolean());
            var home = await _server.GetAsync("/api/v1/timelines/home");
            Assert.True(home.Json[0].GetProperty(member).GetBoolean());
            var others = await _server.GetAsync($"/api/v1/statuses/{_server["post"]}", "bob");
            Assert.False(others.Json.TryGetProperty(member, out var flag) && flag.GetBoolean());

            Assert.False((await OnPostAsync("un" + action)).GetProperty(member).GetBoolean());
        }
    }

    [Fact]
    public async Task Favourites_are_listed_by_when_they_were_made_and_paged_by_links()
    {
        foreach (var name in (string[])["one", "two", "three"])
            await _server.WriteAsync(name, new { status = name });
        foreach (var name in (string[])["two", "three", "one"])
            await _server.PostAsync($"/api/v1/statuses/{_server[name]}/favourite", token: "bob");

        var first = await _server.GetAsync("/api/v1/favourites?limit=2", "bob");
        var next = Between(first.Header("Link")!, "max_id=", ">");
        var second = await _server.GetAsync($"/api/v1/favourites?limit=2&max_id={next}", "bob");

        Assert.Equal([_server["one"], _server["three"]], Ids(first));
        Assert.Equal([_server["two"]], Ids(second));
        Assert.DoesNotContain("next", second.Header("Link"));
        await _server.DeleteAsync($"/api/v1/statuses/{_server["three"]}");
        Assert.Equal([_server["one"], _server["two"]], Ids(await _server.GetAsync("/api/v1/favourites", "bob")));
        Assert.Empty(Ids(await _server.GetAsync("/api/v1/favourites", "carol")));
    }

    [Fact]
    public async Task Pinned_posts_are_shown_to_those_who_may_see_them()
    {
        await _server.WriteAsync("open", new { status = "for all" });
        await _server.WriteAsync("post", new { status = "for followers", visibility = "private" });
        await _server.PostAsync($"/api/v1/statuses/{_server["open"]}/pin");
        await OnPostAsync("pin");
        var pinned = $"/api/v1/accounts/{_server["alice.id"]}/statuses?pinned=true";

        Assert.Equal([_server["post"], _server["open"]], Ids(await _server.GetAsync(pinned)));
        Assert.Equal([_server["open"]], Ids(await _server.GetAsync(pinned, "bob")));
        Assert.Equal([_server["open"]], Ids(await _server.GetAsync(pinned, null)));
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/block");
        Assert.Empty(Ids(await _server.GetAsync(pinned, "bob")));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await _server.PostAsync(
            $"/api/v1/statuses/{_server["open"]}/pin", token: "carol")).Status);
    }

    [Fact]
    public async Task Who_favourited_a_post_is_listed_without_those_who_block()
    {
        await _server.WriteAsync("post", new { status = "good morning" });
        foreach (var name in (string[])["bob", "carol"])
            await _server.PostAsync($"/api/v1/statuses/{_server["post"]}/favourite", token: name);
        var path = $"/api/v1/statuses/{_server["post"]}/favourited_by";

        Assert.Equal([_server["carol.id"], _server["bob.id"]], Ids(await _server.GetAsync(path)));
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/block", token: "carol");
        Assert.Equal([_server["bob.id"]], Ids(await _server.GetAsync(path, "bob")));
        (await _server.GetAsync("/api/v1/statuses/77/favourited_by")).Is(HttpStatusCode.NotFound);
        (await _server.GetAsync(path + "?limit=0")).Is(HttpStatusCode.UnprocessableEntity);
    }

    [Theory]
    [InlineData("bookmark")]
    [InlineData("pin")]
    [InlineData("unmute")]
    public async Task What_is_not_there_cannot_be_marked(string action) =>
        (await _server.PostAsync($"/api/v1/statuses/77/{action}")).Is(HttpStatusCode.NotFound);

    private async Task<JsonElement> OnPostAsync(string action)
    {
        var reply = await _server.PostAsync($"/api/v1/statuses/{_server["post"]}/{action}");
        reply.Is(HttpStatusCode.OK);
        return reply.Json;
    }

    private static string[] Ids(Reply reply) =>
        [.. reply.Json.EnumerateArray().Select(one => one.GetProperty("id").GetString()!)];

    private static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }
}
