using System.Net;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Collections of accounts over the client API of a whole server.</summary>
public sealed class CollectionsTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        foreach (var name in (string[])["bob", "carol"])
            await _server.PatchAsync("/api/v1/accounts/update_credentials", new { discoverable = true }, name);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task What_is_put_in_is_shown_with_the_accounts_until_they_leave()
    {
        var made = await _server.PostAsync("/api/v1/collections", new
        {
            name = "Birds",
            description = "of a feather",
            tag_name = "birds",
            discoverable = true,
            account_ids = new[] { _server["bob.id"] },
        });
        made.Is(HttpStatusCode.OK);
        var collection = made.Json.GetProperty("collection");
        var path = $"/api/v1/collections/{collection.GetProperty("id").GetString()}";
        var added = await _server.PostAsync(path + "/items", new { account_id = _server["carol.id"] });
        var item = added.Json.GetProperty("collection_item").GetProperty("id").GetString();

        var shown = await _server.GetAsync(path, token: null);
        var mine = await _server.GetAsync($"/api/v1/accounts/{_server["carol.id"]}/in_collections", "carol");
        var left = await _server.PostAsync($"{path}/items/{item}/revoke", token: "carol");
        var after = await _server.GetAsync(path, token: null);

        Assert.Equal("birds", collection.GetProperty("tag").GetProperty("name").GetString());
        Assert.Equal(
            ["alice", "bob", "carol"],
            shown.Json.GetProperty("accounts").EnumerateArray().Select(one => one.GetProperty("acct").GetString()));
        Assert.Equal(2, shown.Json.GetProperty("collection").GetProperty("item_count").GetInt32());
        Assert.Equal("Birds", mine.Json.GetProperty("collections")[0].GetProperty("name").GetString());
        left.Is(HttpStatusCode.OK);
        Assert.Equal(1, after.Json.GetProperty("collection").GetProperty("item_count").GetInt32());
        (await _server.DeleteAsync(path, token: "bob")).Is(HttpStatusCode.Forbidden);
        (await _server.DeleteAsync(path)).Is(HttpStatusCode.OK);
        (await _server.GetAsync(path)).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Who_does_not_want_to_be_found_cannot_be_put_in()
    {
        var refused = await _server.PostAsync(
            "/api/v1/collections", new { name = "Birds", account_ids = new[] { _server["alice.id"] } }, "bob");
        var account = await _server.GetAsync($"/api/v1/accounts/{_server["bob.id"]}");

        refused.Is(HttpStatusCode.Forbidden);
        Assert.Equal(
            "automatic", account.Json.GetProperty("feature_approval").GetProperty("current_user").GetString());
    }

    [Fact]
    public async Task What_is_wrong_is_told_by_its_field_within_the_error()
    {
        var blank = await _server.PostAsync("/api/v1/collections", new { name = "" });
        var nobody = await _server.PostAsync("/api/v1/collections", new { name = "x", account_ids = "99999" });

        blank.Is(HttpStatusCode.UnprocessableEntity);
        var details = blank.Json.GetProperty("error").GetProperty("details");
        Assert.Equal("ERR_BLANK", details.GetProperty("name")[0].GetProperty("error").GetString());
        nobody.Is(HttpStatusCode.NotFound);
        (await _server.GetAsync("/api/v1/collections/x")).Is(HttpStatusCode.NotFound);
        (await _server.PostAsync("/api/v1/collections", new { name = "x" }, token: null)).Is(HttpStatusCode.Unauthorized);
        (await _server.GetAsync($"/api/v1/accounts/{_server["bob.id"]}/in_collections")).Is(HttpStatusCode.Forbidden);
        (await _server.GetAsync($"/api/v1/accounts/{_server["bob.id"]}/collections?limit=none"))
            .Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Pages_are_told_by_offset()
    {
        for (var i = 1; i <= 3; i++) await _server.PostAsync("/api/v1/collections", new { name = $"Number {i}" });
        var path = $"/api/v1/accounts/{_server["alice.id"]}/collections";

        var first = await _server.GetAsync(path + "?limit=2");
        var second = await _server.GetAsync(path + "?limit=2&offset=2");

        Assert.Equal(2, first.Json.GetProperty("collections").GetArrayLength());
        Assert.Contains("?limit=2&offset=2>; rel=\"next\"", first.Header("Link"), StringComparison.Ordinal);
        Assert.Equal("Number 1", second.Json.GetProperty("collections")[0].GetProperty("name").GetString());
        Assert.Contains("?limit=2&offset=0>; rel=\"prev\"", second.Header("Link"), StringComparison.Ordinal);
    }
}
