using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Roost.Tests.Web.Streaming;
using Xunit;

namespace Roost.Tests.Operations.Gateway;

/// <summary>What comes through a gateway, over real sockets.</summary>
public sealed class ForwardingTests
{
    private static readonly string[] _two = ["a", "b"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_and_its_answer_come_through_whole()
    {
        await using var web = await Upstream.StartAsync(async http =>
        {
            using var body = new StreamReader(http.Request.Body);
            http.Response.StatusCode = StatusCodes.Status201Created;
            http.Response.Headers["X-Two"] = _two;
            http.Response.Headers["X-Host"] = http.Request.Host.Value;
            await http.Response.WriteAsync(
                $"{http.Request.Method} {http.Request.Path.Value}{http.Request.QueryString} {http.Request.Headers["X-One"]} "
                + await body.ReadToEndAsync(Ct), Ct);
        });
        await using var gateway = await GatewayFront.StartAsync(("web", web));
        foreach (var body in new[] { "short", new string('x', 1 << 20) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, "/a%2Fb/ü?q=1&r=%20")
            {
                Content = new StringContent(body),
            };
            request.Headers.Add("X-One", "1");
            request.Headers.Host = "social.example";

            using var reply = await gateway.Http.SendAsync(request, Ct);

            Assert.Equal(HttpStatusCode.Created, reply.StatusCode);
            Assert.Equal(["a", "b"], reply.Headers.GetValues("X-Two"));
            Assert.Equal(["social.example"], reply.Headers.GetValues("X-Host"));
            Assert.Equal($"PUT /a%2Fb/ü?q=1&r=%20 1 {body}", await reply.Content.ReadAsStringAsync(Ct));
        }
    }

    [Fact]
    public async Task Each_application_has_its_paths_and_web_serves_those_without_instances()
    {
        await using var web = await Upstream.SayingAsync("web");
        await using var search = await Upstream.SayingAsync("search");
        await using var streams = await Upstream.SayingAsync("streaming");
        await using var gateway = await GatewayFront.StartAsync(("web", web), ("search", search), ("streaming", streams));
        (string Path, string Application)[] paths =
        [
            ("/", "web"), ("/@ada", "web"), ("/searching", "web"), ("/api/v1/timelines/home", "web"), ("/media/1/a.jpg", "web"),
            ("/oauth/token", "web"), ("/api/v2/search?q=a", "search"), ("/search", "search"), ("/api/v1/accounts/search", "search"),
            ("/api/v1/streaming/user", "streaming"), ("/live/home", "streaming"),
        ];

        foreach (var (path, application) in paths)
            Assert.Equal((HttpStatusCode.OK, application), await gateway.GetAsync(path));
    }

    [Fact]
    public async Task An_application_is_told_who_asks_and_every_answer_has_the_requests_id()
    {
        await using var web = await Upstream.StartAsync(http => http.Response.WriteAsync(JsonSerializer.Serialize(
            http.Request.Headers
                .Where(header => header.Key.StartsWith("X-", StringComparison.Ordinal) || header.Key is "Forwarded" or "traceparent")
                .ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString())), Ct));
        await using var gateway = await GatewayFront.StartAsync(("web", web));

        var plain = JsonDocument.Parse((await gateway.GetAsync("/")).Body).RootElement;
        Assert.Equal("127.0.0.1", plain.GetProperty("x-forwarded-for").GetString());
        Assert.Equal("http", plain.GetProperty("x-forwarded-proto").GetString());
        Assert.Equal(gateway.Server.Url.Authority, plain.GetProperty("x-forwarded-host").GetString());

        // A proxy on this machine, which is believed.
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("X-Forwarded-For", "198.51.100.7");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Request-Id", "of-the-proxy");
        request.Headers.Add("Forwarded", "for=evil");
        request.Headers.Add("traceparent", "00-66666666666666666666666666666666-6666666666666666-01");
        using var reply = await gateway.Http.SendAsync(request, Ct);
        var told = JsonDocument.Parse(await reply.Content.ReadAsStringAsync(Ct)).RootElement;
        Assert.Equal("198.51.100.7, 127.0.0.1", told.GetProperty("x-forwarded-for").GetString());
        Assert.Equal("https", told.GetProperty("x-forwarded-proto").GetString());
        Assert.Equal("of-the-proxy", told.GetProperty("x-request-id").GetString());
        Assert.Equal(["of-the-proxy"], reply.Headers.GetValues("X-Request-Id"));
        Assert.False(told.TryGetProperty("forwarded", out _));
        Assert.DoesNotContain("6666666666666666", told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_part_of_a_page_comes_from_an_instance_of_the_version_that_made_it()
    {
        await using var old = await VersionAsync("1");
        await using var alsoOld = await VersionAsync("1");
        await using var newer = await VersionAsync("2");
        await using var gateway = await GatewayFront.StartAsync(("web", old), ("web", alsoOld), ("web", newer));

        for (var i = 0; i < 40; i++)
        {
            var asset = (await gateway.GetAsync("/")).Body;
            Assert.Equal((HttpStatusCode.OK, asset), await gateway.GetAsync(asset));
        }
        // Of the version that nobody has any more all were asked, once.
        Assert.StartsWith("/assets/a.css?v=", (await gateway.GetAsync("/assets/a.css?v=0")).Body, StringComparison.Ordinal);
        Assert.All(gateway.Of("web").Instances, instance => Assert.Equal(0, instance.Outstanding));

        static Task<Upstream> VersionAsync(string version) => Upstream.StartAsync(http =>
        {
            var isOther = http.Request.Path == "/assets/a.css" && http.Request.Query["v"] != version;
            if (isOther) http.Response.Headers["Roost-Other-Version"] = "true";
            return http.Response.WriteAsync($"/assets/a.css?v={version}", Ct);
        });
    }

    [Fact]
    public async Task A_dead_instance_is_not_noticed_while_another_one_lives()
    {
        await using var alive = await Upstream.SayingAsync("alive");
        var dead = await Upstream.SayingAsync("dead");
        await dead.DisposeAsync();
        await using var gateway = await GatewayFront.StartAsync(("web", alive), ("web", dead));

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal((HttpStatusCode.OK, "alive"), await gateway.GetAsync("/"));
            using var posted = await gateway.Http.PostAsync("/", new StringContent("a post"), Ct);
            Assert.Equal(HttpStatusCode.OK, posted.StatusCode);
        }
        // It was ejected after its first failures, not asked a hundred times.
        var report = gateway.Of("web").Instances.Single(one => one.Instance.Id == dead.Url.Authority);
        Assert.InRange(report.Calls, 1, 20);
    }

    [Fact]
    public async Task An_instance_that_breaks_off_is_asked_again_elsewhere_for_what_may_be_done_twice_only()
    {
        var posts = 0;
        await using var good = await Upstream.SayingAsync("good");
        await using var bad = await Upstream.StartAsync(http =>
        {
            if (HttpMethods.IsPost(http.Request.Method)) Interlocked.Increment(ref posts);
            http.Abort();
            return Task.CompletedTask;
        });
        await using (var gateway = await GatewayFront.StartAsync(("web", good), ("web", bad)))
        {
            for (var i = 0; i < 20; i++) Assert.Equal((HttpStatusCode.OK, "good"), await gateway.GetAsync("/"));
        }

        await using var alone = await GatewayFront.StartAsync(("web", bad));
        using var reply = await alone.Http.PostAsync("/api/v1/lists", new StringContent("a list"), Ct);
        Assert.Equal(HttpStatusCode.BadGateway, reply.StatusCode);
        Assert.Contains("look before you try again", await reply.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        Assert.Equal(1, posts);
    }

    [Fact]
    public async Task A_post_is_sent_again_under_one_key_which_it_is_given_when_its_author_has_none()
    {
        var keys = new ConcurrentQueue<string>();
        await using var web = await Upstream.StartAsync(async http =>
        {
            using var body = new StreamReader(http.Request.Body);
            var text = await body.ReadToEndAsync(Ct);
            keys.Enqueue(http.Request.Headers["Idempotency-Key"].ToString());
            if (keys.Count % 2 == 1) http.Abort();
            else await http.Response.WriteAsync(text, Ct);
        });
        await using var gateway = await GatewayFront.StartAsync(("web", web));

        foreach (var own in (string?[])[null, "", "own"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/statuses")
            {
                Content = new StringContent("a post"),
            };
            if (own is not null) request.Headers.Add("Idempotency-Key", own);
            using var reply = await gateway.Http.SendAsync(request, Ct);
            Assert.Equal("a post", await reply.Content.ReadAsStringAsync(Ct));
        }

        Assert.All(keys.Chunk(2), tries => Assert.Equal(tries[0], tries[1]));
        Assert.Equal(3, keys.Distinct().Count());
        Assert.Equal("own", keys.Last());
        Assert.All(keys, key => Assert.NotEmpty(key));
    }

    [Fact]
    public async Task While_nobody_is_there_programs_get_json_and_people_a_page_and_both_when_to_come_back()
    {
        var dead = await Upstream.SayingAsync("dead");
        await dead.DisposeAsync();
        await using var gateway = await GatewayFront.StartAsync(("web", dead));

        using var program = await gateway.Http.GetAsync("/api/v2/instance", Ct);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, program.StatusCode);
        Assert.InRange(program.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 4);
        Assert.Equal(["*"], program.Headers.GetValues("Access-Control-Allow-Origin"));
        Assert.True(program.Headers.Contains("X-Request-Id"));
        var json = JsonDocument.Parse(await program.Content.ReadAsStringAsync(Ct)).RootElement;
        Assert.Contains("cannot be reached", json.GetProperty("error").GetString(), StringComparison.Ordinal);

        var (status, page) = await gateway.GetAsync("/@ada", ("Accept", "text/html,*/*"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("<!doctype html>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_answer_in_time_is_given_up()
    {
        var asked = 0;
        await using var web = await Upstream.StartAsync(async http =>
        {
            Interlocked.Increment(ref asked);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await using var gateway = await GatewayFront.StartAsync(
            options => options with { SilenceMax = TimeSpan.FromMilliseconds(50) }, ("web", web));

        var (status, body) = await gateway.GetAsync("/api/v1/timelines/public");

        Assert.Equal(HttpStatusCode.GatewayTimeout, status);
        Assert.Contains("took too long", body, StringComparison.Ordinal);
        Assert.Equal(1, asked);
        Assert.Equal(0, gateway.Of("web").Admission!.Value.AtWork);
    }

    [Fact]
    public async Task Who_leaves_is_not_worked_for_any_more()
    {
        var began = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        await using var web = await Upstream.StartAsync(async http =>
        {
            began.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ended.SetResult();
        });
        await using var gateway = await GatewayFront.StartAsync(("web", web));
        using var leaving = new CancellationTokenSource();
        var asking = gateway.Http.GetAsync("/", leaving.Token);
        await began.Task.WaitAsync(GatewayFront.Patience, Ct);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await ended.Task.WaitAsync(GatewayFront.Patience, Ct);
        await gateway.WhenAsync("web", report => report.Admission!.Value.AtWork == 0);
    }

    [Fact]
    public async Task An_answers_place_is_free_before_a_slow_reader_has_read_it()
    {
        var reads = new TaskCompletionSource();
        await using var web = await Upstream.StartAsync(async http =>
        {
            await http.Response.WriteAsync("begin ", Ct);
            await http.Response.Body.FlushAsync(Ct);
            await reads.Task;
            await http.Response.WriteAsync("end", Ct);
        });
        await using var gateway = await GatewayFront.StartAsync(("web", web));
        using var reply = await gateway.Http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, Ct);

        Assert.Equal(0, gateway.Of("web").Admission!.Value.AtWork);

        reads.SetResult();
        Assert.Equal("begin end", await reply.Content.ReadAsStringAsync(Ct));
    }

    [Fact]
    public async Task Events_come_through_one_by_one_and_streams_have_a_bound_of_their_own()
    {
        var more = new SemaphoreSlim(0);
        await using var web = await Upstream.StartAsync(async http =>
        {
            http.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 3; i++)
            {
                await http.Response.WriteAsync($"data: {i}\n\n", Ct);
                await http.Response.Body.FlushAsync(Ct);
                await more.WaitAsync(Ct);
            }
        });
        await using var gateway = await GatewayFront.StartAsync(options => options with { StreamsMax = 1 }, ("web", web));
        using var stream = await gateway.Http.GetAsync("/api/v1/streaming/public", HttpCompletionOption.ResponseHeadersRead, Ct);
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync(Ct));

        Assert.Equal("data: 0", await lines.ReadLineAsync(Ct));
        Assert.Equal(1, gateway.Of("streaming").Admission!.Value.AtWork);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await gateway.GetAsync("/api/v1/streaming/public")).Status);
        for (var i = 1; i < 3; i++)
        {
            more.Release();
            Assert.Equal("", await lines.ReadLineAsync(Ct));
            Assert.Equal($"data: {i}", await lines.ReadLineAsync(Ct));
        }
        more.Release();
        Assert.Equal("", await lines.ReadLineAsync(Ct));
        Assert.Null(await lines.ReadLineAsync(Ct));
        await gateway.WhenAsync("streaming", report => report.Admission!.Value.AtWork == 0);
    }

    [Fact]
    public async Task Websockets_come_through_both_ways_and_close_as_the_other_side_does()
    {
        await using var web = await Upstream.StartAsync(async http =>
        {
            using var socket = await http.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[1024];
            while (await socket.ReceiveAsync(buffer, Ct) is { MessageType: WebSocketMessageType.Text } got)
                await socket.SendAsync(buffer.AsMemory(0, got.Count), WebSocketMessageType.Text, true, Ct);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Ct);
        });
        await using var gateway = await GatewayFront.StartAsync(("web", web));
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new UriBuilder(gateway.Server.Url) { Scheme = "ws", Path = "/api/v1/streaming" }.Uri, Ct);

        var heard = new byte[1024];
        foreach (var word in new[] { "one", "two" })
        {
            await client.SendAsync(Encoding.UTF8.GetBytes(word), WebSocketMessageType.Text, true, Ct);
            var got = await client.ReceiveAsync(heard, Ct);
            Assert.Equal(word, Encoding.UTF8.GetString(heard, 0, got.Count));
        }
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Ct);

        Assert.Equal("bye", client.CloseStatusDescription);
        await gateway.WhenAsync("streaming", report => report.Admission!.Value.AtWork == 0);
    }

