using System.Net;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Users;
using Roost.Tests.Services.Media;
using Roost.Tests.Web.Conformance;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>What one changes about one's own account with the password, on the pages.</summary>
public sealed class OwnAccountTests : IAsyncLifetime
{
    private const string Settings = "/settings";
    private const string Email = "/settings/email";
    private const string Delete = "/settings/delete";
    private const string Right = "the password of bob";

    private static readonly string[] _home = ["home"];

    private PopulatedServer _server = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Who_knows_the_password_changes_the_address_and_signs_in_with_it()
    {
        using var bob = await PageVisitor.SignInAsync(_server, "bob");
        var page = await bob.GetAsync(Settings);
        Assert.Contains("value=\"bob@example.org\"", page.Body, StringComparison.Ordinal);

        foreach (var (email, password) in (ValueTuple<string, string>[])
            [("new@example.org", "wrong"), ("no address", Right), ("carol@example.org", Right)])
        {
            var refused = await bob.SubmitAsync(page, Email, ("email", email), ("current", password));
            refused.Is(HttpStatusCode.UnprocessableEntity);
            var form = Browser.FormIn(refused.Body, Email);
            Assert.Contains("Not changed", form, StringComparison.Ordinal);
            Assert.Contains($"value=\"{email}\"", form, StringComparison.Ordinal);
        }
        var done = await bob.SubmitAsync(page, Email, ("email", " New@example.org "), ("current", Right));

        done.Is(HttpStatusCode.OK);
        Assert.Contains("Your e-mail address is changed.", done.Body, StringComparison.Ordinal);
        Assert.NotNull(await VerifyAsync("new@example.org"));
        Assert.Null(await VerifyAsync("bob@example.org"));
    }

    [Fact]
    public async Task A_profile_that_is_refused_is_unchanged_and_comes_back_as_it_was_typed()
    {
        using var bob = await PageVisitor.SignInAsync(_server, "bob");
        var picture = Pictures.TwoHalves(40, 40, SKEncodedImageFormat.Png);
        var page = await bob.GetAsync(Settings);
        (await bob.SubmitAsync(page, "/settings/profile", [("display_name", "Bob")], [("avatar", picture)])).Is(HttpStatusCode.OK);
        var before = (await _server.GetAsync($"/api/v1/accounts/{_server["bob.id"]}")).Json.GetProperty("avatar").GetString();

        foreach (var (field, content) in (ValueTuple<string, byte[]>[])[("header", "words"u8.ToArray()), ("header", [])])
        {
            var refused = await bob.SubmitAsync(
                page, "/settings/profile",
                [("display_name", "Robert"), ("note", "I swim"), ("remove_avatar", "true"), ("fields_attributes[0][name]", "Boat")],
                [(field, content)]);
            refused.Is(HttpStatusCode.UnprocessableEntity);
            Assert.Contains("Not changed.", refused.Body, StringComparison.Ordinal);
            foreach (var typed in (string[])["value=\"Robert\"", ">I swim</textarea>", "value=\"Boat\""])
                Assert.Contains(typed, refused.Body, StringComparison.Ordinal);
        }

        var account = (await _server.GetAsync($"/api/v1/accounts/{_server["bob.id"]}")).Json;
        Assert.Equal(("Bob", before), (account.GetProperty("display_name").GetString(), account.GetProperty("avatar").GetString()));
        (await bob.SubmitAsync(page, "/settings/profile", ("display_name", "Bob"), ("remove_avatar", "true"))).Is(HttpStatusCode.OK);
        account = (await _server.GetAsync($"/api/v1/accounts/{_server["bob.id"]}")).Json;
        Assert.NotEqual(before, account.GetProperty("avatar").GetString());
    }

