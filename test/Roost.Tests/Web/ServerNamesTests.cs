using System.Net;
using System.Xml.Linq;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>What programs ask a server before, or beside, its client API: who it is, who lives there, how it is.</summary>
public sealed class ServerNamesTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Host_meta_leads_to_web_finger_and_web_finger_to_profiles()
    {
        var meta = await _server.GetAsync("/.well-known/host-meta", token: null);

        meta.Is(HttpStatusCode.OK);
        Assert.Equal("application/xrd+xml; charset=utf-8", meta.Header("Content-Type"));
        Assert.Equal("*", meta.Header("Access-Control-Allow-Origin"));
        var link = XDocument.Parse(meta.Body).Root!.Elements().Single();
        Assert.Equal("lrdd", (string?)link.Attribute("rel"));
        var template = (string)link.Attribute("template")!;
        var path = template[template.IndexOf("/.well-known", StringComparison.Ordinal)..];
        var alice = (await _server.GetAsync($"/api/v1/accounts/{_server["alice.id"]}")).Json;
        var url = alice.GetProperty("url").GetString()!;
        var domain = (await _server.GetAsync("/api/v2/instance")).Json.GetProperty("domain").GetString();
        foreach (var resource in (string[])[$"acct:alice@{domain}", $"acct:ALICE@{domain}", "alice", url])
        {
            var found = await _server.GetAsync(path.Replace("{uri}", Uri.EscapeDataString(resource)), token: null);
            found.Is(HttpStatusCode.OK);
            Assert.Equal("application/jrd+json; charset=utf-8", found.Header("Content-Type"));
            Assert.Contains($"\"subject\":\"acct:alice@{domain}\"", found.Body);
            Assert.Contains($"\"href\":\"{url}\"", found.Body);
        }
    }

    [Theory]
    [InlineData("?resource=acct:nobody@example.org", HttpStatusCode.NotFound)]
    [InlineData("?resource=acct:nobody", HttpStatusCode.NotFound)]
    [InlineData("?resource=https://example.org/@alice", HttpStatusCode.NotFound)]
    [InlineData("?resource=acct:", HttpStatusCode.NotFound)]
    [InlineData("?resource=", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task Whoever_is_not_here_is_not_found_and_nobody_is_a_wrong_question(string query, HttpStatusCode status)
    {
        var reply = await _server.GetAsync("/.well-known/webfinger" + query, token: null);

        reply.Is(status);
        Assert.True(reply.Json.GetProperty("error").GetString()!.Length > 0);
    }

    [Fact]
    public async Task Health_is_two_letters_of_plain_text()
    {
        var reply = await _server.GetAsync("/health", token: null);

        reply.Is(HttpStatusCode.OK);
        Assert.Equal(("OK", "text/plain; charset=utf-8"), (reply.Body, reply.Header("Content-Type")));
    }

    [Fact]
    public async Task Languages_are_listed_by_code_and_name()
    {
        var languages = (await _server.GetAsync("/api/v1/instance/languages", token: null)).Json;

        Assert.Contains(languages.EnumerateArray(), one =>
            (one.GetProperty("code").GetString(), one.GetProperty("name").GetString()) == ("en", "English"));
    }

    [Fact]
    public async Task A_boost_is_for_whom_it_says_or_for_whom_ones_posts_are()
    {
        await _server.WriteAsync("one", new { status = "one" });
        await _server.WriteAsync("two", new { status = "two" });
        await _server.WriteAsync("three", new { status = "three" });

        Assert.Equal("unlisted", await BoostAsync("one", new { visibility = "unlisted" }));
        Assert.Equal("public", await BoostAsync("two", new { }));
        (await _server.PatchAsync(
            "/api/v1/accounts/update_credentials", new { source = new { privacy = "private" } }, "bob"))
            .Is(HttpStatusCode.OK);
        Assert.Equal("private", await BoostAsync("three", new { }));
        foreach (var wrong in (string[])["direct", "secret"])
        {
            var refused = await _server.PostAsync(
                $"/api/v1/statuses/{_server["one"]}/reblog", new { visibility = wrong }, "bob");
            refused.Is(HttpStatusCode.UnprocessableEntity);
            Assert.Contains("visibility", refused.Json.GetProperty("error").GetString());
        }
    }

    private async Task<string?> BoostAsync(string post, object body)
    {
        var reply = await _server.PostAsync($"/api/v1/statuses/{_server[post]}/reblog", body, "bob");
        reply.Is(HttpStatusCode.OK);
        return reply.Json.GetProperty("visibility").GetString();
    }
}
