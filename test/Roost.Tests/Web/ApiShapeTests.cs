using System.Net;
using System.Text.Json;
using Roost.Engine.Ids;
using Xunit;

namespace Roost.Tests.Web;

public sealed class ApiShapeTests
{
    private static readonly string[] _statusNonNull =
    [
        "id", "uri", "created_at", "account", "content", "visibility", "sensitive", "spoiler_text", "media_attachments",
        "mentions",
        "tags", "emojis", "reblogs_count", "favourites_count", "replies_count", "quotes_count", "quote_approval",
    ];
    private static readonly string[] _statusNullable =
        ["url", "in_reply_to_id", "in_reply_to_account_id", "reblog", "poll", "card", "language", "edited_at", "quote",
            "application"];
    private static readonly string[] _statusOfReader = ["favourited", "reblogged", "muted", "bookmarked", "filtered"];
    private static readonly string[] _accountNonNull =
    [
        "id", "username", "acct", "display_name", "locked", "bot", "group", "created_at", "note", "url", "uri",
        "avatar", "avatar_static",
        "header", "header_static", "followers_count", "following_count", "statuses_count", "emojis", "fields",
        "indexable", "roles",
    ];

    [Fact]
    public async Task A_status_has_every_field_that_strict_clients_need()
    {
        await using var host = await WebHost.StartAsync();
        var (alice, token) = Person(host, "alice");
        var post = host.Network.AddPost(alice, "hi #cats");
        var answer = host.Network.AddPost(alice, "yes", inReplyTo: post.Id);
        var boost = host.Network.AddBoost(alice, post.Id);

        foreach (var id in (PostId[])[post.Id, answer.Id, boost.Id])
        {
            var status = (await host.GetAsync($"/api/v1/statuses/{id}", token)).Json;
            HasShape(status);
            Assert.All(_statusOfReader, name =>
                Assert.NotEqual(JsonValueKind.Null, status.GetProperty(name).ValueKind));
        }
        var json = (await host.GetAsync($"/api/v1/statuses/{boost.Id}", token)).Json;
        var inner = json.GetProperty("reblog");
        HasShape(inner);
        Assert.Equal(JsonValueKind.Null, inner.GetProperty("reblog").ValueKind);
        Assert.Equal("", json.GetProperty("content").GetString());
        Assert.True(inner.GetProperty("reblogged").GetBoolean());
        Assert.Equal(1, inner.GetProperty("reblogs_count").GetInt32());
        Assert.Equal("cats", inner.GetProperty("tags")[0].GetProperty("name").GetString());
        var reply = (await host.GetAsync($"/api/v1/statuses/{answer.Id}")).Json;
        Assert.Equal(post.Id.ToString(), reply.GetProperty("in_reply_to_id").GetString());
        Assert.Equal("1", reply.GetProperty("in_reply_to_account_id").GetString());
        Assert.False(reply.TryGetProperty("favourited", out _), "A stranger has favourited nothing.");
    }

    [Fact]
    public async Task Posting_by_form_multipart_and_json_gives_the_same_status()
    {
        await using var host = await WebHost.StartAsync();
        var (_, token) = Person(host, "alice");
        host.Network.AddAccount("Bob");
        using var parts =
            new MultipartFormDataContent { { new StringContent("hi @bob"), "status" },
                { new StringContent("on"), "sensitive" } };

        var replies = new[]
        {
            await host.PostFormAsync("/api/v1/statuses", token, ("status", "hi @bob"), ("sensitive", "1")),
            await host.SendAsync(HttpMethod.Post, "/api/v1/statuses", token, parts),
            await host.PostJsonAsync(
                "/api/v1/statuses", token, """{"status":"hi @bob","sensitive":true,"media_ids":[],"poll":null}"""),
        };

        foreach (var reply in replies)
        {
            reply.Is(HttpStatusCode.OK);
            HasShape(reply.Json);
            Assert.True(reply.Json.GetProperty("sensitive").GetBoolean());
            Assert.Equal("Bob", reply.Json.GetProperty("mentions")[0].GetProperty("acct").GetString());
            Assert.Equal("Test app", reply.Json.GetProperty("application").GetProperty("name").GetString());
            Assert.Contains("href=\"http://roost.example:3000/@Bob\"", reply.Json.GetProperty("content").GetString(),
                StringComparison.Ordinal);
        }
        Assert.Equal(3, host.Network.FindCalls);
    }