    [Fact]
    public async Task Who_deletes_the_own_account_leaves_nothing_but_the_name()
    {
        var alice = _server["alice.id"];
        await _server.WriteAsync("hers", new { status = "hers" });
        await _server.WriteAsync("his", new { status = "bob was here" }, "bob");
        await _server.PostAsync("/api/v1/statuses", new
        {
            status = "later",
            scheduled_at = TimeProvider.System.GetUtcNow().AddHours(1),
        }, "bob");
        foreach (var path in (string[])
            [$"accounts/{alice}/follow", $"statuses/{_server["hers"]}/favourite", "tags/birds/follow"])
            (await _server.PostAsync($"/api/v1/{path}", token: "bob")).Is(HttpStatusCode.OK);
        await _server.PostAsync("/api/v2/filters", new { title = "x", context = _home }, "bob");
        (await _server.PostAsync($"/api/v1/accounts/{_server["bob.id"]}/follow")).Is(HttpStatusCode.OK);
        using var bob = await PageVisitor.SignInAsync(_server, "bob");
        using var other = await PageVisitor.SignInAsync(_server, "bob");

        var page = await bob.GetAsync(Delete);
        (await bob.SubmitAsync(page, Delete, ("current", "wrong"))).Is(HttpStatusCode.UnprocessableEntity);
        (await _server.GetAsync("/api/v1/timelines/home", "bob")).Is(HttpStatusCode.OK);
        var done = await bob.SubmitAsync(page, Delete, ("current", Right));

        done.Is(HttpStatusCode.OK);
        Assert.Contains("Your account is deleted", done.Body, StringComparison.Ordinal);
        (await _server.GetAsync("/api/v1/timelines/home", "bob")).Is(HttpStatusCode.Unauthorized);
        (await other.GetAsync(Settings)).Is(HttpStatusCode.SeeOther);
        await _server.Node.Removals.RemoveAllAsync(Ct);
        Assert.Null(await VerifyAsync("bob"));

        var id = new AccountId(int.Parse(_server["bob.id"], null));
        (await _server.GetAsync($"/api/v1/statuses/{_server["his"]}")).Is(HttpStatusCode.NotFound);
        Assert.Equal(0, (await _server.GetAsync($"/api/v1/statuses/{_server["hers"]}")).Json
            .GetProperty("favourites_count").GetInt32());
        var account = (await _server.GetAsync($"/api/v1/accounts/{alice}")).Json;
        Assert.Equal((0, 0), (
            account.GetProperty("followers_count").GetInt32(), account.GetProperty("following_count").GetInt32()));
        Assert.Empty((await _server.Node.Scheduled.List(new(id, 0, 0, false, 40), Call.Unbounded)).Posts);
        Assert.Empty((await _server.Node.Tags.Of(new(id), Call.Unbounded)).Followed);
        Assert.Empty(await _server.Node.Filters.All(new(id), Call.Unbounded));
        var taken = await _server.Node.Users.Create(
            new CreateAccount("bob", "another@example.org", "a long password"), Call.Unbounded);
        Assert.Equal("ERR_TAKEN", Assert.Single(taken.Errors).Code);
    }

    [Fact]
    public async Task The_last_owner_stays()
    {
        using var alice = await PageVisitor.SignInAsync(_server, "alice");
        var page = await alice.GetAsync(Delete);

        var refused = await alice.SubmitAsync(page, Delete, ("current", "the password of alice"));

        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains("Nobody else owns this community.", refused.Body, StringComparison.Ordinal);
        await _server.Node.Moderation.Change(new ChangeStanding(new AccountId(2), Role: AccountRole.Owner), Call.Unbounded);
        (await alice.SubmitAsync(page, Delete, ("current", "the password of alice"))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_forgot_the_password_reads_what_to_do()
    {
        using var stranger = new PageVisitor(_server);

        var page = await stranger.ReadAsync("/sign-in");

        Assert.Contains("roost accounts set-password", page, StringComparison.Ordinal);
        var asked = await stranger.GetAsync(Delete);
        Assert.Equal("/sign-in?return_to=%2Fsettings%2Fdelete", asked.Header("Location"));
    }

    private ValueTask<Account?> VerifyAsync(string login) =>
        _server.Node.Users.VerifyPassword(new VerifyPassword(login, Right), Call.Unbounded);
}
