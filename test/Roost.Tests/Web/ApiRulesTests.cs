using System.Net;
using System.Text;
using Roost.Rpc;
using Roost.Services.Posts;
using Xunit;

namespace Roost.Tests.Web;

public sealed class ApiRulesTests
{
    [Fact]
    public async Task A_timeline_is_walked_down_by_next_and_up_by_prev_without_gap_or_repeat()
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        var token = host.Network.AddToken(alice, "read");
        var ids = Enumerable.Range(0, 25).Select(i => host.Network.AddPost(alice, $"post {i}").Id.ToString()).Reverse()
            .ToArray();

        var seen = new List<string>();
        string? next = "/api/v1/timelines/home?limit=10", last = null;
        while (next is not null)
        {
            var page = await host.GetAsync(next, token);
            seen.AddRange(page.Json.EnumerateArray().Select(s => s.GetProperty("id").GetString()!));
            last = page.Header("Link")!;
            next = LinkOf(last, "next");
        }
        var up = await host.GetAsync(LinkOf(last!, "prev")!, token);

        Assert.Equal(ids, seen);
        Assert.Equal(ids[10..20], up.Json.EnumerateArray().Select(s => s.GetProperty("id").GetString()));
        Assert.Contains("limit=10&min_id=", last, StringComparison.Ordinal);
        Assert.StartsWith("<http://roost.example:3000/api/v1/timelines/home?", last, StringComparison.Ordinal);
        var newest = await host.GetAsync($"/api/v1/timelines/home?since_id={ids[3]}&limit=2", token);
        Assert.Equal(ids[..2], newest.Json.EnumerateArray().Select(s => s.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Followers_are_paged_by_the_follows_own_ids()
    {
        await using var host = await WebHost.StartAsync();
        var star = host.Network.AddAccount("star").Id;
        for (var i = 0; i < 5; i++) host.Network.AddFollow(host.Network.AddAccount($"fan{i}").Id, star);

        var first = await host.GetAsync($"/api/v1/accounts/{star}/followers?limit=3");
        var second = await host.GetAsync(LinkOf(first.Header("Link")!, "next")!);

        Assert.Equal(["fan4", "fan3", "fan2"],
            first.Json.EnumerateArray().Select(a => a.GetProperty("acct").GetString()));
        Assert.Equal(["fan1", "fan0"], second.Json.EnumerateArray().Select(a => a.GetProperty("acct").GetString()));
        Assert.Null(LinkOf(second.Header("Link")!, "next"));
    }

    [Fact]
    public async Task Links_keep_all_parameters_but_the_cursors_escaped()
    {
        await using var host = await WebHost.StartAsync();
        host.Network.AddPost(host.Network.AddAccount("alice").Id, "hello");

        var reply = await host.GetAsync(
            "/api/v1/timelines/public?since_id=1&limit=5&q=%22a%26b%3E%22&q=%C3%A9+e&none=");

        var link = LinkOf(reply.Header("Link")!, "prev");
        Assert.Contains(
            "/public?limit=5&q=%22a%26b%3E%22&q=%C3%A9%20e&none=&min_id=", link, StringComparison.Ordinal);
        Assert.DoesNotContain("since_id", link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_page_has_no_links()
    {
        await using var host = await WebHost.StartAsync();

        var reply = await host.GetAsync("/api/v1/timelines/public");

        Assert.Equal("[]", reply.Body);
        Assert.Null(reply.Header("Link"));
    }

    [Theory]
    [InlineData("read:statuses", true)]
    [InlineData("read", true)]
    [InlineData("read:accounts", false)]
    [InlineData("write", false)]
    [InlineData("readx", false)]
    public async Task Scopes_cover_what_is_below_them_and_nothing_else(string scopes, bool isAllowed)
    {
        await using var host = await WebHost.StartAsync();
        var token = host.Network.AddToken(host.Network.AddAccount("alice").Id, scopes);

        var reply = await host.GetAsync("/api/v1/timelines/home", token);

        reply.Is(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
        if (!isAllowed)
            Assert.Equal("This action is outside the authorized scopes", reply.Json.GetProperty("error").GetString());
    }

    [Fact]
    public async Task The_old_follow_scope_follows_and_profile_sees_only_who_one_is()
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        var bob = host.Network.AddAccount("bob").Id;
        var follow = host.Network.AddToken(alice, "follow");
        var profile = host.Network.AddToken(alice, "profile");

        (await host.PostFormAsync($"/api/v1/accounts/{bob}/follow", follow)).Is(HttpStatusCode.OK);
        (await host.GetAsync("/api/v1/accounts/verify_credentials", profile)).Is(HttpStatusCode.OK);
        (await host.GetAsync("/api/v1/timelines/home", profile)).Is(HttpStatusCode.Forbidden);
        (await host.PostFormAsync($"/api/v1/accounts/{alice}/follow", follow)).Is(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Without_a_persons_token_the_home_timeline_is_refused()
    {
        await using var host = await WebHost.StartAsync();

        var none = await host.GetAsync("/api/v1/timelines/home");
        var wrong = await host.GetAsync("/api/v1/timelines/home", "no-such-token");
        var apps = await host.GetAsync("/api/v1/timelines/home", host.Network.AddToken(default, "read"));

        none.Is(HttpStatusCode.Unauthorized);
        Assert.Equal(
            "This needs an access token: send \"Authorization: Bearer TOKEN\"", none.Json.GetProperty("error").GetString());
        wrong.Is(HttpStatusCode.Unauthorized);
        Assert.Equal("The access token is invalid", wrong.Json.GetProperty("error").GetString());
        apps.Is(HttpStatusCode.UnprocessableEntity);
        // A wrong token is no stranger: it is told so, rather than shown less.
        (await host.GetAsync("/api/v1/timelines/public", "no-such-token")).Is(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("GET", "/api/v1/no_such_thing")]
    [InlineData("PATCH", "/api/v1/statuses")]
    [InlineData("GET", "/api")]
    [InlineData("GET", "/api/v1/accounts/abc")]
    [InlineData("GET", "/api/v1/accounts/999")]
    [InlineData("GET", "/api/v1/statuses/99999")]
    [InlineData("GET", "/api/v1/statuses/99999/context")]
    [InlineData("GET", "/api/v1/accounts/lookup?acct=nobody")]
    [InlineData("GET", "/api/v1/accounts/lookup?acct=alice@far.example")]
    [InlineData("GET", "/api/v1/accounts/999/followers")]
    [InlineData("GET", "/api/v1/accounts/999/statuses")]
    [InlineData("POST", "/api/v1/accounts/999/follow")]
    [InlineData("POST", "/api/v1/statuses/99999/reblog")]
    [InlineData("POST", "/api/v1/statuses/99999/favourite")]
    [InlineData("POST", "/api/v1/statuses/99999/unfavourite")]
    [InlineData("DELETE", "/api/v1/statuses/99999")]
    [InlineData("GET", "/nodeinfo/9.9")]
    public async Task What_is_not_there_is_a_json_404(string method, string path)
    {
        await using var host = await WebHost.StartAsync();
        var token = host.Network.AddToken(host.Network.AddAccount("alice").Id, "read write");

        var reply = await host.SendAsync(new HttpMethod(method), path, token, null);

        reply.Is(HttpStatusCode.NotFound);
        Assert.Equal("Record not found", reply.Json.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("status=", "blank")]
    [InlineData("status=hi&visibility=everyone", "everyone")]
    [InlineData("status=hi&media_ids[]=x", "media id")]
    [InlineData("status=hi&poll[options][]=a", "poll")]
    [InlineData("status=hi&scheduled_at=someday", "scheduled_at")]
    [InlineData("status=hi&language=english!", "language")]
    [InlineData("status=hi&sensitive=maybe", "sensitive")]
    [InlineData("status=hi&in_reply_to_id=x", "in_reply_to_id")]
    public async Task A_wrong_status_is_refused_with_a_reason(string form, string word)
    {
        await using var host = await WebHost.StartAsync();
        var token = host.Network.AddToken(host.Network.AddAccount("alice").Id, "write");

        var reply = await host.SendAsync(HttpMethod.Post, "/api/v1/statuses", token,
            new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"));

        reply.Is(HttpStatusCode.UnprocessableEntity);
        Assert.Contains(word, reply.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/timelines/home?limit=0")]
    [InlineData("/api/v1/timelines/home?limit=ten")]
    [InlineData("/api/v1/timelines/home?max_id=abc")]
    [InlineData("/api/v1/timelines/public?local=perhaps&remote=perhaps")]
    [InlineData("/api/v1/timelines/link")]
    [InlineData("/api/v1/timelines/link?url=choir")]
    [InlineData("/api/v1/accounts/1/followers?max_id=-4")]
    [InlineData("/api/v1/accounts/lookup")]
    public async Task A_wrong_parameter_is_named(string path)
    {
        await using var host = await WebHost.StartAsync();
        var token = host.Network.AddToken(host.Network.AddAccount("alice").Id, "read");

        (await host.GetAsync(path, token)).Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Bodies_that_cannot_be_read_are_refused_in_words()
    {
        await using var host = await WebHost.StartAsync();
        var token = host.Network.AddToken(host.Network.AddAccount("alice").Id, "write");

        (await host.PostJsonAsync("/api/v1/statuses", token, "{\"status\":")).Is(HttpStatusCode.BadRequest);
        (await host.PostJsonAsync("/api/v1/statuses", token, "{\"status\":\"\\ud83d\"}"))
            .Is(HttpStatusCode.BadRequest);
        using var torn = new StringContent("--b\r\nContent-Disposition: form-data; name=\"status\"\r\n\r\nhi");
        torn.Headers.ContentType =
            System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        (await host.SendAsync(HttpMethod.Post, "/api/v1/statuses", token, torn)).Is(HttpStatusCode.BadRequest);
        (await host.PostJsonAsync("/api/v1/statuses", token, "[1]")).Is(HttpStatusCode.UnprocessableEntity);
        (await host.SendAsync(HttpMethod.Post, "/api/v1/statuses", token,
            new StringContent("hi", Encoding.UTF8, "text/plain")))
            .Is(HttpStatusCode.UnprocessableEntity);
        (await host.PostFormAsync("/api/v1/statuses", token, ("status", new string('x', 501))))
            .Is(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_before_it_is_sent()
    {
        await using var host = await WebHost.StartAsync();
        var token = host.Network.AddToken(host.Network.AddAccount("alice").Id, "write");

        // A client that does not ask first may find the connection closed while it is still sending.
        var huge = await host.SendAsync(
            HttpMethod.Post, "/api/v1/statuses", token, new StringContent(
                new string('x', 2 << 20), Encoding.UTF8, "application/json"),
            ("Expect", "100-continue"));

        huge.Is(HttpStatusCode.RequestEntityTooLarge);
        Assert.NotNull(huge.Json.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData(2 << 20, true)]
    [InlineData(1 << 20, false)]
    public async Task Whoever_sends_more_than_is_read_is_told_that_the_connection_ends(int bytes, bool ends)
    {
        await using var host = await WebHost.StartAsync();

        var refused = await host.SendAsync(
            HttpMethod.Post, "/api/v1/statuses", null, new StringContent(
                new string('x', bytes), Encoding.UTF8, "application/json"),
            ("Expect", "100-continue"));

        refused.Is(HttpStatusCode.Unauthorized);
        Assert.Equal(ends, refused.Headers.TryGetValue("Connection", out var said) && said is ["close"]);
    }

    [Theory]
    [InlineData(ErrorCode.Invalid, 422)]
    [InlineData(ErrorCode.Forbidden, 403)]
    [InlineData(ErrorCode.NotFound, 404)]
    [InlineData(ErrorCode.DeadlineExceeded, 503)]
    [InlineData(ErrorCode.Overloaded, 503)]
    [InlineData(ErrorCode.Unavailable, 503)]
    [InlineData(ErrorCode.StorageFull, 503)]
    [InlineData(ErrorCode.DataDamaged, 500)]
    [InlineData(ErrorCode.Internal, 500)]
    public async Task A_service_that_fails_is_answered_in_json_without_its_secrets(ErrorCode code, int status)
    {
        await using var host = await WebHost.StartAsync();
        var token = host.Network.AddToken(host.Network.AddAccount("alice").Id, "read");
        host.Network.HomeFailure = new ServiceException(code, "safe words", "/secret/path at offset 7");

        var reply = await host.GetAsync("/api/v1/timelines/home", token);

        reply.Is((HttpStatusCode)status);
        Assert.NotEmpty(reply.Json.GetProperty("error").GetString()!);
        Assert.DoesNotContain("secret", reply.Body, StringComparison.Ordinal);
        Assert.Equal(status == 503, reply.Header("Retry-After") is not null);
    }

    [Fact]
    public async Task A_bug_is_a_json_500_that_tells_nothing()
    {
        await using var host = await WebHost.StartAsync();
        var token = host.Network.AddToken(host.Network.AddAccount("alice").Id, "read");
        host.Network.HomeFailure = new InvalidOperationException("secret");

        var reply = await host.GetAsync("/api/v1/timelines/home", token);

        reply.Is(HttpStatusCode.InternalServerError);
        Assert.DoesNotContain("secret", reply.Json.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_origins_may_call_the_api_but_not_the_pages()
    {
        await using var host = await WebHost.StartAsync();

        var preflight = await host.SendAsync(HttpMethod.Options, "/api/v1/statuses", null, null,
            ("Origin", "https://elk.example"), ("Access-Control-Request-Method", "POST"));
        var asked = await host.SendAsync(HttpMethod.Options, "/api/v1/statuses", null, null,
            ("Origin", "https://elk.example"), ("Access-Control-Request-Headers", "authorization,last-event-id"));
        var api = await host.GetAsync("/api/v2/instance", null, ("Origin", "https://elk.example"));
        var refused = await host.GetAsync("/api/v1/timelines/home", null, ("Origin", "https://elk.example"));
        var page = await host.GetAsync("/", null, ("Origin", "https://elk.example"));

        preflight.Is(HttpStatusCode.NoContent);
        Assert.Contains("Authorization", preflight.Header("Access-Control-Allow-Headers"), StringComparison.Ordinal);
        Assert.Equal("authorization,last-event-id", asked.Header("Access-Control-Allow-Headers"));
        Assert.Contains("DELETE", preflight.Header("Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Equal("*", api.Header("Access-Control-Allow-Origin"));
        Assert.Contains("Link", api.Header("Access-Control-Expose-Headers"), StringComparison.Ordinal);
        Assert.Equal("*", refused.Header("Access-Control-Allow-Origin"));
        Assert.Null(page.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_followers_only_post_is_not_there_for_strangers()
    {
        await using var host = await WebHost.StartAsync();
        var alice = host.Network.AddAccount("alice").Id;
        var id = host.Network.AddPost(alice, "psst", Visibility.Followers).Id;

        var own = await host.GetAsync($"/api/v1/statuses/{id}", host.Network.AddToken(alice, "read"));

        Assert.Equal("private", own.Json.GetProperty("visibility").GetString());
        (await host.GetAsync($"/api/v1/statuses/{id}")).Is(HttpStatusCode.NotFound);
    }

    private static string? LinkOf(string header, string rel)
    {
        var link = header.Split(", ").FirstOrDefault(l => l.EndsWith($"rel=\"{rel}\"", StringComparison.Ordinal));
        // Absolute at the public URL; the test's server listens elsewhere.
        return link is null ? null : new Uri(link[1..link.IndexOf('>', StringComparison.Ordinal)]).PathAndQuery;
    }
}