    [Fact]
    public async Task All_of_roost_works_through_it()
    {
        await using var server = await StreamServer.StartAsync(2);
        await using var web = await Upstream.SayingAsync("unused");
        await using var gateway = await GatewayFront.StartAsync(
            options => options with { To = new Dictionary<string, IReadOnlyList<Uri>> { ["web"] = [server.Url] } }, ("web", web));
        gateway.Http.DefaultRequestHeaders.Authorization = new("Bearer", server.TokenOf(1));
        using var stream = await gateway.Http.GetAsync("/api/v1/streaming/user", HttpCompletionOption.ResponseHeadersRead, Ct);
        using var events = await EventReader.OpenAsync(stream, Ct);

        using var posted = await gateway.Http.PostAsync(
            "/api/v1/statuses", new FormUrlEncodedContent([new("status", "through the gateway")]), Ct);
        Assert.Equal(HttpStatusCode.OK, posted.StatusCode);

        Assert.Contains("through the gateway", (await events.NextAsync())!.Data, StringComparison.Ordinal);
        Assert.Contains("through the gateway", (await gateway.GetAsync("/api/v1/timelines/home")).Body, StringComparison.Ordinal);
        var (status, page) = await gateway.GetAsync("/@u1", ("Accept", "text/html"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("through the gateway", page, StringComparison.Ordinal);
    }
}
