using System.Net;
using System.Text.Json;
using Roost.Tests.Web.Conformance;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Blocks, mutes, lists and their like over the client API of a whole server.</summary>
public sealed class RelationsTests : IAsyncLifetime
{
    private static readonly string[] _languages = ["en", "DE"];

    private PopulatedServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PopulatedServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_relationship_tells_the_truth_in_every_member()
    {
        await OnAsync("bob", "follow", new { reblogs = false, notify = true, languages = _languages });
        await OnAsync("bob", "note", new { comment = "a friend" });
        await OnAsync("bob", "pin");
        var followed = await OnAsync("bob", "mute", new { notifications = false, duration = 60 });

        Assert.True(followed.GetProperty("following").GetBoolean());
        Assert.False(followed.GetProperty("showing_reblogs").GetBoolean());
        Assert.True(followed.GetProperty("notifying").GetBoolean());
        Assert.Equal("""["de","en"]""", followed.GetProperty("languages").GetRawText());
        Assert.True(followed.GetProperty("muting").GetBoolean());
        Assert.False(followed.GetProperty("muting_notifications").GetBoolean());
        Assert.EndsWith("Z", followed.GetProperty("muting_expires_at").GetString());
        Assert.True(followed.GetProperty("endorsed").GetBoolean());
        Assert.Equal("a friend", followed.GetProperty("note").GetString());
        var other = await RelationshipAsync("bob", "alice");
        Assert.True(other.GetProperty("followed_by").GetBoolean());
        Assert.False(other.GetProperty("muting").GetBoolean());

        var blocked = await OnAsync("bob", "block");

        foreach (var name in (string[])["following", "showing_reblogs", "notifying", "endorsed", "blocked_by"])
            Assert.False(blocked.GetProperty(name).GetBoolean(), name);
        Assert.True(blocked.GetProperty("blocking").GetBoolean());
        Assert.True((await RelationshipAsync("bob", "alice")).GetProperty("blocked_by").GetBoolean());
    }

