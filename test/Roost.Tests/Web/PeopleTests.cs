using System.Net;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Suggestions and the directory over the client API of a whole server.</summary>
public sealed class PeopleTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        foreach (var name in (string[])["alice", "bob", "carol"]) await FindAsync(name, true);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Whom_friends_follow_is_suggested_until_dismissed()
    {
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/follow");
        await _server.PostAsync($"/api/v1/accounts/{_server["carol.id"]}/follow", token: "bob");

        await FindAsync("carol", false);
        Assert.Equal("[]", (await _server.GetAsync("/api/v2/suggestions")).Body);
        await FindAsync("carol", true);
        var suggested = await _server.GetAsync("/api/v2/suggestions");
        var dismissed = await _server.DeleteAsync($"/api/v1/suggestions/{_server["carol.id"]}");

        var first = suggested.Json[0];
        Assert.Equal(_server["carol.id"], first.GetProperty("account").GetProperty("id").GetString());
        Assert.Equal("friends_of_friends", first.GetProperty("sources")[0].GetString());
        dismissed.Is(HttpStatusCode.OK);
        Assert.Equal("[]", (await _server.GetAsync("/api/v1/suggestions")).Body);
        (await _server.DeleteAsync("/api/v1/suggestions/someone")).Is(HttpStatusCode.NotFound);
        (await _server.GetAsync("/api/v2/suggestions?limit=none")).Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Who_hides_whom_they_follow_and_who_follows_them_gives_neither_away()
    {
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/follow");
        await _server.PostAsync($"/api/v1/accounts/{_server["carol.id"]}/follow", token: "bob");
        Assert.Equal(["bob"], await FamiliarAsync());

        await HideAsync("carol", true);
        Assert.Empty(await FamiliarAsync());
        await HideAsync("carol", false);
        await HideAsync("bob", true);
        Assert.Empty(await FamiliarAsync());
        var suggested = (await _server.GetAsync("/api/v2/suggestions")).Json.EnumerateArray();
        Assert.DoesNotContain("friends_of_friends", suggested.Select(one => one.GetProperty("sources")[0].GetString()));
        await HideAsync("bob", false);
        Assert.Equal(["bob"], await FamiliarAsync());

        async Task HideAsync(string name, bool hides) => (await _server.PatchAsync(
            "/api/v1/accounts/update_credentials", new { hide_collections = hides }, name)).Is(HttpStatusCode.OK);

        async Task<string[]> FamiliarAsync()
        {
            var reply = await _server.GetAsync($"/api/v1/accounts/familiar_followers?id[]={_server["carol.id"]}");
            return [.. reply.Json[0].GetProperty("accounts").EnumerateArray()
                .Select(one => one.GetProperty("acct").GetString()!)];
        }
    }

    [Fact]
    public async Task The_directory_is_in_the_order_asked_for_and_without_those_who_block()
    {
        foreach (var name in (string[])["carol", "alice", "bob"])
            await _server.WriteAsync(name + " post", new { status = "hello" }, name);

        Assert.Equal(["bob", "alice", "carol"], await NamesAsync("/api/v1/directory"));
        Assert.Equal(["alice"], await NamesAsync("/api/v1/directory?limit=1&offset=1"));
        Assert.Equal(["carol", "bob", "alice"], await NamesAsync("/api/v1/directory?order=new"));
        Assert.Equal(["bob", "alice"], await NamesAsync("/api/v1/directory?order=new&offset=1"));
        Assert.Empty(await NamesAsync("/api/v1/directory?offset=99999"));
        await _server.PostAsync($"/api/v1/accounts/{_server["alice.id"]}/block", token: "bob");
        Assert.Equal(["alice", "carol"], await NamesAsync("/api/v1/directory"));
        await FindAsync("carol", false);
        Assert.Equal(["alice"], await NamesAsync("/api/v1/directory"));
        Assert.Equal(["alice"], await NamesAsync("/api/v1/directory?order=new"));
        (await _server.GetAsync("/api/v1/directory?order=best")).Is(HttpStatusCode.UnprocessableEntity);
    }

    private async Task FindAsync(string name, bool discoverable) => (await _server.PatchAsync(
        "/api/v1/accounts/update_credentials", new { discoverable }, name)).Is(HttpStatusCode.OK);

    private async Task<string[]> NamesAsync(string path) =>
        [.. (await _server.GetAsync(path)).Json.EnumerateArray().Select(one => one.GetProperty("acct").GetString()!)];
}