    [Fact]
    public async Task The_same_idempotency_key_answers_the_same_status()
    {
        await using var host = await WebHost.StartAsync();
        var (_, token) = Person(host, "alice");
        Task<Reply> Post(string key) => host.SendAsync(
            HttpMethod.Post, "/api/v1/statuses", token, WebHost.FormOf(("status", "once")), ("Idempotency-Key", key));

        var first = (await Post("k")).Json.GetProperty("id").GetString();

        Assert.Equal(first, (await Post("k")).Json.GetProperty("id").GetString());
        Assert.NotEqual(first, (await Post("other")).Json.GetProperty("id").GetString());
    }

    [Fact]
    public async Task An_edit_and_a_deletion_are_seen_at_once()
    {
        await using var host = await WebHost.StartAsync();
        var (alice, token) = Person(host, "alice");
        var path = $"/api/v1/statuses/{host.Network.AddPost(alice, "furst").Id}";
        Assert.Contains("furst", (await host.GetAsync(path)).Body, StringComparison.Ordinal);

        var edited = await host.SendAsync(HttpMethod.Put, path, token, WebHost.FormOf(("status", "first")));
        Assert.Equal("<p>first</p>", edited.Json.GetProperty("content").GetString());
        Assert.NotNull(edited.Json.GetProperty("edited_at").GetString());
        Assert.Equal("first", (await host.GetAsync(path + "/source", token)).Json.GetProperty("text").GetString());

        var deleted = await host.SendAsync(HttpMethod.Delete, path, token, WebHost.FormOf(("delete_media", "true")));
        Assert.Equal("first", deleted.Json.GetProperty("text").GetString());
        HasShape(deleted.Json);
        (await host.GetAsync(path)).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Boosting_and_favouriting_and_their_undoing_answer_with_what_changed()
    {
        await using var host = await WebHost.StartAsync();
        var (_, token) = Person(host, "alice");
        var post = host.Network.AddPost(host.Network.AddAccount("bob").Id, "hi");
        async Task<JsonElement> Do(string verb) =>
            (await host.PostFormAsync($"/api/v1/statuses/{post.Id}/{verb}", token)).Json;

        var boost = await Do("reblog");
        Assert.Equal(post.Id.ToString(), boost.GetProperty("reblog").GetProperty("id").GetString());
        Assert.Equal("alice", boost.GetProperty("account").GetProperty("acct").GetString());
        Assert.True((await Do("favourite")).GetProperty("favourited").GetBoolean());
        Assert.False((await Do("unfavourite")).GetProperty("favourited").GetBoolean());
        var undone =
            (await host.PostFormAsync($"/api/v1/statuses/{boost.GetProperty("id").GetString()}/unreblog", token)).Json;
        Assert.Equal(post.Id.ToString(), undone.GetProperty("id").GetString());
        Assert.False(undone.GetProperty("reblogged").GetBoolean());
    }

    [Fact]
    public async Task A_context_has_what_is_above_and_below_in_order()
    {
        await using var host = await WebHost.StartAsync();
        var (alice, _) = Person(host, "alice");
        var top = host.Network.AddPost(alice, "1");
        var middle = host.Network.AddPost(alice, "2", inReplyTo: top.Id);
        var leaf = host.Network.AddPost(alice, "3", inReplyTo: middle.Id);

        var context = (await host.GetAsync($"/api/v1/statuses/{middle.Id}/context")).Json;

        Assert.Equal([top.Id.ToString()], IdsOf(context.GetProperty("ancestors")));
        Assert.Equal([leaf.Id.ToString()], IdsOf(context.GetProperty("descendants")));
    }

    [Fact]
    public async Task Accounts_have_every_field_and_their_counters_are_never_stale()
    {
        await using var host = await WebHost.StartAsync();
        var (alice, token) = Person(host, "alice");
        var bob = host.Network.AddAccount("bob").Id;
        var before = (await host.GetAsync($"/api/v1/accounts/{bob}")).Json;
        HasAccountShape(before);
        Assert.Equal(JsonValueKind.Null, before.GetProperty("last_status_at").ValueKind);

        host.Network.AddPost(bob, "hi");
        var relationship = (await host.PostFormAsync($"/api/v1/accounts/{bob}/follow", token)).Json;
        var after = (await host.GetAsync("/api/v1/accounts/lookup?acct=@BOB@roost.example:3000")).Json;

        Assert.True(relationship.GetProperty("following").GetBoolean());
        Assert.Equal(1, after.GetProperty("followers_count").GetInt32());
        Assert.Equal(1, after.GetProperty("statuses_count").GetInt32());
        Assert.Equal("2026-11-22", after.GetProperty("last_status_at").GetString());
        var me = (await host.GetAsync("/api/v1/accounts/verify_credentials", token)).Json;
        HasAccountShape(me);
        Assert.Equal("public", me.GetProperty("source").GetProperty("privacy").GetString());
        Assert.Equal("", me.GetProperty("source").GetProperty("note").GetString());
        Assert.NotEqual(JsonValueKind.Null, me.GetProperty("role").ValueKind);
        Assert.Equal(alice.ToString(), me.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Relationships_come_in_the_order_asked_with_every_member()
    {
        await using var host = await WebHost.StartAsync();
        var (alice, token) = Person(host, "alice");
        var bob = host.Network.AddAccount("bob").Id;
        var carol = host.Network.AddAccount("carol").Id;
        host.Network.AddFollow(bob, alice);

        var json = (await host.GetAsync($"/api/v1/accounts/relationships?id[]={carol}&id[]={bob}", token)).Json;
        var one = (await host.GetAsync($"/api/v1/accounts/relationships?id={bob}", token)).Json;

        Assert.Equal([carol.ToString(), bob.ToString()], IdsOf(json));
        Assert.True(json[1].GetProperty("followed_by").GetBoolean());
        Assert.Equal(1, one.GetArrayLength());
        foreach (var name in (string[])["following", "showing_reblogs", "notifying", "followed_by", "blocking",
            "blocked_by", "muting",
            "muting_notifications", "requested", "requested_by", "domain_blocking", "endorsed"])
            Assert.True(one[0].GetProperty(name).ValueKind is JsonValueKind.True or JsonValueKind.False, name);
        Assert.Equal("", one[0].GetProperty("note").GetString());
    }

    [Fact]
    public async Task An_app_registers_a_person_and_gets_a_token_that_acts_for_them()
    {
        await using var host = await WebHost.StartAsync();
        var app = host.Network.AddToken(default, "read write");

        var refused = await host.PostFormAsync(
            "/api/v1/accounts", app, ("username", ""), ("email", "a@b.example"), ("password", "short"),
            ("agreement", "true"));
        var unsigned =
            await host.PostFormAsync("/api/v1/accounts", app, ("username", "dora"), ("password", "long enough"));
        var made = await host.PostFormAsync(
            "/api/v1/accounts", app, ("username", "dora"), ("email", "d@b.example"), ("password", "long enough"),
            ("agreement", "1"));

        refused.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal("ERR_BLANK",
            refused.Json.GetProperty("details").GetProperty("username")[0].GetProperty("error").GetString());
        Assert.Equal("ERR_TOO_SHORT",
            refused.Json.GetProperty("details").GetProperty("password")[0].GetProperty("error").GetString());
        Assert.Equal("ERR_ACCEPTED",
            unsigned.Json.GetProperty("details").GetProperty("agreement")[0].GetProperty("error").GetString());
        var token = made.Json.GetProperty("access_token").GetString();
        Assert.Equal("dora",
            (await host.GetAsync("/api/v1/accounts/verify_credentials", token)).Json.GetProperty("acct").GetString());
    }

    [Fact]
    public async Task The_instance_tells_its_limits_in_both_versions_and_nodeinfo_its_software()
    {
        await using var host = await WebHost.StartAsync(o => o with { PostCharactersMax = 321 });

        var v2 = (await host.GetAsync("/api/v2/instance")).Json;
        var v1 = (await host.GetAsync("/api/v1/instance")).Json;
        var link =
            (await host.GetAsync("/.well-known/nodeinfo")).Json.GetProperty("links")[0].GetProperty("href").GetString();
        var node = (await host.GetAsync("/nodeinfo/2.0")).Json;

        Assert.Equal("roost.example:3000", v2.GetProperty("domain").GetString());
        Assert.Equal(321,
            v2.GetProperty("configuration").GetProperty("statuses").GetProperty("max_characters").GetInt32());
        Assert.Equal(23, v2.GetProperty("configuration").GetProperty("statuses")
            .GetProperty("characters_reserved_per_url").GetInt32());
        Assert.Equal("ws://roost.example:3000",
            v2.GetProperty("configuration").GetProperty("urls").GetProperty("streaming").GetString());
        foreach (var name in (string[])["title", "version", "source_url", "description", "usage", "thumbnail", "icon",
            "languages",
            "registrations", "api_versions", "contact", "rules"])
            Assert.NotEqual(JsonValueKind.Null, v2.GetProperty(name).ValueKind);
        foreach (var name in (string[])["uri", "title", "short_description", "description", "email", "version", "urls",
            "stats",
            "languages", "registrations", "approval_required", "invites_enabled", "configuration", "rules"])
            Assert.NotEqual(JsonValueKind.Null, v1.GetProperty(name).ValueKind);
        Assert.Equal("http://roost.example:3000/nodeinfo/2.0", link);
        Assert.Equal("mastodon", node.GetProperty("software").GetProperty("name").GetString());
        Assert.Equal("roost", node.GetProperty("metadata").GetProperty("server").GetProperty("name").GetString());
        Assert.True(node.GetProperty("openRegistrations").GetBoolean());
        Assert.Equal(
            v2.GetProperty("usage").GetProperty("users").GetProperty("active_month").GetInt32(),
            node.GetProperty("usage").GetProperty("users").GetProperty("activeMonth").GetInt32());
    }

    [Fact]
    public async Task What_cannot_exist_here_is_answered_as_none()
    {
        await using var host = await WebHost.StartAsync();
        var (_, token) = Person(host, "alice");

        foreach (var path in (string[])["custom_emojis", "announcements",
            "followed_tags", "bookmarks"])
            Assert.Equal("[]", (await host.GetAsync("/api/v1/" + path, token)).Body);
        Assert.True(
            (await host.GetAsync("/api/v1/preferences", token)).Json.TryGetProperty("posting:default:visibility",
                out _));
    }

    private static (AccountId Id, string Token) Person(WebHost host, string name)
    {
        var id = host.Network.AddAccount(name).Id;
        return (id, host.Network.AddToken(id, "read write follow"));
    }

    private static IEnumerable<string?> IdsOf(JsonElement list) =>
        list.EnumerateArray().Select(e => e.GetProperty("id").GetString());

    private static void HasShape(JsonElement status)
    {
        foreach (var name in _statusNonNull)
            Assert.True(status.TryGetProperty(name, out var v) && v.ValueKind != JsonValueKind.Null, name);
        foreach (var name in _statusNullable) Assert.True(status.TryGetProperty(name, out _), name);
        Assert.Equal(JsonValueKind.String, status.GetProperty("id").ValueKind);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", status.GetProperty("created_at").GetString());
        Assert.Equal(status.EnumerateObject().Count(), status.EnumerateObject().DistinctBy(m => m.Name).Count());
        HasAccountShape(status.GetProperty("account"));
    }

    private static void HasAccountShape(JsonElement account)
    {
        foreach (var name in _accountNonNull)
            Assert.True(account.TryGetProperty(name, out var v) && v.ValueKind != JsonValueKind.Null, name);
        Assert.True(account.TryGetProperty("last_status_at", out _));
        foreach (var name in (string[])["url", "avatar", "avatar_static", "header", "header_static"])
            Assert.True(Uri.TryCreate(account.GetProperty(name).GetString(), UriKind.Absolute, out _), name);
    }
}
