using System.Net;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Search;
using Roost.Services.Users;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Reports, and the operations for those who look after the community. Alice is the owner.</summary>
public sealed class AdminTests : IAsyncLifetime
{
    private PopulatedServer _server = null!;

    private string Bob => _server["bob.id"];

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_report_is_filed_looked_after_and_answered()
    {
        await _server.WriteAsync("post", new { status = "rude" }, "bob");
        var filed = await _server.PostAsync("/api/v1/reports", new
        {
            account_id = Bob,
            comment = "rude words",
            status_ids = new[] { _server["post"] },
            category = "spam",
        }, "carol");
        filed.Is(HttpStatusCode.OK);
        Assert.Equal("spam", filed.Json.GetProperty("category").GetString());
        Assert.Equal("bob", filed.Json.GetProperty("target_account").GetProperty("username").GetString());

        var listed = Assert.Single((await AdminAsync("reports")).EnumerateArray());
        var path = $"reports/{listed.GetProperty("id").GetString()}";
        Assert.Equal(_server["post"], listed.GetProperty("statuses")[0].GetProperty("id").GetString());
        Assert.Equal("carol", listed.GetProperty("account").GetProperty("username").GetString());
        Assert.Equal("alice", (await DoAsync(path + "/assign_to_self"))
            .GetProperty("assigned_account").GetProperty("username").GetString());
        Assert.Equal(JsonValueKind.Null, (await DoAsync(path + "/unassign")).GetProperty("assigned_account").ValueKind);
        var resolved = await DoAsync(path + "/resolve");
        Assert.True(resolved.GetProperty("action_taken").GetBoolean());
        Assert.Equal("alice", resolved.GetProperty("action_taken_by_account").GetProperty("username").GetString());
        Assert.Equal(0, (await AdminAsync("reports")).GetArrayLength());
        Assert.Equal(1, (await AdminAsync("reports?resolved=true")).GetArrayLength());
        Assert.False((await DoAsync(path + "/reopen")).GetProperty("action_taken").GetBoolean());

        (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/action", new
        {
            type = "silence",
            report_id = listed.GetProperty("id").GetString(),
        })).Is(HttpStatusCode.OK);

