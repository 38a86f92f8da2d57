using System.Net;
using System.Text.Json;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Quotes over the client API of a whole server, and on its pages.</summary>
public sealed class QuoteTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await PopulatedServer.StartAsync();
        await _server.WriteAsync("quoted", new { status = "a thought" });
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_quote_has_the_quoted_post_within_and_a_link_for_older_clients()
    {
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/follow", token: "carol");
        var written = await _server.WriteAsync("quoting", new { status = "see", quoted_status_id = _server["quoted"] }, "bob");

        // The page is made of what is kept from the second time on.
        for (var i = 0; i < 3; i++)
        {
            var home = (await _server.GetAsync("/api/v1/timelines/home", "carol")).Json[0];
            Assert.Equal("accepted", home.GetProperty("quote").GetProperty("state").GetString());
            var quoted = home.GetProperty("quote").GetProperty("quoted_status");
            Assert.Equal("<p>a thought</p>", quoted.GetProperty("content").GetString());
            Assert.Equal("alice", quoted.GetProperty("account").GetProperty("acct").GetString());
            Assert.Equal(1, quoted.GetProperty("quotes_count").GetInt32());
            Assert.Equal("bob", home.GetProperty("account").GetProperty("acct").GetString());
            Assert.Equal(written.Json.GetProperty("content").GetString(), home.GetProperty("content").GetString());
        }
        var content = written.Json.GetProperty("content").GetString()!;
        Assert.StartsWith("<p class=\"quote-inline\">RE: <a href=\"", content, StringComparison.Ordinal);
        Assert.Contains($"/@alice/{_server["quoted"]}\"", content, StringComparison.Ordinal);
        Assert.EndsWith("<p>see</p>", content, StringComparison.Ordinal);
        var source = await _server.GetAsync($"/api/v1/statuses/{_server["quoting"]}/source", "bob");
        Assert.Equal("see", source.Json.GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_page_that_ends_with_a_quote_or_the_boost_of_one_goes_on_behind_it()
    {
        await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/follow", token: "carol");
        await _server.WriteAsync("older", new { status = "before that" }, "bob");
        await _server.WriteAsync("quoting", new { status = "see", quoted_status_id = _server["quoted"] }, "bob");
        await _server.WriteAsync("again", new { status = "", quoted_status_id = _server["quoted"] }, "alice");
        var boost = await _server.PostAsync($"/api/v1/statuses/{_server["again"]}/reblog", token: "bob");

        var first = await _server.GetAsync("/api/v1/timelines/home?limit=1", "carol");
        Assert.Contains($"max_id={boost.Json.GetProperty("id")}>", first.Header("Link"), StringComparison.Ordinal);
        var second = await _server.GetAsync(
            $"/api/v1/timelines/home?limit=1&max_id={boost.Json.GetProperty("id")}", "carol");
        Assert.Contains($"max_id={_server["quoting"]}>", second.Header("Link"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quoted_quote_is_told_by_its_id_and_a_boost_has_it_within()
    {
        await _server.WriteAsync("inner", new { status = "", quoted_status_id = _server["quoted"] }, "bob");
        await _server.WriteAsync("outer", new { status = "and this", quoted_status_id = _server["inner"] }, "carol");
        await _server.PostAsync($"/api/v1/statuses/{_server["outer"]}/reblog", token: "alice");

        for (var i = 0; i < 2; i++)
        {
            var boost = (await _server.GetAsync("/api/v1/timelines/home", "alice")).Json[0];
            Assert.Equal(JsonValueKind.Null, boost.GetProperty("quote").ValueKind);
            var quote = boost.GetProperty("reblog").GetProperty("quote");
            var within = quote.GetProperty("quoted_status").GetProperty("quote");
            Assert.Equal(_server["inner"], quote.GetProperty("quoted_status").GetProperty("id").GetString());
            Assert.Equal(_server["quoted"], within.GetProperty("quoted_status_id").GetString());
            Assert.False(within.TryGetProperty("quoted_status", out _));
        }
    }

    [Fact]
    public async Task The_quoted_author_takes_it_back_and_nobody_else_can()
    {
        await _server.WriteAsync("quoting", new { status = "see", quoted_status_id = _server["quoted"] }, "bob");
        var path = $"/api/v1/statuses/{_server["quoted"]}/quotes/{_server["quoting"]}/revoke";

        (await _server.PostAsync(path, token: "bob")).Is(HttpStatusCode.Forbidden);
        (await _server.PostAsync(path + "x", token: "alice")).Is(HttpStatusCode.NotFound);
        (await _server.PostAsync($"/api/v1/statuses/{_server["quoted"]}/quotes/nothing/revoke")).Is(HttpStatusCode.NotFound);
        (await _server.PostAsync(path, token: null)).Is(HttpStatusCode.Unauthorized);
        var revoked = await _server.PostAsync(path);

        Assert.Equal(_server["quoting"], revoked.Json.GetProperty("id").GetString());
        Assert.Equal("revoked", revoked.Json.GetProperty("quote").GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, revoked.Json.GetProperty("quote").GetProperty("quoted_status").ValueKind);
        Assert.Equal(0, (await _server.GetAsync($"/api/v1/statuses/{_server["quoted"]}/quotes")).Json.GetArrayLength());
        var page = (await _server.GetAsync($"/@bob/{_server["quoting"]}", null)).Body;
        Assert.Contains("was taken out by its author", page, StringComparison.Ordinal);
        Assert.DoesNotContain("a thought", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_quote_follows_the_accounts_choice_the_posts_and_its_visibility()
    {
        await _server.PostAsync($"/api/v1/accounts/{_server["alice.id"]}/follow", token: "bob");
        Assert.Equal(("[\"public\"]", "automatic"), await ApprovalAsync("quoted", "bob"));
        Assert.Equal(("[\"public\"]", "denied"), await ApprovalAsync("quoted", null));
        await _server.PatchAsync(
            "/api/v1/accounts/update_credentials", new { source = new { quote_policy = "followers" } });
        await _server.WriteAsync("followed", new { status = "for followers to quote" });
        await _server.WriteAsync("private", new { status = "for followers", visibility = "private", quote_approval_policy = "public" });

        Assert.Equal(("[\"followers\"]", "automatic"), await ApprovalAsync("followed", "bob"));
        Assert.Equal(("[\"followers\"]", "denied"), await ApprovalAsync("followed", "carol"));
        Assert.Equal(("[\"followers\"]", "automatic"), await ApprovalAsync("followed", "alice"));
        Assert.Equal(("[]", "denied"), await ApprovalAsync("private", "bob"));
        Assert.Equal(("[]", "automatic"), await ApprovalAsync("private", "alice"));
        var refused = await _server.PostAsync("/api/v1/statuses", new { status = "x", quoted_status_id = _server["followed"] }, "carol");
        refused.Is(HttpStatusCode.NotFound);
        Assert.NotEmpty(refused.Json.GetProperty("error").GetString()!);

        var path = $"/api/v1/statuses/{_server["followed"]}/interaction_policy";
        (await _server.PutAsync(path, new { quote_approval_policy = "friends" })).Is(HttpStatusCode.UnprocessableEntity);
        (await _server.PutAsync(path, new { quote_approval_policy = "nobody" }, "bob")).Is(HttpStatusCode.NotFound);
        (await _server.PutAsync(path, new { quote_approval_policy = "nobody" })).Is(HttpStatusCode.OK);
        Assert.Equal(("[]", "denied"), await ApprovalAsync("followed", "bob"));
        await _server.PutAsync($"/api/v1/statuses/{_server["followed"]}", new { status = "x", quote_approval_policy = "public" });
        Assert.Equal(("[\"public\"]", "automatic"), await ApprovalAsync("followed", "carol"));
        Assert.Equal("followers", (await _server.GetAsync("/api/v1/preferences")).Json
            .GetProperty("posting:default:quote_policy").GetString());
    }

    [Fact]
    public async Task Pages_show_a_quoted_post_without_scripts()
    {
        await _server.WriteAsync("quoting", new { status = "see", quoted_status_id = _server["quoted"] }, "bob");

        var page = (await _server.GetAsync($"/@bob/{_server["quoting"]}", null)).Body;

        Assert.Contains("class=\"card quoted\"", page, StringComparison.Ordinal);
        Assert.Contains("a thought", page, StringComparison.Ordinal);
        Assert.DoesNotContain("quote-inline", page, StringComparison.Ordinal);
        await _server.DeleteAsync($"/api/v1/statuses/{_server["quoted"]}");
        page = (await _server.GetAsync($"/@bob/{_server["quoting"]}", null)).Body;
        Assert.Contains("The post that was quoted here is gone.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_suspended_authors_post_is_not_shown_in_what_quotes_it()
    {
        await _server.WriteAsync("quoting", new { status = "see", quoted_status_id = _server["quoted"] }, "bob");
        await _server.WriteAsync("outer", new { status = "also", quoted_status_id = _server["quoting"] }, "bob");
        await _server.GetAsync("/api/v1/timelines/home", "bob");
        var id = Roost.Engine.Ids.AccountId.TryParse(_server["alice.id"], out var alice) ? alice : default;

        await _server.Node.Moderation.Change(
            new Roost.Services.Users.ChangeStanding(id, Suspended: true),
            Roost.Tests.Services.Timelines.TestNetwork.Call);

        var home = (await _server.GetAsync("/api/v1/timelines/home", "bob")).Json;
        Assert.Equal("unauthorized", home[1].GetProperty("quote").GetProperty("state").GetString());
        var inner = home[0].GetProperty("quote").GetProperty("quoted_status").GetProperty("quote");
        Assert.Equal("unauthorized", inner.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Quotes_are_listed_to_who_may_see_them_and_told_of()
    {
        await _server.WriteAsync("quoting", new { status = "see", quoted_status_id = _server["quoted"] }, "bob");
        await _server.WriteAsync("secret", new { status = "x", visibility = "private", quoted_status_id = _server["quoted"] }, "carol");

        Assert.Equal(1, (await _server.GetAsync($"/api/v1/statuses/{_server["quoted"]}/quotes", "bob")).Json.GetArrayLength());
        Assert.Equal(2, (await _server.GetAsync($"/api/v1/statuses/{_server["quoted"]}/quotes")).Json.GetArrayLength());
        var paged = await _server.GetAsync($"/api/v1/statuses/{_server["quoted"]}/quotes?limit=1");
        Assert.Contains("rel=\"next\"", paged.Headers["Link"].Single(), StringComparison.Ordinal);
        (await _server.GetAsync($"/api/v1/statuses/{_server["quoted"]}/quotes", null)).Is(HttpStatusCode.Unauthorized);
        await _server.Node.Notifications.Caught(
            new Roost.Services.Notifications.AwaitNotices(), Roost.Tests.Services.Timelines.TestNetwork.Call);
        var notices = (await _server.GetAsync("/api/v1/notifications?types[]=quote")).Json;
        Assert.Equal(["quote", "quote"], notices.EnumerateArray().Select(one => one.GetProperty("type").GetString()));
        Assert.Equal(_server["secret"], notices[0].GetProperty("status").GetProperty("id").GetString());
    }

    private async Task<(string Automatic, string CurrentUser)> ApprovalAsync(string post, string? token)
    {
        // Of a private post strangers are told nothing, so all of these are there.
        var approval = (await _server.GetAsync($"/api/v1/statuses/{_server[post]}", token)).Json.GetProperty("quote_approval");
        return (approval.GetProperty("automatic").GetRawText(), approval.GetProperty("current_user").GetString()!);
    }
}
