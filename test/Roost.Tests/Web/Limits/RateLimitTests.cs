using System.Net;
using Roost.Web;
using Xunit;

namespace Roost.Tests.Web.Limits;

/// <summary>What clients see of rate limits, over HTTP. The tests' client is on this machine, which is counted here.
/// </summary>
public sealed class RateLimitTests
{
    private static readonly RateLimitOptions _small = new()
    {
        SparesLoopback = false,
        Token = new(3, 5),
        Address = new(4, 5),
        AccountPages = new(1, 15),
        Posts = new(1, 180),
        SignUpForms = new(1, 5),
    };

    private readonly FakeTime _time = new();

    [Fact]
    public async Task Answers_tell_the_limit_what_is_left_of_it_and_when_it_begins_anew()
    {
        await using var host = await StartAsync(_small);
        var token = TokenOf(host);

        var reply = await host.GetAsync("/api/v1/timelines/home", token);

        reply.Is(HttpStatusCode.OK);
        Assert.Equal(("3", "2", "2026-06-01T12:05:00.000000Z"), HeadersOf(reply));
        Assert.Contains("X-RateLimit-Reset", reply.Header("Access-Control-Expose-Headers"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_too_much_is_answered_429_until_the_window_ends()
    {
        await using var host = await StartAsync(_small);
        var token = TokenOf(host);
        for (var i = 0; i < 3; i++) (await host.GetAsync("/api/v1/timelines/home", token)).Is(HttpStatusCode.OK);
        _time.Advance(TimeSpan.FromSeconds(30));

        var refused = await host.GetAsync("/api/v1/timelines/home", token);
        _time.Advance(TimeSpan.FromSeconds(270));
        var after = await host.GetAsync("/api/v1/timelines/home", token);

        refused.Is(HttpStatusCode.TooManyRequests);
        Assert.Equal("Too many requests", refused.Json.GetProperty("error").GetString());
        Assert.Equal("270", refused.Header("Retry-After"));
        Assert.Equal(("3", "0", "2026-06-01T12:05:00.000000Z"), HeadersOf(refused));
        after.Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Strangers_forged_tokens_and_addresses_that_lead_nowhere_count_by_address()
    {
        await using var host = await StartAsync(_small);

        (await host.GetAsync("/api/v1/timelines/public")).Is(HttpStatusCode.OK);
        (await host.GetAsync("/api/v1/timelines/home", "forged-1")).Is(HttpStatusCode.Unauthorized);
        (await host.GetAsync("/api/v1/timelines/home", "forged-2")).Is(HttpStatusCode.Unauthorized);
        (await host.GetAsync("/api/v1/nothing")).Is(HttpStatusCode.NotFound);

        (await host.GetAsync("/api/v1/timelines/home", "forged-3")).Is(HttpStatusCode.TooManyRequests);
        (await host.GetAsync("/api/v1/timelines/public")).Is(HttpStatusCode.TooManyRequests);
        (await host.GetAsync("/api/v1/timelines/home", TokenOf(host))).Is(HttpStatusCode.OK);
        (await host.GetAsync("/.well-known/nodeinfo")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Pages_and_posts_have_limits_of_their_own()
    {
        await using var host = await StartAsync(_small);
        var (pages, posts) = (TokenOf(host), TokenOf(host, "bea"));

        (await host.GetAsync("/api/v1/timelines/home?max_id=5", pages)).Is(HttpStatusCode.OK);
        (await host.GetAsync("/api/v1/timelines/home?min_id=5", pages)).Is(HttpStatusCode.TooManyRequests);
        var posted = await host.PostFormAsync("/api/v1/statuses", posts, ("status", "one"));
        posted.Is(HttpStatusCode.OK);
        Assert.Equal(("1", "0", "2026-06-01T15:00:00.000000Z"), HeadersOf(posted));
        (await host.PostFormAsync("/api/v1/statuses", posts, ("status", "two"))).Is(HttpStatusCode.TooManyRequests);
        (await host.GetAsync("/api/v1/timelines/home", posts)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_post_that_is_refused_is_not_counted_as_one()
    {
        await using var host = await StartAsync(_small with { Token = new(10, 5) });
        var token = TokenOf(host);

        (await host.PostFormAsync("/api/v1/statuses", token, ("status", ""))).Is(HttpStatusCode.UnprocessableEntity);
        (await host.PostFormAsync("/api/v1/statuses", token, ("status", "one"), ("visibility", "odd")))
            .Is(HttpStatusCode.UnprocessableEntity);
        (await host.PostFormAsync("/api/v1/statuses", token, ("status", "one"))).Is(HttpStatusCode.OK);

        (await host.PostFormAsync("/api/v1/statuses", token, ("status", "two"))).Is(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task A_form_that_is_sent_too_often_is_answered_with_a_page()
    {
        await using var host = await StartAsync(_small);
        var browser = new Browser(host);
        var page = await browser.GetAsync("/");
        await browser.SubmitAsync(page, "/sign-up", ("username", "ann"), ("email", "no address"), ("password", "x"));

        var reply = await browser.SubmitAsync(
            page, "/sign-up", ("username", "ann"), ("email", "ann@roost.example"), ("password", "a password of ann"));

        reply.Is(HttpStatusCode.TooManyRequests);
        Assert.Contains("Try again in 300 s", reply.Body, StringComparison.Ordinal);
        Assert.Equal("300", reply.Header("Retry-After"));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Programs_on_this_machine_and_servers_without_limits_are_not_counted(bool spared, int times)
    {
        await using var host = await StartAsync(_small with { SparesLoopback = spared, Times = times });

        for (var i = 0; i < 10; i++)
        {
            var reply = await host.GetAsync("/api/v1/timelines/public");
            reply.Is(HttpStatusCode.OK);
            Assert.Null(reply.Header("X-RateLimit-Limit"));
        }
    }

    private Task<WebHost> StartAsync(RateLimitOptions limits) =>
        WebHost.StartAsync(options => options with { RateLimits = limits }, _time);

    private static string TokenOf(WebHost host, string name = "ann") =>
        host.Network.AddToken(host.Network.AddAccount(name).Id, "read write");

    private static (string?, string?, string?) HeadersOf(Reply reply) =>
        (reply.Header("X-RateLimit-Limit"), reply.Header("X-RateLimit-Remaining"), reply.Header("X-RateLimit-Reset"));
}
