using System.Net;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>A post's versions over the client API of a whole server.</summary>
public sealed class HistoryTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task All_versions_are_told_the_oldest_first_each_as_it_was()
    {
        await _server.WriteAsync("post", new { status = "one @bob", language = "en" });
        var path = $"/api/v1/statuses/{_server["post"]}";
        await _server.PutAsync(path, new { status = "two", spoiler_text = "careful" });
        await _server.PutAsync(path, new { status = "two", spoiler_text = "careful" });
        await _server.PutAsync(path, new { status = "three", spoiler_text = "", sensitive = false });
        await _server.PostAsync($"{path}/reblog", token: "bob");

        var versions = (await _server.GetAsync($"{path}/history", "bob")).Json.EnumerateArray().ToList();
        var now = (await _server.GetAsync(path)).Json;

        Assert.Equal(3, versions.Count);
        Assert.Contains("one", versions[0].GetProperty("content").GetString());
        Assert.Contains("/@bob", versions[0].GetProperty("content").GetString());
        Assert.Equal(("<p>two</p>", "careful", true), (
            versions[1].GetProperty("content").GetString(), versions[1].GetProperty("spoiler_text").GetString(),
            versions[1].GetProperty("sensitive").GetBoolean()));
        Assert.Equal("<p>three</p>", versions[2].GetProperty("content").GetString());
        Assert.Equal(now.GetProperty("created_at").GetString(), versions[0].GetProperty("created_at").GetString());
        Assert.Equal(now.GetProperty("edited_at").GetString(), versions[2].GetProperty("created_at").GetString());
        Assert.All(versions, version =>
            Assert.Equal("alice", version.GetProperty("account").GetProperty("username").GetString()));
    }

    [Fact]
    public async Task A_post_that_was_never_edited_has_one_version_and_one_that_is_gone_none()
    {
        await _server.WriteAsync("post", new { status = "one" });
        var path = $"/api/v1/statuses/{_server["post"]}";

        Assert.Equal(1, (await _server.GetAsync($"{path}/history", null)).Json.GetArrayLength());
        // Clients show others' posts as they were typed, too, to whoever may see them.
        Assert.Equal("one", (await _server.GetAsync($"{path}/source", "bob")).Json.GetProperty("text").GetString());
        (await _server.GetAsync($"{path}/source", null)).Is(HttpStatusCode.Unauthorized);
        await _server.DeleteAsync(path);

        (await _server.GetAsync($"{path}/history")).Is(HttpStatusCode.NotFound);
        (await _server.GetAsync($"{path}/source")).Is(HttpStatusCode.NotFound);
        await _server.WriteAsync("private", new { status = "two", visibility = "private" });
        (await _server.GetAsync($"/api/v1/statuses/{_server["private"]}/source", "carol")).Is(HttpStatusCode.NotFound);
    }
}
