using System.Net;
using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Services.Search;
using Roost.Tests.Services.Timelines;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

public sealed class PostSearchTests
{
    private static readonly SearchKey _further = new(1, 1);

    [Fact]
    public async Task A_page_is_filled_up_with_what_comes_next_where_something_may_not_be_seen()
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        var (older, newer) = (host.Network.AddPost(alice, "#tag one"), host.Network.AddPost(alice, "#tag two"));
        var gone = newer.Ref with { Id = new PostId(7) };
        host.Network.Finds = range => range.Below is null
            ? new FoundPosts([newer.Ref, gone], _further, false, null)
            : new FoundPosts([older.Ref], null, false, null);

        var page = await host.GetAsync("/api/v1/timelines/tag/tag?limit=2");

        Assert.Equal(
            [newer.Id.ToString(), older.Id.ToString()],
            page.Json.EnumerateArray().Select(post => post.GetProperty("id").GetString()));
        Assert.Null(page.Header("Roost-Partial"));
    }

    [Theory]
    [InlineData("/api/v1/timelines/tag/tag")]
    [InlineData("/api/v2/search?q=words&type=statuses")]
    public async Task What_ran_out_of_time_says_so_in_a_header_and_is_not_asked_again(string address)
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        var post = host.Network.AddPost(alice, "#tag words");
        var asked = 0;
        host.Network.Finds = _ =>
        {
            asked++;
            return new FoundPosts([post.Ref], _further, true, null);
        };

        var page = await host.GetAsync(address, host.Network.AddToken(alice, "read"));

        Assert.Equal("true", page.Header("Roost-Partial"));
        Assert.Contains("Roost-Partial", page.Header("Access-Control-Expose-Headers"), StringComparison.Ordinal);
        Assert.Equal(1, asked);
    }

    [Theory]
    [InlineData("(((", "0 At character 4: a word is missing at the end.")]
    [InlineData("\"birds sing", "1 At character 1: this quote is not closed.")]
    [InlineData("birds (sing OR", "1 At character 15: a word is missing at the end.")]
    [InlineData("birds :-) sing", "1 At character 9: this closing parenthesis has no opening one.")]
    [InlineData("birds has:ébauche", "0 At character 11: has: takes media, image, link, poll or embed, not '?bauche'.")]
    [InlineData("birds :(", "1 At character 9: a word is missing at the end.")]
    [InlineData("birds sing", "1 ")]
    [InlineData("!!!", "0 ")]
    public async Task Of_what_is_no_query_the_words_are_looked_for_and_a_header_says_what_is_wrong(
        string text, string expected)
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.WriteAsync("post", new { status = "birds that sing" });
        await server.Node.Search.Ingested(new AwaitIngest(), TestNetwork.Call);

        foreach (var type in (string[])["", "&type=statuses"])
        {
            var found = await server.GetAsync($"/api/v2/search?q={Uri.EscapeDataString(text)}{type}");

            found.Is(HttpStatusCode.OK);
            Assert.Equal(
                expected, $"{found.Json.GetProperty("statuses").GetArrayLength()} {found.Header("Roost-Wrong-Query")}");
        }
    }

    [Fact]
    public async Task What_is_found_is_shown_as_the_post_itself_is_whoever_asks_and_how_often()
    {
        await using var server = await PopulatedServer.StartAsync();
        await server.WriteAsync("plain", new { status = "zebras :-) #tag @alice" }, "bob");
        await server.WriteAsync("hidden", new { status = "zebras for followers", visibility = "private" }, "bob");
        await server.WriteAsync("poll", new { status = "zebras?", poll = new { options = (string[])["yes", "no"], expires_in = 3_600 } }, "bob");
        await server.WriteAsync("own", new { status = "zebras", sensitive = true, spoiler_text = "zebras" });
        await server.Node.Search.Ingested(new AwaitIngest(), TestNetwork.Call);

        for (var round = 0; round < 3; round++)
        {
            var found = await server.GetAsync("/api/v2/search?q=zebras&type=statuses");

            found.Is(HttpStatusCode.OK);
            var posts = found.Json.GetProperty("statuses").EnumerateArray().ToArray();
            Assert.Equal(
                [server["own"], server["poll"], server["plain"]], posts.Select(post => post.GetProperty("id").GetString()!));
            foreach (var post in posts)
            {
                var alone = await server.GetAsync($"/api/v1/statuses/{post.GetProperty("id").GetString()}");
                Assert.Equal(alone.Json.GetRawText(), post.GetRawText());
            }
            var marked = round == 0 ? "favourite" : "bookmark";
            (await server.PostAsync($"/api/v1/statuses/{server["plain"]}/{marked}")).Is(HttpStatusCode.OK);
        }
    }

    [Fact]
    public async Task A_library_has_what_one_favourited_boosted_and_bookmarked_until_that_is_taken_back()
    {
        await using var server = await PopulatedServer.StartAsync();
        foreach (var name in (string[])["favourite", "reblog", "bookmark", "nothing"])
            await server.WriteAsync(name, new { status = "birds " + name, visibility = "unlisted" }, "bob");
        await server.WriteAsync("own", new { status = "birds own" });
        foreach (var name in (string[])["favourite", "reblog", "bookmark"])
            (await server.PostAsync($"/api/v1/statuses/{server[name]}/{name}")).Is(HttpStatusCode.OK);

        Assert.Equal(["own", "bookmark", "reblog", "favourite"], await FoundAsync("birds in:library"));
        Assert.Equal(["own"], await FoundAsync("birds -in:library OR birds from:me"));
        await server.PostAsync($"/api/v1/statuses/{server["favourite"]}/unfavourite");
        Assert.Equal(["own", "bookmark", "reblog"], await FoundAsync("in:library birds"));

        async Task<string[]> FoundAsync(string query)
        {
            await server.Node.Search.Ingested(new AwaitIngest(), TestNetwork.Call);
            var found = await server.GetAsync($"/api/v2/search?type=statuses&q={Uri.EscapeDataString(query)}");
            return [.. found.Json.GetProperty("statuses").EnumerateArray().Select(post =>
                post.GetProperty("content").GetString()!.Replace("<p>birds ", "").Replace("</p>", ""))];
        }
    }
}