        Assert.Equal(0, (await AdminAsync("reports")).GetArrayLength());
    }

    [Theory]
    [InlineData("""{"comment":"x"}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"account_id":"999"}""", HttpStatusCode.NotFound)]
    [InlineData("""{"account_id":"1"}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"account_id":"2","category":"taste"}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"account_id":"2","rule_ids":["9"]}""", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"account_id":"2","status_ids":["12345"]}""", HttpStatusCode.NotFound)]
    public async Task A_report_that_says_nothing_that_can_be_looked_into_is_refused(string json, HttpStatusCode status)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");

        var reply = await _server.SendAsync(HttpMethod.Post, "/api/v1/reports", "alice", content);

        reply.Is(status);
        Assert.NotEmpty(reply.Json.GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task Both_the_scope_and_the_role_are_needed_and_nobody_acts_on_their_equals()
    {
        foreach (var path in (string[])["accounts", "reports", "ip_blocks", "trends/tags"])
            (await _server.GetAsync($"/api/v1/admin/{path}", "bob")).Is(HttpStatusCode.Forbidden);
        var narrow = await _server.Node.Users.CreateToken(new CreateToken(0, new AccountId(1), "read write"), Call.Unbounded);
        _server["narrow"] = narrow.Value;
        (await _server.GetAsync("/api/v1/admin/accounts", "narrow")).Is(HttpStatusCode.Forbidden);

        await _server.Node.Moderation.Change(
            new ChangeStanding(new AccountId(int.Parse(Bob, null)), Role: AccountRole.Moderator), Call.Unbounded);

        (await _server.GetAsync("/api/v1/admin/accounts", "bob")).Is(HttpStatusCode.OK);
        (await _server.GetAsync("/api/v1/admin/ip_blocks", "bob")).Is(HttpStatusCode.Forbidden);
        (await _server.PostAsync($"/api/v1/admin/accounts/{_server["alice.id"]}/action", new { type = "suspend" }, "bob"))
            .Is(HttpStatusCode.Forbidden);
        (await _server.DeleteAsync($"/api/v1/admin/accounts/{_server["carol.id"]}", token: "bob"))
            .Is(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Accounts_are_found_acted_on_and_the_acts_written_down()
    {
        var bob = (await AdminAsync("accounts?email=bob@example.org"))[0];
        Assert.Equal(("bob", "bob@example.org"), (Text(bob, "username"), Text(bob, "email")));
        Assert.Equal("127.0.0.1", Text(bob, "ip"));
        Assert.Equal(3, (await AdminAsync("accounts")).GetArrayLength());
        Assert.Equal("alice", Text((await AdminAsync("accounts?staff=true"))[0], "username"));
        Assert.Equal(0, (await AdminAsync("accounts?remote=true")).GetArrayLength());
        var v2 = await _server.GetAsync("/api/v2/admin/accounts?origin=local&status=active&username=ca");
        Assert.Equal("carol", Text(v2.Json[0], "username"));

        foreach (var (type, undo, member) in (ValueTuple<string, string, string>[])
            [("sensitive", "unsensitive", "sensitized"), ("disable", "enable", "disabled"),
                ("silence", "unsilence", "silenced"), ("suspend", "unsuspend", "suspended")])
        {
            (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/action", new { type })).Is(HttpStatusCode.OK);
            Assert.True((await AdminAsync($"accounts/{Bob}")).GetProperty(member).GetBoolean(), member);
            Assert.False((await DoAsync($"accounts/{Bob}/{undo}")).GetProperty(member).GetBoolean(), member);
        }
        (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/unsuspend")).Is(HttpStatusCode.Forbidden);
        (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/action", new { type = "kick" }))
            .Is(HttpStatusCode.UnprocessableEntity);

        var noted = await _server.Node.Community.Actions(new ListActions(), Call.Unbounded);
        Assert.Equal(8, noted.Count);
        Assert.Equal((1, "unsuspend account", "bob"), (noted[0].Account.Value, noted[0].Action, noted[0].Target));
    }

    [Fact]
    public async Task A_deleted_account_is_gone_with_its_posts_and_ties()
    {
        await _server.WriteAsync("mine", new { status = "mine" });
        await _server.WriteAsync("post", new { status = "bob was here" }, "bob");
        (await _server.PostAsync($"/api/v1/statuses/{_server["mine"]}/reblog", token: "bob")).Is(HttpStatusCode.OK);
        (await _server.PostAsync($"/api/v1/accounts/{Bob}/follow")).Is(HttpStatusCode.OK);
        (await _server.PostAsync($"/api/v1/accounts/{_server["alice.id"]}/follow", token: "bob")).Is(HttpStatusCode.OK);

        (await _server.DeleteAsync($"/api/v1/admin/accounts/{Bob}")).Is(HttpStatusCode.Forbidden);
        (await _server.PostAsync($"/api/v1/admin/accounts/{Bob}/action", new { type = "suspend" })).Is(HttpStatusCode.OK);
        (await _server.DeleteAsync($"/api/v1/admin/accounts/{Bob}")).Is(HttpStatusCode.OK);
        await _server.Node.Removals.RemoveAllAsync(TestContext.Current.CancellationToken);

        (await _server.GetAsync($"/api/v1/statuses/{_server["post"]}")).Is(HttpStatusCode.NotFound);
        Assert.Equal(0, (await _server.GetAsync($"/api/v1/statuses/{_server["mine"]}")).Json
            .GetProperty("reblogs_count").GetInt32());
        var alice = (await _server.GetAsync($"/api/v1/accounts/{_server["alice.id"]}")).Json;
        Assert.Equal((0, 0), (
            alice.GetProperty("followers_count").GetInt32(), alice.GetProperty("following_count").GetInt32()));
        (await _server.GetAsync($"/api/v1/admin/accounts/{Bob}")).Is(HttpStatusCode.NotFound);
        Assert.Contains("taken", (await _server.PostAsync("/api/v1/accounts", new
        {
            username = "bob",
            email = "new@example.org",
            password = "a long password",
            agreement = true,
        }, "app")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ip_blocks", """{"ip":"10.0.0.7/8","severity":"sign_up_block","comment":"x"}""", "ip", "10.0.0.0/8", """{"comment":"y"}""")]
    [InlineData("domain_blocks", """{"domain":"Spam.example","severity":"suspend"}""", "domain", "spam.example", """{"severity":"silence"}""")]
    [InlineData("domain_allows", """{"domain":"good.example"}""", "domain", "good.example", """{}""")]
    [InlineData("email_domain_blocks", """{"domain":"mail.example"}""", "domain", "mail.example", """{}""")]
    public async Task A_block_is_made_listed_changed_and_removed(
        string kind, string json, string member, string value, string change)
    {
        var made = await SendAsync(HttpMethod.Post, $"/api/v1/admin/{kind}", json);
        made.Is(HttpStatusCode.OK);
        Assert.Equal(value, Text(made.Json, member));
        var path = $"/api/v1/admin/{kind}/{Text(made.Json, "id")}";
        (await SendAsync(HttpMethod.Post, $"/api/v1/admin/{kind}", json)).Is(HttpStatusCode.Conflict);
        (await SendAsync(HttpMethod.Post, $"/api/v1/admin/{kind}", "{}")).Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(value, Text(Assert.Single((await _server.GetAsync($"/api/v1/admin/{kind}")).Json.EnumerateArray()), member));

        (await SendAsync(HttpMethod.Put, path, change)).Is(HttpStatusCode.OK);
        Assert.Equal(value, Text((await _server.GetAsync(path)).Json, member));

        (await _server.DeleteAsync(path)).Is(HttpStatusCode.OK);
        (await _server.GetAsync(path)).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Who_is_blocked_cannot_sign_up_and_a_closed_address_gets_nothing()
    {
        await SendAsync(HttpMethod.Post, "/api/v1/admin/email_domain_blocks", """{"domain":"mail.example"}""");
        await SendAsync(HttpMethod.Post, "/api/v1/admin/canonical_email_blocks", """{"email":"te.st+spam@example.com"}""");
        Assert.Equal(1, (await SendAsync(
            HttpMethod.Post, "/api/v1/admin/canonical_email_blocks/test", """{"email":"Test@EXAMPLE.com"}""")).Json
            .GetArrayLength());
        (await SignUpAsync("dora", "dora@sub.mail.example")).Is(HttpStatusCode.UnprocessableEntity);
        (await SignUpAsync("dora", "test+x@example.com")).Is(HttpStatusCode.UnprocessableEntity);
        (await SignUpAsync("dora", "dora@example.com")).Is(HttpStatusCode.OK);

        var block = await SendAsync(
            HttpMethod.Post, "/api/v1/admin/ip_blocks", """{"ip":"127.0.0.1","severity":"sign_up_requires_approval"}""");
        var path = $"/api/v1/admin/ip_blocks/{Text(block.Json, "id")}";
        (await SignUpAsync("emil", "emil@example.com")).Is(HttpStatusCode.UnprocessableEntity);
        (await SendAsync(HttpMethod.Put, path, """{"severity":"sign_up_block"}""")).Is(HttpStatusCode.OK);
        (await SignUpAsync("finn", "finn@example.com")).Is(HttpStatusCode.UnprocessableEntity);
        (await SendAsync(HttpMethod.Put, path, """{"severity":"no_access"}""")).Is(HttpStatusCode.OK);

        var refused = await _server.GetAsync("/api/v1/timelines/home");

        refused.Is(HttpStatusCode.Forbidden);
        Assert.Contains("closed", refused.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_users_are_counted_by_the_day_on_which_they_joined()
    {
        var joined = (await AdminAsync("accounts")).EnumerateArray()
            .Select(account => account.GetProperty("created_at").GetDateTimeOffset().UtcDateTime.Date).ToArray();
        var day = joined.Max();
        string[] keys = ["new_users"];

        var measure = (await _server.PostAsync("/api/v1/admin/measures", new
        {
            start_at = $"{day.AddDays(-1):yyyy-MM-dd}",
            end_at = $"{day:yyyy-MM-dd}",
            keys,
        })).Json[0];

        string[] expected = [$"{joined.Count(at => at == day.AddDays(-1))}", $"{joined.Count(at => at == day)}"];
        Assert.NotEqual("0", expected[1]);
        Assert.Equal(expected, measure.GetProperty("data").EnumerateArray()
            .Select(one => one.GetProperty("value").GetString()));
    }

    [Fact]
    public async Task Who_came_what_was_done_and_what_there_is_are_counted()
    {
        var post = await _server.WriteAsync("counted", new { status = "count me #counted" });
        var id = post.Json.GetProperty("id").GetString();
        (await _server.PostAsync($"/api/v1/statuses/{id}/favourite", token: "bob")).Is(HttpStatusCode.OK);
        (await _server.PostAsync($"/api/v1/statuses/{id}/reblog", token: "carol")).Is(HttpStatusCode.OK);
        (await _server.PostAsync("/api/v1/statuses", new { status = "me too", in_reply_to_id = id }, "bob")).Is(
            HttpStatusCode.OK);
        await _server.Node.Search.Ingested(new AwaitIngest(), Call.Unbounded);
        var today = TimeProvider.System.GetUtcNow().UtcDateTime.Date;
        var range = new Dictionary<string, object>
        {
            // Midnight may come between.
            ["start_at"] = $"{today.AddDays(-2):yyyy-MM-dd}",
            ["end_at"] = $"{today.AddDays(1):yyyy-MM-dd}",
            ["keys"] = (string[])["active_users", "interactions", "tag_uses", "tag_accounts", "instance_accounts"],
            ["tag_uses"] = new { id = "counted" },
            ["tag_accounts"] = new { id = "counted" },
        };

        var totals = (await _server.PostAsync("/api/v1/admin/measures", range)).Json.EnumerateArray()
            .Select(measure => measure.GetProperty("total").GetString());
        range["keys"] = (string[])["sources", "servers", "space_usage", "tag_servers"];
        var dimensions = (await _server.PostAsync("/api/v1/admin/dimensions", range)).Json.EnumerateArray()
            .Select(dimension => dimension.GetProperty("data")).ToArray();
        range["frequency"] = "month";
        var cohorts = (await _server.PostAsync("/api/v1/admin/retention", range)).Json;

        Assert.Equal(["3", "3", "1", "1", "0"], totals);
        Assert.NotEqual(0, dimensions[0].GetArrayLength());
        Assert.Equal("3", dimensions[1][0].GetProperty("value").GetString());
        Assert.Contains("users.db", dimensions[2].EnumerateArray().Select(part => part.GetProperty("key").GetString()));
        Assert.Equal(0, dimensions[3].GetArrayLength());
        Assert.Equal(3, cohorts.EnumerateArray().Sum(cohort => cohort.GetProperty("data").EnumerateArray()
            .Sum(came => int.Parse(came.GetProperty("value").GetString()!, null))));
        Assert.Contains(1.0, cohorts.EnumerateArray().SelectMany(cohort => cohort.GetProperty("data").EnumerateArray())
            .Select(came => came.GetProperty("rate").GetDouble()));
    }

    [Fact]
    public async Task Figures_answer_and_a_rejected_tag_is_not_shown_any_more()
    {
        var range = new { start_at = "2026-11-01", end_at = "2026-11-03", keys = new[] { "opened_reports", "new_users" } };
        var measures = (await _server.PostAsync("/api/v1/admin/measures", range)).Json;
        Assert.Equal(3, measures[0].GetProperty("data").GetArrayLength());
        Assert.Equal("0", measures[1].GetProperty("total").GetString());
        (await _server.PostAsync("/api/v1/admin/dimensions", range)).Is(HttpStatusCode.OK);
        Assert.Equal(3, (await _server.PostAsync("/api/v1/admin/retention", range)).Json.GetArrayLength());
        (await _server.PostAsync("/api/v1/admin/measures", new { start_at = "soon" })).Is(HttpStatusCode.UnprocessableEntity);
        foreach (var kind in (string[])["tags", "links", "statuses"])
            (await _server.GetAsync($"/api/v1/admin/trends/{kind}")).Is(HttpStatusCode.OK);
        (await _server.PostAsync("/api/v1/admin/trends/tags/Rude/reject")).Is(HttpStatusCode.OK);
        var reviews = await _server.Node.Community.TrendReviews(new ListTrendReviews("tags"), Call.Unbounded);
        Assert.Equal(new TrendReview("rude", false), Assert.Single(reviews));
    }

    [Fact]
    public async Task A_hashtag_that_rises_is_rejected_by_its_id_and_approved_again()
    {
        foreach (var who in (string[])["alice", "bob", "carol"])
            (await _server.PostAsync("/api/v1/statuses", new { status = "see #Daytag" }, who)).Is(HttpStatusCode.OK);
        await _server.Node.Search.Ingested(new AwaitIngest(), Call.Unbounded);
        var tag = Assert.Single((await AdminAsync("trends/tags")).EnumerateArray());
        Assert.True(tag.GetProperty("trendable").GetBoolean() && tag.GetProperty("requires_review").GetBoolean());

        var rejected = await DoAsync($"trends/tags/{Text(tag, "id")}/reject");

        Assert.Equal(("Daytag", false), (Text(rejected, "name"), rejected.GetProperty("trendable").GetBoolean()));
        Assert.Equal("[]", (await _server.GetAsync("/api/v1/trends/tags", token: null)).Body);
        await DoAsync($"trends/tags/{Text(tag, "id")}/approve");
        Assert.Equal(1, (await _server.GetAsync("/api/v1/trends/tags", token: null)).Json.GetArrayLength());
    }

    private static string? Text(JsonElement of, string member) => of.GetProperty(member).GetString();

    private async Task<JsonElement> AdminAsync(string path)
    {
        var reply = await _server.GetAsync($"/api/v1/admin/{path}");
        reply.Is(HttpStatusCode.OK);
        return reply.Json;
    }

    private async Task<JsonElement> DoAsync(string path)
    {
        var reply = await _server.PostAsync($"/api/v1/admin/{path}");
        reply.Is(HttpStatusCode.OK);
        return reply.Json;
    }

    private async Task<Reply> SendAsync(HttpMethod method, string path, string json)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        return await _server.SendAsync(method, path, "alice", content);
    }

    private Task<Reply> SignUpAsync(string name, string email) => _server.PostAsync("/api/v1/accounts", new
    {
        username = name,
        email,
        password = "a long password",
        agreement = true,
    }, "app");
}
