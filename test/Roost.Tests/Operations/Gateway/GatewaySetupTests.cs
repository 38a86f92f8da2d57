using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Roost.Composition;
using Roost.Operations.Gateway;
using Roost.Rpc;
using Xunit;

namespace Roost.Tests.Operations.Gateway;

/// <summary>How a gateway is set up, and what it keeps of what it does.</summary>
public sealed class GatewaySetupTests
{
    private static readonly Uri _somewhere = new("http://127.0.0.1:3000");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_set_up_is_told_in_words()
    {
        Assert.Contains("nobody serves web", await WrongAsync(), StringComparison.Ordinal);
        Assert.Contains("nobody serves web", await WrongAsync(("search", [_somewhere])), StringComparison.Ordinal);
        Assert.Contains(
            "there is no application 'wbe'; there are web, api, search, media, streaming", await WrongAsync(("wbe", [_somewhere])),
            StringComparison.Ordinal);
        Assert.Contains("web has no address", await WrongAsync(("web", [])), StringComparison.Ordinal);
        Assert.Contains("without a path", await WrongAsync(("web", [new("http://127.0.0.1:3000/x")])), StringComparison.Ordinal);
        Assert.Contains("is no address", await WrongAsync(("web", [new("ftp://127.0.0.1")])), StringComparison.Ordinal);
        Assert.Contains("twice", await WrongAsync(("web", [_somewhere, _somewhere])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_that_nobody_answers_are_counted_with_who_asked()
    {
        // Bound and not listened to: connections are refused.
        using var nobody = ClientPort.Bind("http://127.0.0.1:0");
        await using var admin = await AdminPort.StartAsync(
            new("http://127.0.0.1:0", GatewayServer.Name)
            {
                Figures = GatewayFigures.All,
                Requests = [GatewayFigures.Requests],
            },
            () => { }, Ct);
        await using var gateway = await GatewayServer.StartAsync(OptionsOf(("web", [nobody.Url])), admin, Ct);
        using var http = new HttpClient { BaseAddress = gateway.Url };

        foreach (var token in (string[])["ada", "ben", "ada"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/timelines/home");
            request.Headers.Authorization = new("Bearer", token);
            using var reply = await http.SendAsync(request, Ct);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
        }

        // The answer is there before the request's end is counted.
        var groups = admin.Errors.Report();
        while (groups.Sum(one => one.Met) < 3)
        {
            Ct.ThrowIfCancellationRequested();
            await Task.Yield();
            groups = admin.Errors.Report();
        }
        var group = groups.Single(one => one.Met > 0);
        Assert.Equal(("gateway", "api: unreachable", 2), (group.Service, group.Operation, group.Users));
    }

    [Fact]
    public async Task An_access_log_that_cannot_be_opened_is_told_and_the_port_is_free_again()
    {
        var options = OptionsOf(("web", [_somewhere])) with { AccessLog = "/nowhere/at/all.log" };

        var wrong = await Assert.ThrowsAsync<ServiceException>(() => GatewayServer.StartAsync(options, null, Ct));

        Assert.Equal(ErrorCode.Unavailable, wrong.Code);
        Assert.Contains("/nowhere/at/all.log", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_request_has_a_line_in_the_access_log_without_what_is_secret()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var web = await Upstream.SayingAsync("hello");
            await using (var gateway = await GatewayFront.StartAsync(
                options => options, server => server with { AccessLog = file }, ("web", web)))
            {
                await gateway.GetAsync("/api/v1/timelines/home?access_token=secret", ("X-Forwarded-For", "203.0.113.9, 198.51.100.7"));
                await gateway.GetAsync("/api/v1/streaming/user?access_token=secret");
                using var large = new ByteArrayContent(new byte[70_000]);
                using var refused = await gateway.Http.PostAsync("/search", large, Ct);
            }

            var lines = (await File.ReadAllLinesAsync(file, Ct)).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
            Assert.Equal(3, lines.Length);
            Assert.DoesNotContain("secret", await File.ReadAllTextAsync(file, Ct), StringComparison.Ordinal);
            Assert.Equal("/api/v1/timelines/home", lines[0].GetProperty("path").GetString());
            Assert.Equal("198.51.100.7", lines[0].GetProperty("client").GetString());
            Assert.Equal(200, lines[0].GetProperty("status").GetInt32());
            Assert.Equal("api", lines[0].GetProperty("application").GetString());
            Assert.Equal("home", lines[0].GetProperty("priority").GetString());
            Assert.Equal(web.Url.GetLeftPart(UriPartial.Authority), lines[0].GetProperty("instance").GetString());
            Assert.Equal("streaming", lines[1].GetProperty("application").GetString());
            Assert.Equal((413, "refused"), (lines[2].GetProperty("status").GetInt32(), lines[2].GetProperty("outcome").GetString()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("198.51.100.7", "203.0.113.9", "198.51.100.7", "198.51.100.7")]
    [InlineData("10.1.2.3", "203.0.113.9", "203.0.113.9, 10.1.2.3", "203.0.113.9")]
    [InlineData("10.1.2.3", "6.6.6.6, 203.0.113.9, 10.9.9.9", "6.6.6.6, 203.0.113.9, 10.9.9.9, 10.1.2.3", "203.0.113.9")]
    [InlineData("::ffff:10.1.2.3", "nonsense", "nonsense, 10.1.2.3", "10.1.2.3")]
    [InlineData("10.1.2.3", null, "10.1.2.3", "10.1.2.3")]
    public void Only_proxies_that_are_named_or_on_this_machine_are_believed(string remote, string? given, string told, string client)
    {
        var callers = new Callers([IPNetwork.Parse("10.0.0.0/8")]);
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(remote);
        if (given is not null) http.Request.Headers["X-Forwarded-For"] = given;
        http.Request.Headers["X-Request-Id"] = "theirs";
        http.Request.Headers["X-Forwarded-Proto"] = "https";
        http.Request.Scheme = "http";
        using var request = new HttpRequestMessage();

        callers.Tell(http, request, callers.IdOf(http));

        var isBelieved = remote.Contains("10.", StringComparison.Ordinal) && !remote.StartsWith("198", StringComparison.Ordinal);
        Assert.Equal([told], request.Headers.GetValues("X-Forwarded-For"));
        Assert.Equal(client, callers.ClientOf(http));
        Assert.Equal([isBelieved ? "https" : "http"], request.Headers.GetValues("X-Forwarded-Proto"));
        Assert.Equal(isBelieved, request.Headers.GetValues("X-Request-Id").Single() == "theirs");
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("ünicode")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789")]
    public void An_id_that_is_none_is_replaced(string id)
    {
        var callers = new Callers([]);
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Loopback;
        http.Request.Headers["X-Request-Id"] = id;

        var (one, other) = (callers.IdOf(http), callers.IdOf(http));

        Assert.NotEqual(id, one);
        Assert.NotEqual(one, other);
    }

    private static async Task<string> WrongAsync(params (string Application, Uri[] Urls)[] to)
    {
        var wrong = await Assert.ThrowsAsync<ServiceException>(() => GatewayServer.StartAsync(OptionsOf(to), null, Ct));
        Assert.Equal(ErrorCode.Invalid, wrong.Code);
        return wrong.Message;
    }

    private static GatewayServerOptions OptionsOf(params (string Application, Uri[] Urls)[] to) => new(
        "http://127.0.0.1:0",
        new GatewayOptions { To = to.ToDictionary(one => one.Application, one => (IReadOnlyList<Uri>)one.Urls) }, []);
}
