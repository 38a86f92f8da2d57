using System.Net;
using System.Text.Json;
using Roost.Rpc;
using Roost.Services.Notifications;
using Roost.Services.Users;
using Roost.Tests.Web.Conformance;
using Roost.Web.Notifications;
using Roost.Web.Pages.Languages;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>What accounts are told of what moderators do to them. Alice is the owner.</summary>
public sealed class WarningTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;

    private string Bob => _server["bob.id"];

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task An_action_with_words_is_a_notification_of_whom_it_is_about()
    {
        await _server.WriteAsync("post", new { status = "rude" }, "bob");
        var report = (await _server.PostAsync(
            "/api/v1/reports", new { account_id = Bob, status_ids = new[] { _server["post"] } }, "carol")).Json;

        await ActAsync(new { type = "silence", text = "Mind <the> rules.", report_id = report.GetProperty("id").GetString() });

        var notice = Assert.Single(await WarningsAsync("bob"));
        var warning = notice.GetProperty("moderation_warning");
        Assert.Equal("moderation_warning", Text(notice, "type"));
        Assert.Equal("bob", Text(notice.GetProperty("account"), "acct"));
        Assert.Equal(("silence", "Mind <the> rules."), (Text(warning, "action"), Text(warning, "text")));
        Assert.Equal("bob", Text(warning.GetProperty("target_account"), "acct"));
        Assert.Equal(_server["post"], Assert.Single(warning.GetProperty("status_ids").EnumerateArray()).GetString());
        Assert.Equal(JsonValueKind.Null, warning.GetProperty("appeal").ValueKind);
        var grouped = (await _server.GetAsync("/api/v2/notifications?types[]=moderation_warning", "bob")).Json;
        var group = Assert.Single(grouped.GetProperty("notification_groups").EnumerateArray());
        Assert.Equal("Mind <the> rules.", Text(group.GetProperty("moderation_warning"), "text"));
        Assert.Empty(await WarningsAsync("alice"));
        Assert.Empty((await _server.GetAsync(
            "/api/v1/notifications?exclude_types[]=moderation_warning", "bob")).Json.EnumerateArray());
    }

    [Theory]
    [InlineData("none")]
    [InlineData("sensitive")]
    [InlineData("disable")]
    [InlineData("silence")]
    [InlineData("suspend")]
    public async Task Every_action_is_told_once_it_can_be_read(string type)
    {
        await ActAsync(new { type, text = "so" });
        foreach (var undo in (string[])["enable", "unsilence", "unsensitive"])
            (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/{undo}")).Is(HttpStatusCode.OK);
        if (type == "suspend")
        {
            (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/unsuspend")).Is(HttpStatusCode.OK);
            _server.Keep("bob", await _server.TokenAsync(
                new { grant_type = "password", username = "bob", password = "the password of bob" }), "access_token");
        }

        var told = Assert.Single(await WarningsAsync("bob"));

        Assert.Equal(type, Text(told.GetProperty("moderation_warning"), "action"));
    }

    [Fact]
    public async Task Who_is_not_to_be_told_is_not_and_what_is_refused_changes_nothing()
    {
        await ActAsync(new { type = "sensitive", text = "quietly", send_email_notification = false });
        Assert.Empty(await WarningsAsync("bob"));

        foreach (var (body, status) in (ValueTuple<object, HttpStatusCode>[])
            [(new { type = "silence", report_id = "77" }, HttpStatusCode.NotFound),
                (new { type = "silence", text = new string('x', 2_001) }, HttpStatusCode.UnprocessableEntity),
                (new { type = "kick" }, HttpStatusCode.UnprocessableEntity)])
            (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/action", body)).Is(status);

        Assert.False((await _server.GetAsync($"/api/v1/admin/accounts/{Bob}")).Json.GetProperty("silenced").GetBoolean());
        Assert.Empty(await WarningsAsync("bob"));
    }

    [Fact]
    public async Task Whoever_acts_answers_all_that_is_reported_and_whoever_warns_only_what_they_name()
    {
        string[] reports = [await FileAsync(), await FileAsync(), await FileAsync()];

        await ActAsync(new { type = "none", report_id = reports[1] });
        Assert.Equal([reports[2], reports[0]], await OpenAsync());
        await ActAsync(new { type = "silence" });

        Assert.Empty(await OpenAsync());

        async Task<string> FileAsync() =>
            Text((await _server.PostAsync("/api/v1/reports", new { account_id = Bob }, "carol")).Json, "id")!;

        async Task<string?[]> OpenAsync() =>
            [.. (await _server.GetAsync("/api/v1/admin/reports")).Json.EnumerateArray().Select(one => Text(one, "id"))];
    }

    [Fact]
    public async Task The_page_of_notifications_says_it_in_the_readers_language()
    {
        await ActAsync(new { type = "silence", text = "Mind <the> rules." });
        await _server.Node.Notifications.Caught(new AwaitNotices(), Call.Unbounded);
        using var bob = await PageVisitor.SignInAsync(_server, "bob");

        var english = await bob.ReadAsync("/notifications");
        var french = (await bob.GetAsync("/notifications", ("Accept-Language", "fr"))).Body;

        Assert.Contains("only your followers see you in public places", english, StringComparison.Ordinal);
        Assert.Contains("<p>Mind &lt;the&gt; rules.</p>", english, StringComparison.Ordinal);
        Assert.Contains("La modération a décidé", WebUtility.HtmlDecode(french), StringComparison.Ordinal);
        Assert.All(WarningWords.All, words => Assert.Contains(words, Language.French.Keys));
    }

    [Theory]
    [InlineData("suspend", "@bob is suspended")]
    [InlineData("disable", "@bob is disabled")]
    public async Task Who_is_kept_out_reads_why_and_whom_to_ask_whether_signed_in_or_not(string type, string title)
    {
        using var bob = await PageVisitor.SignInAsync(_server, "bob");
        var compose = await bob.GetAsync("/compose");
        await ActAsync(new { type, text = "You <sold> things." });

        (await bob.SubmitAsync(compose, "/compose", ("status", "still here"))).Is(HttpStatusCode.Forbidden);
        var asked = (await bob.GetAsync("/settings")).Header("Location")!;
        var told = await bob.GetAsync(asked);
        Assert.Equal("/standing", asked);
        Assert.Contains("You cannot use your account now.", await bob.ReadAsync("/local"), StringComparison.Ordinal);
        told.Is(HttpStatusCode.Forbidden);
        using var again = new PageVisitor(_server);
        var refused = await again.SubmitAsync(
            await again.GetAsync("/sign-in"), "/sign-in", ("login", "bob"), ("password", "the password of bob"));
        refused.Is(HttpStatusCode.Forbidden);
        foreach (var page in (string[])[told.Body, refused.Body])
        {
            Assert.Contains(title, page, StringComparison.Ordinal);
            Assert.Contains("You &lt;sold&gt; things.", page, StringComparison.Ordinal);
            Assert.Contains("If you think that this is wrong", page, StringComparison.Ordinal);
        }
        var french = WebUtility.HtmlDecode((await bob.GetAsync("/standing", ("Accept-Language", "fr"))).Body);
        Assert.Contains("Ce que dit la modération", french, StringComparison.Ordinal);
        (await bob.SubmitAsync(told, "/sign-out")).Is(HttpStatusCode.SeeOther);
        Assert.Equal("/", (await bob.GetAsync("/standing")).Header("Location"));
        Assert.DoesNotContain("You cannot use", await bob.ReadAsync("/local"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Being_disabled_outlives_a_suspension_and_waiting_to_be_let_in_does_too()
    {
        await ActAsync(new { type = "disable" });
        await ActAsync(new { type = "suspend" });
        Assert.Equal((true, true), await StandsAsync());
        (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/unsuspend")).Is(HttpStatusCode.OK);
        Assert.Equal((true, false), await StandsAsync());
        (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/enable")).Is(HttpStatusCode.OK);
        Assert.Equal((false, false), await StandsAsync());
        (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/enable")).Is(HttpStatusCode.OK);

        var asked = (await _server.Node.Users.Create(
            new CreateAccount("dora", "dora@example.org", "a long password") { NeedsApproval = true, Reason = "birds" },
            Call.Unbounded)).Account!;
        var path = $"/api/v1/admin/accounts/{asked.Id}";
        (await _server.PostAsync($"{path}/action", new { type = "suspend" })).Is(HttpStatusCode.OK);
        (await _server.PostAsync($"{path}/unsuspend")).Is(HttpStatusCode.OK);
        Assert.False((await _server.GetAsync(path)).Json.GetProperty("approved").GetBoolean());
        (await _server.PostAsync($"{path}/approve")).Is(HttpStatusCode.OK);
        (await _server.PostAsync($"{path}/approve")).Is(HttpStatusCode.Forbidden);

        async Task<(bool Disabled, bool Suspended)> StandsAsync()
        {
            var account = (await _server.GetAsync($"/api/v1/admin/accounts/{Bob}")).Json;
            return (account.GetProperty("disabled").GetBoolean(), account.GetProperty("suspended").GetBoolean());
        }
    }

    private async Task ActAsync(object body) =>
        (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/action", body)).Is(HttpStatusCode.OK);

    private async Task<JsonElement[]> WarningsAsync(string name)
    {
        await _server.Node.Notifications.Caught(new AwaitNotices(), Call.Unbounded);
        var page = await _server.GetAsync("/api/v1/notifications?types[]=moderation_warning", name);
        page.Is(HttpStatusCode.OK);
        return [.. page.Json.EnumerateArray()];
    }

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();
}
