using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Roost.Rpc.Admission;
using Xunit;

namespace Roost.Tests.Operations.Gateway;

/// <summary>What a gateway does with more than its applications can do, and with those who would use it up.</summary>
public sealed class OverloadTests
{
    private static readonly AdmissionOptions _small = new()
    {
        LimitMin = 8,
        LimitMax = 8,
        LimitFirst = 8,
        WaitingMax = 20,
        PatienceMax = TimeSpan.FromMilliseconds(500),
    };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flood_on_search_leaves_room_for_home_and_is_refused_in_time()
    {
        var held = new TaskCompletionSource();
        var searching = 0;
        await using var web = await Upstream.StartAsync(async http =>
        {
            if (http.Request.Path == "/api/v2/search")
            {
                Interlocked.Increment(ref searching);
                await held.Task.WaitAsync(Ct);
            }
            await http.Response.WriteAsync("done", Ct);
        });
        await using var gateway = await GatewayFront.StartAsync(options => options with { Admission = _small }, ("web", web));

        // A half of the 8 places and of the 20 that may wait is search's.
        var flood = Enumerable.Range(0, 200).Select(_ => gateway.GetAsync("/api/v2/search?q=a")).ToArray();
        await gateway.WhenAsync("web", report => report.Admission is { AtWork: 4, Waiting: 10 });
        var refusedAtOnce = 200 - 4 - 10;
        await WhenCompletedAsync(flood, refusedAtOnce);

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(
                (HttpStatusCode.OK, "done"),
                await gateway.GetAsync("/api/v1/timelines/home", ("Authorization", "Bearer a")));
        }
        Assert.Equal(refusedAtOnce, flood.Count(task => task.IsCompleted));

        // Who waits is refused when their time is up, and not before.
        gateway.Time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Equal(10, gateway.Of("web").Admission!.Value.Waiting);
        gateway.Time.Advance(TimeSpan.FromMilliseconds(1));
        await WhenCompletedAsync(flood, 196);
        held.SetResult();

