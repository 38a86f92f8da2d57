using System.Net;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Tests.Web.Conformance;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>What suspended, silenced, disabled and waiting accounts may do, and who sees them.</summary>
public sealed class StandingTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;

    private AccountId Bob => new(int.Parse(_server["bob.id"], null));

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Nobody_sees_who_is_suspended_until_it_is_taken_back()
    {
        (await _server.PostAsync($"/api/v1/accounts/{Bob}/follow")).Is(HttpStatusCode.OK);
        await _server.WriteAsync("post", new { status = "bob was here #here" }, "bob");
        await _server.Node.Search.Ingested(new(), Call.Unbounded);
        Assert.Equal((1, 1, 1), await SeenAsync());

        await ChangeAsync(new ChangeStanding(Bob, Suspended: true));

        Assert.Equal((0, 0, 0), await SeenAsync());
        foreach (var path in (string[])[$"accounts/{Bob}", "accounts/lookup?acct=bob", $"statuses/{_server["post"]}"])
            (await _server.GetAsync($"/api/v1/{path}")).Is(HttpStatusCode.NotFound);
        (await _server.GetAsync("/@bob", token: null)).Is(HttpStatusCode.NotFound);
        (await _server.GetAsync("/api/v1/accounts/verify_credentials", "bob")).Is(HttpStatusCode.Unauthorized);
        var refused = await SignInAsync();
        refused.Is(HttpStatusCode.BadRequest);
        Assert.Contains("suspended", refused.Json.GetProperty("error_description").GetString(), StringComparison.Ordinal);

        await ChangeAsync(new ChangeStanding(Bob, Suspended: false));

        Assert.Equal((1, 1, 1), await SeenAsync());
        (await SignInAsync()).Is(HttpStatusCode.OK);

        async Task<(int Home, int Tag, int People)> SeenAsync() => (
            await CountAsync("/api/v1/timelines/home"), await CountAsync("/api/v1/timelines/tag/here"),
            await CountAsync("/api/v1/accounts/search?q=bob"));
    }

    [Fact]
    public async Task Who_is_suspended_while_signed_in_reads_so_on_every_page_and_is_signed_in_again_when_it_is_taken_back()
    {
        using var bob = await PageVisitor.SignInAsync(_server, "bob");

        await ChangeAsync(new ChangeStanding(Bob, Suspended: true));

        foreach (var path in (string[])["/", "/local", "/about"])
            Assert.Contains("You cannot use your account now.", await bob.ReadAsync(path), StringComparison.Ordinal);
        Assert.Equal("/standing", (await bob.GetAsync("/compose")).Header("Location"));
        Assert.Contains("@bob is suspended", (await bob.GetAsync("/standing")).Body, StringComparison.Ordinal);

        await ChangeAsync(new ChangeStanding(Bob, Suspended: false));

        Assert.Contains("name=\"status\"", await bob.ReadAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_silenced_is_seen_in_public_by_followers_and_by_itself_only()
    {
        (await _server.PostAsync($"/api/v1/accounts/{Bob}/follow")).Is(HttpStatusCode.OK);
        await _server.WriteAsync("post", new { status = "bob was here #here" }, "bob");
        await _server.Node.Search.Ingested(new(), Call.Unbounded);

        await ChangeAsync(new ChangeStanding(Bob, Silenced: true));

        foreach (var path in (string[])["timelines/public", "timelines/tag/here", "accounts/search?q=bob"])
        {
            Assert.Equal((1, 0, 1), (
                await CountAsync($"/api/v1/{path}"), await CountAsync($"/api/v1/{path}", "carol"),
                await CountAsync($"/api/v1/{path}", "bob")));
        }
        Assert.Equal(0, await CountAsync("/api/v1/timelines/public", null));
        Assert.Equal(1, await CountAsync($"/api/v1/accounts/{Bob}/statuses", "carol"));
        Assert.True((await _server.GetAsync($"/api/v1/accounts/{Bob}")).Json.GetProperty("limited").GetBoolean());
    }

    [Fact]
    public async Task Who_is_disabled_is_told_so_and_what_they_posted_stays()
    {
        await _server.WriteAsync("post", new { status = "bob was here" }, "bob");

        await ChangeAsync(new ChangeStanding(Bob, Disabled: true));

        var refused = await _server.GetAsync("/api/v1/timelines/home", "bob");
        refused.Is(HttpStatusCode.Forbidden);
        Assert.Equal("Your login is currently disabled", refused.Json.GetProperty("error").GetString());
        (await _server.GetAsync($"/api/v1/statuses/{_server["post"]}")).Is(HttpStatusCode.OK);
        await ChangeAsync(new ChangeStanding(Bob, Disabled: false));
        (await _server.GetAsync("/api/v1/timelines/home", "bob")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_a_sensitized_account_posts_is_marked_sensitive()
    {
        await ChangeAsync(new ChangeStanding(Bob, Sensitized: true));

        var post = await _server.WriteAsync("post", new { status = "see" }, "bob");

        Assert.True(post.Json.GetProperty("sensitive").GetBoolean());
    }

    [Fact]
    public async Task The_first_account_is_the_owner_and_its_role_is_shown()
    {
        var alice = (await _server.GetAsync("/api/v1/accounts/verify_credentials")).Json;
        var bob = (await _server.GetAsync("/api/v1/accounts/verify_credentials", "bob")).Json;

        Assert.Equal(("Owner", "1048575"), Role(alice));
        Assert.Equal("Owner", alice.GetProperty("roles")[0].GetProperty("name").GetString());
        Assert.Equal(("", "0"), Role(bob));
        Assert.Equal(0, bob.GetProperty("roles").GetArrayLength());

        static (string?, string?) Role(JsonElement account) => (
            account.GetProperty("role").GetProperty("name").GetString(),
            account.GetProperty("role").GetProperty("permissions").GetString());
    }

    [Fact]
    public async Task Who_asks_to_join_waits_to_be_let_in()
    {
        await using var server = await PopulatedServer.StartAsync();
        var asking = new CreateAccount("dora", "dora@example.org", "a long password", new FirstToken(0, "read write follow"))
        {
            NeedsApproval = true,
        };
        Assert.Equal("ERR_BLANK", (await server.Node.Users.Create(asking, Call.Unbounded)).Errors[0].Code);
        var made = await server.Node.Users.Create(asking with { Reason = "to sing" }, Call.Unbounded);
        server["dora"] = made.Token!.Value;
        var id = made.Account!.Id;

        var waiting = await server.GetAsync("/api/v1/accounts/verify_credentials", "dora");
        waiting.Is(HttpStatusCode.Forbidden);
        Assert.Equal("Your login is currently pending approval", waiting.Json.GetProperty("error").GetString());
        (await server.GetAsync($"/api/v1/accounts/{id}")).Is(HttpStatusCode.NotFound);
        Assert.Equal(0, (await server.GetAsync("/api/v1/accounts/search?q=dora")).Json.GetArrayLength());

        await server.Node.Moderation.Change(new ChangeStanding(id, Waiting: false), Call.Unbounded);

        (await server.GetAsync("/api/v1/accounts/verify_credentials", "dora")).Is(HttpStatusCode.OK);
        Assert.Equal(1, (await server.GetAsync("/api/v1/accounts/search?q=dora")).Json.GetArrayLength());
    }

    [Theory]
    [InlineData(Registrations.Open, true, false)]
    [InlineData(Registrations.Approval, true, true)]
    [InlineData(Registrations.Closed, false, false)]
    public async Task The_instance_says_who_may_join(Registrations who, bool enabled, bool approval)
    {
        await using var host = await WebHost.StartAsync(usual => usual with
        {
            Registrations = who,
            RegistrationsMessage = "Ask us <b>nicely</b>",
        });

        var told = (await host.GetAsync("/api/v2/instance")).Json.GetProperty("registrations");
        var page = await host.GetAsync("/");

        Assert.Equal(enabled, told.GetProperty("enabled").GetBoolean());
        Assert.Equal(approval, told.GetProperty("approval_required").GetBoolean());
        Assert.Equal(enabled, page.Body.Contains("action=\"/sign-up\"", StringComparison.Ordinal));
        Assert.Equal(approval, page.Body.Contains("name=\"reason\"", StringComparison.Ordinal));
        Assert.Equal(
            who != Registrations.Open, page.Body.Contains("Ask us &lt;b&gt;nicely", StringComparison.Ordinal));
    }

    private async Task ChangeAsync(ChangeStanding change) =>
        Assert.NotNull(await _server.Node.Moderation.Change(change, Call.Unbounded));

    private Task<Reply> SignInAsync() => _server.TokenAsync(new
    {
        grant_type = "password",
        username = "bob",
        password = "the password of bob",
    });

    private async Task<int> CountAsync(string path, string? token = "alice") =>
        (await _server.GetAsync(path, token)).Json.GetArrayLength();
}
