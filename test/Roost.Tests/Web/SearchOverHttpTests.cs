using System.Net;
using Roost.Services.Search;
using Roost.Tests.Services.Timelines;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>The query language, and who finds what, over HTTP.</summary>
public sealed class SearchOverHttpTests : IAsyncLifetime
{
    private static readonly string[] _names = ["bob1", "bob2", "bob3", "bob4", "carol1", "carol2", "alice1"];

    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        await WriteAsync("bob1", "quokka with https://quokka.example/one #marsupial", "bob");
        await WriteAsync("bob2", "a quokka for my readers", "bob", "private");
        await WriteAsync("bob3", "an unlisted quokka", "bob", "unlisted");
        await WriteAsync("bob4", "@alice a quokka for you", "bob", "direct");
        var poll = new { options = (string[])["yes", "no"], expires_in = 600 };
        await _server.WriteAsync("carol1", new { status = "quokka?", poll }, "carol");
        await _server.WriteAsync(
            "carol2", new { status = "answered: quokka", in_reply_to_id = _server["bob1"], language = "de" }, "carol");
        await _server.WriteAsync("alice1", new { status = "my own quokka", sensitive = true, spoiler_text = "fur" });
        await _server.PostAsync($"/api/v1/statuses/{_server["bob1"]}/favourite");
        await _server.PostAsync($"/api/v1/statuses/{_server["bob1"]}/reblog");
        await _server.Node.Search.Ingested(new AwaitIngest(), TestNetwork.Call);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Queries_find_what_the_viewer_may_find_newest_first()
    {
        (string Query, string Who, string Expected)[] rows =
        [
            ("quokka", "alice", "alice1 carol2 carol1 bob4 bob1"),
            ("quokka", "bob", "alice1 carol2 carol1 bob4 bob3 bob2 bob1"),
            ("quokka", "carol", "alice1 carol2 carol1 bob1"),
            ("quokka in:library", "alice", "alice1 bob4 bob1"),
            ("quokka in:library", "bob", "carol2 bob4 bob3 bob2 bob1"),
            ("quokka in:public", "alice", "alice1 carol2 carol1 bob1"),
            ("quokka has:link", "alice", "bob1"),
            ("quokka has:poll", "alice", "carol1"),
            ("quokka is:reply", "alice", "carol2"),
            ("quokka is:sensitive", "alice", "alice1"),
            ("fur", "carol", "alice1"),
            ("quokka -is:reply -from:me", "alice", "carol1 bob4 bob1"),
            ("quokka from:bob", "carol", "bob1"),
            ("quokka to:bob", "alice", "carol2"),
            ("quokka language:de", "alice", "carol2"),
            ("quokka before:2020", "alice", ""),
            ("quokka after:2020-02", "carol", "alice1 carol2 carol1 bob1"),
            ("#marsupial OR \"own quokka\"", "carol", "alice1 bob1"),
            ("quok*", "carol", "alice1 carol2 carol1 bob1"),
            ("quokka.example", "carol", "bob1"),
        ];
        foreach (var (query, who, expected) in rows)
        {
            var found = await FindAsync(query, who);
            Assert.True(expected == found, $"{query} as {who} finds '{found}', expected '{expected}'");
        }
    }

    [Fact]
    public async Task By_relevance_what_others_liked_comes_first_and_pages_go_on_by_offset()
    {
        Assert.Equal("bob1", (await FindAsync("quokka", "carol", "&sort=relevance")).Split(' ')[0]);
        var first = await FindAsync("quokka", "carol", "&sort=relevance&limit=2");
        var second = await FindAsync("quokka", "carol", "&sort=relevance&limit=2&offset=2");
        Assert.Equal(
            "alice1 bob1 carol1 carol2", string.Join(' ', $"{first} {second}".Split(' ').Order(StringComparer.Ordinal)));

        var wrong = await _server.GetAsync("/api/v2/search?q=quokka&sort=oldest");
        wrong.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("newest or relevance", wrong.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blocks_mutes_and_authors_who_do_not_want_to_be_found_hold()
    {
        await _server.PostAsync($"/api/v1/accounts/{await IdAsync("carol")}/mute");
        Assert.Equal("alice1 bob4 bob1", await FindAsync("quokka", "alice"));
        await _server.PostAsync($"/api/v1/accounts/{await IdAsync("carol")}/unmute");
        await _server.PostAsync($"/api/v1/accounts/{await IdAsync("alice")}/block", token: "carol");
        Assert.Equal("alice1 bob4 bob1", await FindAsync("quokka", "alice"));
        Assert.Equal("carol2 carol1 bob1", await FindAsync("quokka", "carol"));
        Assert.Equal("", await FindAsync("quokka from:carol", "alice", "&sort=relevance"));

        (await _server.PatchAsync("/api/v1/profile", new { indexable = false }, "bob")).Is(HttpStatusCode.OK);
        // She favourited it: it is in her library, whatever its author wants.
        Assert.Equal("alice1 bob4 bob1", await FindAsync("quokka", "alice"));
        Assert.Equal("carol2 carol1", await FindAsync("quokka", "carol"));
        Assert.Equal("alice1 carol2 carol1 bob4 bob3 bob2 bob1", await FindAsync("quokka", "bob"));
    }

    [Fact]
    public async Task A_wrong_query_is_answered_by_its_words_with_the_place_in_a_header()
    {
        (string Query, int Character, string Expected)[] rows =
        [
            ("quokka has:fur", 12, "media, image, link, poll or embed"),
            ("quokka (", 9, ""),
            ("\"quokka", 1, ""),
            ("before:yesterday quokka", 8, "a date"),
        ];
        foreach (var (query, character, expected) in rows)
        {
            var reply = await _server.GetAsync($"/api/v2/search?type=statuses&q={Uri.EscapeDataString(query)}");

            reply.Is(HttpStatusCode.OK);
            var error = reply.Header("Roost-Wrong-Query")!;
            Assert.Contains($"At character {character}:", error, StringComparison.Ordinal);
            Assert.Contains(expected, error, StringComparison.Ordinal);
        }
    }

    private Task<Reply> WriteAsync(string name, string status, string who, string visibility = "public") =>
        _server.WriteAsync(name, new { status, visibility }, who);

    private async Task<string> IdAsync(string name) =>
        (await _server.GetAsync($"/api/v1/accounts/lookup?acct={name}")).Json.GetProperty("id").GetString()!;

    private async Task<string> FindAsync(string query, string? who, string more = "")
    {
        var reply = await _server.GetAsync($"/api/v2/search?type=statuses&q={Uri.EscapeDataString(query)}{more}", who);
        reply.Is(HttpStatusCode.OK);
        var names = _names.ToDictionary(name => _server[name]);
        return string.Join(' ', reply.Json.GetProperty("statuses").EnumerateArray().Select(
            post => names[post.GetProperty("id").GetString()!]));
    }
}