        var answers = await Task.WhenAll(flood);
        Assert.Equal(4, answers.Count(answer => answer == (HttpStatusCode.OK, "done")));
        Assert.Equal(4, searching);
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.OK),
            answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status));
        Assert.Equal(new AdmissionReport(8, 0, 0), gateway.Of("web").Admission!.Value);
        Assert.Equal((HttpStatusCode.OK, "done"), await gateway.GetAsync("/api/v2/search?q=a"));
    }

    [Fact]
    public async Task Who_is_signed_in_goes_before_strangers_and_these_before_crawlers()
    {
        var held = new TaskCompletionSource();
        var order = new List<string>();
        await using var web = await Upstream.StartAsync(async http =>
        {
            var who = http.Request.Headers["X-Who"].ToString();
            if (who.Length == 0) await held.Task.WaitAsync(Ct);
            else lock (order) order.Add(who);
        });
        await using var gateway = await GatewayFront.StartAsync(
            options => options with { Admission = _small with { LimitMin = 1, LimitMax = 1, LimitFirst = 1 } }, ("web", web));
        var first = gateway.GetAsync("/");
        await gateway.WhenAsync("web", report => report.Admission!.Value.AtWork == 1);

        var waiting = new List<Task>();
        await WaitAsync("crawler", "/", ("User-Agent", "AnyBot/1.0"));
        await WaitAsync("stranger", "/");
        await WaitAsync("search", "/search?q=a", ("Cookie", "roost_session=a"));
        await WaitAsync("signed in", "/api/v1/notifications", ("Authorization", "Bearer a"));
        await WaitAsync("home", "/api/v1/timelines/home", ("Authorization", "Bearer a"));
        held.SetResult();
        await Task.WhenAll([first, .. waiting]);

        Assert.Equal(["home", "signed in", "search", "stranger", "crawler"], order);

        async Task WaitAsync(string who, string path, params (string, string)[] headers)
        {
            waiting.Add(gateway.GetAsync(path, [("X-Who", who), .. headers]));
            var count = waiting.Count;
            await gateway.WhenAsync("web", report => report.Admission!.Value.Waiting == count);
        }
    }

    [Fact]
    public async Task What_is_too_large_is_refused_before_it_is_read()
    {
        var asked = 0;
        await using var web = await Upstream.StartAsync(async http =>
        {
            Interlocked.Increment(ref asked);
            await http.Request.Body.CopyToAsync(Stream.Null, Ct);
        });
        await using var gateway = await GatewayFront.StartAsync(("web", web));

        (string Status, string Request)[] wrong =
        [
            ("413", "POST /api/v2/search HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n"),
            ("414", $"GET /{new string('a', 9_000)} HTTP/1.1\r\nHost: a\r\n\r\n"),
            ("431", $"GET / HTTP/1.1\r\nHost: a\r\nX: {new string('a', 40_000)}\r\n\r\n"),
            ("400", "GET / HTTP/1.1\r\nContent-Length: nine\r\n\r\n"),
        ];
        foreach (var (status, request) in wrong)
            Assert.StartsWith($"HTTP/1.1 {status}", await SayAsync(gateway, request), StringComparison.Ordinal);
        Assert.Equal(0, asked);

        // One that does not say how much will come is cut off where it is too much.
        using var endless = new HttpRequestMessage(HttpMethod.Post, "/search")
        {
            Content = new StreamContent(new MemoryStream(new byte[200_000])),
        };
        endless.Headers.TransferEncodingChunked = true;
        using var reply = await gateway.Http.SendAsync(endless, Ct);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, reply.StatusCode);
        await gateway.WhenAsync("web", report => report.Admission!.Value.AtWork == 0);
    }

    [Fact]
    public async Task Who_does_not_finish_a_head_is_cut_off_and_who_sends_a_body_slowly_holds_no_place()
    {
        await using var web = await Upstream.SayingAsync("done");
        await using var gateway = await GatewayFront.StartAsync(
            options => options, server => server with { HeadMax = TimeSpan.FromSeconds(1) }, ("web", web));

        var cutOff = SayAsync(gateway, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        using var slow = await ConnectAsync(gateway);
        await slow.GetStream().WriteAsync("POST /api/v1/statuses HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"u8.ToArray(), Ct);
        Assert.Equal((HttpStatusCode.OK, "done"), await gateway.GetAsync("/"));
        Assert.Equal(0, gateway.Of("web").Admission!.Value.AtWork);
        await slow.GetStream().WriteAsync("67890"u8.ToArray(), Ct);
        var buffer = new byte[1024];
        var read = await slow.GetStream().ReadAsync(buffer, Ct);

        Assert.StartsWith("HTTP/1.1 200", Encoding.ASCII.GetString(buffer, 0, read), StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 408", await cutOff, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_lets_what_has_begun_end_and_takes_nothing_new()
    {
        var held = new TaskCompletionSource();
        await using var web = await Upstream.StartAsync(async http =>
        {
            if (http.Request.Path.StartsWithSegments("/api/v1/streaming", StringComparison.Ordinal))
            {
                await http.Response.WriteAsync("data: 0\n\n", Ct);
                await http.Response.Body.FlushAsync(Ct);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }
            await held.Task.WaitAsync(Ct);
            await http.Response.WriteAsync("done", Ct);
        });
        var gateway = await GatewayFront.StartAsync(("web", web));
        using var streamReply = await gateway.Http.GetAsync("/api/v1/streaming/public", HttpCompletionOption.ResponseHeadersRead, Ct);
        using var stream = new StreamReader(await streamReply.Content.ReadAsStreamAsync(Ct));
        Assert.Equal("data: 0", await stream.ReadLineAsync(Ct));
        var begun = gateway.GetAsync("/");
        await gateway.WhenAsync("web", report => report.Admission!.Value.AtWork == 1);

        var stopping = gateway.Server.DisposeAsync().AsTask();

        // Streams end, so that their readers come back to another gateway.
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await stream.ReadLineAsync(Ct) is not null) { }
            throw new EndOfStreamException();
        });
        using var late = new HttpClient { BaseAddress = gateway.Server.Url };
        await Assert.ThrowsAsync<HttpRequestException>(() => late.GetAsync("/", Ct));
        Assert.False(begun.IsCompleted);
        held.SetResult();
        Assert.Equal((HttpStatusCode.OK, "done"), await begun);
        await stopping;
        gateway.Http.Dispose();
    }

    private static async Task<TcpClient> ConnectAsync(GatewayFront gateway)
    {
        var client = new TcpClient();
        await client.ConnectAsync(gateway.Server.Url.Host, gateway.Server.Url.Port, Ct);
        return client;
    }

    /// <summary>Sends as is, and reads until the other side closes or the first bytes are there.</summary>
    private static async Task<string> SayAsync(GatewayFront gateway, string request)
    {
        using var client = await ConnectAsync(gateway);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Ct);
        var buffer = new byte[4096];
        var read = await client.GetStream().ReadAsync(buffer, Ct).AsTask().WaitAsync(GatewayFront.Patience, Ct);
        return Encoding.ASCII.GetString(buffer, 0, read);
    }

    /// <summary>Waits until so many have completed.</summary>
    private static async Task WhenCompletedAsync(Task[] tasks, int count)
    {
        // Looked at once a turn: one that completes between two looks would be neither counted nor waited for.
        while (tasks.Where(task => !task.IsCompleted).ToArray() is var left && tasks.Length - left.Length < count)
            await Task.WhenAny(left);
    }
}