    [Fact]
    public async Task Who_is_blocked_finds_neither_posts_nor_a_way_to_follow_or_answer()
    {
        await _server.WriteAsync("post", new { status = "good morning" });
        await _server.WriteAsync("answer", new { status = "@alice yes", in_reply_to_id = _server["post"] }, "carol");
        await OnAsync("bob", "block");
        var post = _server["post"];

        Assert.Equal(HttpStatusCode.Forbidden, (await FollowAsync("bob", "alice")).Status);
        foreach (var path in (string[])[$"statuses/{post}", $"statuses/{post}/context"])
            Assert.Equal(HttpStatusCode.NotFound, (await _server.GetAsync($"/api/v1/{path}", "bob")).Status);
        foreach (var action in (string[])["favourite", "reblog"])
        {
            Assert.Equal(
                HttpStatusCode.NotFound, (await _server.PostAsync($"/api/v1/statuses/{post}/{action}", token: "bob")).Status);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await _server.PostAsync(
            "/api/v1/statuses", new { status = "@alice no", in_reply_to_id = post }, "bob")).Status);
        Assert.Equal("[]", (await _server.GetAsync($"/api/v1/accounts/{_server["alice.id"]}/statuses", "bob")).Body);
        Assert.DoesNotContain(post, (await _server.GetAsync("/api/v1/timelines/public", "bob")).Body);
        var context = await _server.GetAsync($"/api/v1/statuses/{_server["answer"]}/context", "bob");
        Assert.Empty(context.Json.GetProperty("ancestors").EnumerateArray());
    }

    [Fact]
    public async Task Whom_one_blocks_is_gone_from_timelines_and_threads_but_can_be_looked_at()
    {
        await _server.WriteAsync("post", new { status = "good morning" });
        await _server.WriteAsync("answer", new { status = "@alice yes", in_reply_to_id = _server["post"] }, "bob");
        await OnAsync("bob", "block");

        Assert.DoesNotContain(_server["answer"], (await _server.GetAsync("/api/v1/timelines/home")).Body);
        Assert.Empty((await _server.GetAsync($"/api/v1/statuses/{_server["post"]}/context"))
            .Json.GetProperty("descendants").EnumerateArray());
        Assert.Equal(HttpStatusCode.OK, (await _server.GetAsync($"/api/v1/statuses/{_server["answer"]}")).Status);
        Assert.Contains(
            _server["answer"], (await _server.GetAsync($"/api/v1/accounts/{_server["bob.id"]}/statuses")).Body);
    }

    [Fact]
    public async Task A_request_to_follow_waits_for_its_answer()
    {
        var alice = _server["alice.id"];
        await ChangeAsync("bob", new { locked = true });
        await OnAsync("bob", "follow");

        Assert.True((await RelationshipAsync("alice", "bob")).GetProperty("requested").GetBoolean());
        Assert.True((await RelationshipAsync("bob", "alice")).GetProperty("requested_by").GetBoolean());
        var waiting = await _server.GetAsync("/api/v1/follow_requests", "bob");
        Assert.Equal(alice, Assert.Single(waiting.Json.EnumerateArray()).GetProperty("id").GetString());
        var source = await _server.GetAsync("/api/v1/accounts/verify_credentials", "bob");
        Assert.Equal(1, source.Json.GetProperty("source").GetProperty("follow_requests_count").GetInt32());

        var answered = await _server.PostAsync($"/api/v1/follow_requests/{alice}/authorize", token: "bob");

        Assert.True(answered.Json.GetProperty("followed_by").GetBoolean());
        Assert.False(answered.Json.GetProperty("requested_by").GetBoolean());
        Assert.Equal(HttpStatusCode.NotFound,
            (await _server.PostAsync($"/api/v1/follow_requests/{alice}/reject", token: "bob")).Status);
    }

    [Fact]
    public async Task A_list_shows_its_members_and_an_exclusive_one_takes_them_from_home()
    {
        await OnAsync("bob", "follow");
        await _server.WriteAsync("post", new { status = "good morning" }, "bob");
        _server.Keep("list", await _server.PostAsync("/api/v1/lists", new { title = " Choir ", exclusive = true }));
        var list = $"/api/v1/lists/{_server["list"]}";
        var member = new { account_ids = new[] { _server["bob.id"] } };

        (await _server.PostAsync($"{list}/accounts", member)).Is(HttpStatusCode.OK);

        Assert.Contains(
            _server["post"], (await _server.GetAsync($"/api/v1/timelines/list/{_server["list"]}")).Body);
        Assert.DoesNotContain(_server["post"], (await _server.GetAsync("/api/v1/timelines/home")).Body);
        (await _server.PostAsync($"{list}/accounts", member)).Is(HttpStatusCode.UnprocessableEntity);
        (await _server.PostAsync($"{list}/accounts", new { account_ids = new[] { _server["carol.id"] } }))
            .Is(HttpStatusCode.NotFound);

        (await _server.PutAsync(list, new { exclusive = false })).Is(HttpStatusCode.OK);

        Assert.Contains(_server["post"], (await _server.GetAsync("/api/v1/timelines/home")).Body);
        foreach (var path in (string[])[list, $"{list}/accounts", $"/api/v1/timelines/list/{_server["list"]}"])
            (await _server.GetAsync(path, "carol")).Is(HttpStatusCode.NotFound);
        (await _server.DeleteAsync(list, token: "carol")).Is(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("accounts/{bob}/mute", """{"duration":"soon"}""")]
    [InlineData("accounts/{bob}/mute", """{"duration":99999999999999999}""")]
    [InlineData("accounts/{bob}/pin", "{}")]
    [InlineData("accounts/{bob}/follow", """{"languages":["no such language"]}""")]
    [InlineData("lists", """{"title":" "}""")]
    [InlineData("lists", """{"title":"a","replies_policy":"all"}""")]
    [InlineData("domain_blocks", """{"domain":"not a domain"}""")]
    [InlineData("domain_blocks", "{}")]
    public async Task What_makes_no_sense_is_refused_and_changes_nothing(string path, string json)
    {
        var reply = await _server.PostAsync(
            $"/api/v1/{path.Replace("{bob}", _server["bob.id"])}", JsonSerializer.Deserialize<JsonElement>(json));

        reply.Is(HttpStatusCode.UnprocessableEntity);
        Assert.NotEqual("", reply.Json.GetProperty("error").GetString());
        Assert.False((await RelationshipAsync("alice", "bob")).GetProperty("muting").GetBoolean());
    }

    [Fact]
    public async Task Who_unlocks_accepts_all_that_have_asked()
    {
        await ChangeAsync("bob", new { locked = true });
        await OnAsync("bob", "follow");
        Assert.False((await RelationshipAsync("alice", "bob")).GetProperty("following").GetBoolean());

        (await ChangeAsync("bob", new { locked = false })).Is(HttpStatusCode.OK);

        Assert.True((await RelationshipAsync("alice", "bob")).GetProperty("following").GetBoolean());
        Assert.Equal("[]", (await _server.GetAsync("/api/v1/follow_requests", "bob")).Body);
    }

    [Fact]
    public async Task An_account_says_of_itself_what_it_can_and_is_told_what_it_cannot()
    {
        var changed = await ChangeAsync("bob", new { display_name = " Bob ", note = "sings", bot = true, discoverable = false });

        changed.Is(HttpStatusCode.OK);
        Assert.Equal("Bob", changed.Json.GetProperty("display_name").GetString());
        Assert.Equal("sings", changed.Json.GetProperty("source").GetProperty("note").GetString());
        Assert.True((await _server.GetAsync($"/api/v1/accounts/{_server["bob.id"]}", null)).Json.GetProperty("bot")
            .GetBoolean());
        foreach (var refused in (object[])[
            new { display_name = new string('x', 31) }, new { note = new string('x', 501) }, new { locked = "maybe" },
            new { source = new { privacy = "secret" } }, new { avatar = "data" }])
        {
            (await ChangeAsync("bob", refused)).Is(HttpStatusCode.UnprocessableEntity);
        }
    }

    [Fact]
    public async Task Nobody_relates_to_themself()
    {
        foreach (var action in (string[])["block", "mute", "pin", "follow"])
        {
            (await _server.PostAsync($"/api/v1/accounts/{_server["alice.id"]}/{action}"))
                .Is(HttpStatusCode.Forbidden);
        }
    }

    private async Task<JsonElement> OnAsync(string other, string action, object? json = null)
    {
        var reply = await _server.PostAsync($"/api/v1/accounts/{_server[$"{other}.id"]}/{action}", json);
        reply.Is(HttpStatusCode.OK);
        return reply.Json;
    }

    private Task<Reply> FollowAsync(string follower, string followee) =>
        _server.PostAsync($"/api/v1/accounts/{_server[$"{followee}.id"]}/follow", token: follower);

    private async Task<JsonElement> RelationshipAsync(string of, string to)
    {
        var reply = await _server.GetAsync($"/api/v1/accounts/relationships?id[]={_server[$"{to}.id"]}", of);
        return reply.Json[0];
    }

    private Task<Reply> ChangeAsync(string name, object changes) =>
        _server.PatchAsync("/api/v1/accounts/update_credentials", changes, name);
}
