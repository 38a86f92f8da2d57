using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Rpc;
using Roost.Web;
using Roost.Web.Pages.Ops;
using Xunit;

namespace Roost.Tests.Composition;

public sealed class AdminPortTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("roost-test-").FullName;
    private readonly CancellationTokenSource _told = new();
    private AdminPort _admin = null!;
    private Server _server = null!;
    private HttpClient _http = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _admin = await AdminPort.StartAsync(
            new("http://127.0.0.1:0", "up") { Figures = LiveFigures.All, Requests = LiveFigures.Requests },
            _told.Cancel, Ct);
        _http = new HttpClient { BaseAddress = _admin.Url };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _http.GetAsync("/ready", Ct)).StatusCode);
        _server = await Server.StartAsync(
            new NodeOptions(_directory), "http://127.0.0.1:0", url => new WebOptions { PublicUrl = url },
            LogLevel.Warning,
            // Where services that do not answer, and bugs, can be met at will.
            endpoints => endpoints.MapGet(
                "/api/fails/{how}", new RequestDelegate(http => Fail((string)http.Request.RouteValues["how"]!))),
            Ct, _admin);
        _admin.SetReady(true);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _admin.DisposeAsync();
        _http.Dispose();
        _told.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_port_says_what_the_process_does()
    {
        Assert.Equal("ready\n", await _http.GetStringAsync("/ready", Ct));
        Assert.Equal("pong\n", await _http.GetStringAsync("/admin/ping", Ct));
        using var client = new HttpClient { BaseAddress = _server.Url };
        await client.GetStringAsync("/api/v1/timelines/public", Ct);

        Assert.Contains(
            "rpc_server_call_duration_seconds_count{rpc_method=\"timelines.public\"}", await _http.GetStringAsync("/metrics", Ct),
            StringComparison.Ordinal);
        Assert.Contains("timelines.public", await _http.GetStringAsync("/admin/servers", Ct), StringComparison.Ordinal);
        Assert.Contains("calls no service elsewhere", await _http.GetStringAsync("/admin/clients", Ct), StringComparison.Ordinal);
        Assert.Contains("<h2>Services, in the last minute</h2>", await _http.GetStringAsync("/admin", Ct), StringComparison.Ordinal);
        foreach (var path in (string[])[
            "/admin/server_info", "/admin/metrics.json", "/admin/histograms.json", "/admin/errors.json", "/admin/history.json"])
        {
            JsonDocument.Parse(await _http.GetStringAsync(path, Ct)).Dispose();
        }
        Assert.Contains("<h1>Errors</h1>", await _http.GetStringAsync("/admin/errors", Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Levels_of_logs_are_changed_while_the_process_runs()
    {
        var debug = await PostAsync("/admin/logging?category=Roost&level=debug");
        Assert.Equal("{\"Roost\":\"debug\"}", debug.Body);
        Assert.Equal("{}", (await PostAsync("/admin/logging?category=Roost&level=default")).Body);
        var wrong = await PostAsync("/admin/logging?category=Roost&level=loud");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        Assert.Contains("'loud' is no level", wrong.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("/admin/logging")).Status);
    }

    [Fact]
    public async Task Toggles_are_changed_while_the_process_runs_and_one_that_does_harm_is_an_error()
    {
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("/admin/toggles?name=cards.fetch&fraction=0.25")).Status);
        Assert.Equal(0.25, _server.Tools.Toggles.Find("cards.fetch")!.Fraction);
        Assert.Contains("<td>cards.fetch<td class=n>25<td", await _http.GetStringAsync("/admin/toggles", Ct), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "done\n"), await PostAsync("/admin/network/toggles?name=cards.fetch&fraction=default"));
        Assert.Equal(1, _server.Tools.Toggles.Find("cards.fetch")!.Fraction);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("/admin/toggles?name=cards.fetch&fraction=2")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("/admin/toggles?name=no.such&fraction=1")).Status);

        var toggle = _server.Tools.Toggles.Get("test.harmful", "Nothing good.", usual: 0.5);
        for (var i = 0; i < 200; i++) toggle.Note(wasOn: i % 2 == 0, hasFailed: i % 2 == 0);

        Assert.Contains("turned off by itself", await _http.GetStringAsync("/admin/toggles", Ct), StringComparison.Ordinal);
        Assert.Contains("test.harmful was turned off by itself", Assert.Single(_admin.Errors.Report()).Sample, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_sites_pages_and_names_are_refused()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync("/admin/shutdown", "Origin", "https://evil.example")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync("/admin/shutdown", "Host", "evil.example")).Status);
        Assert.False(_told.IsCancellationRequested);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("/admin/errors/v2-0/resolve")).Status);
    }

    [Fact]
    public async Task Every_request_that_fails_is_counted_with_who_met_it()
    {
        using var client = new HttpClient { BaseAddress = _server.Url };
        foreach (var (how, token) in ((string, string)[])[("a", "ada"), ("b", "ben"), ("c", "ada"), ("bug", "ada")])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/api/fails/" + how);
            request.Headers.Authorization = new("Bearer", token);
            using var reply = await client.SendAsync(request, Ct);
            Assert.Equal(how == "bug" ? HttpStatusCode.InternalServerError : HttpStatusCode.ServiceUnavailable, reply.StatusCode);
        }
        using (var refused = await client.GetAsync("/api/v1/statuses/7", Ct))
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);

        using var json = JsonDocument.Parse(await _http.GetStringAsync("/admin/errors.json", Ct));
        var groups = json.RootElement.EnumerateArray().ToArray();
        Assert.Equal(
            [(3, 2, typeof(ServiceException).FullName), (1, 1, typeof(InvalidOperationException).FullName)],
            groups.Select(group => (
                group.GetProperty("total").GetInt32(), group.GetProperty("users").GetInt32(),
                group.GetProperty("type").GetString())));
        Assert.All(groups, group =>
        {
            Assert.Equal("web", group.GetProperty("service").GetString());
            Assert.Equal("GET /api/fails/{how}", group.GetProperty("operation").GetString());
            Assert.Equal("some", group.GetProperty("level").GetString());
            Assert.False(group.GetProperty("new").GetBoolean());
        });
    }

    [Fact]
    public async Task An_error_is_called_resolved_on_the_page_and_by_programs_and_is_still_so_after_a_restart()
    {
        using (var client = new HttpClient { BaseAddress = _server.Url })
        {
            foreach (var how in (string[])["bug", "away"]) (await client.GetAsync("/api/fails/" + how, Ct)).Dispose();
        }
        var keys = _admin.Errors.Report().Select(group => group.Fingerprint).ToArray();
        Assert.Equal(2, keys.Length);

        Assert.Equal((HttpStatusCode.OK, "resolved\n"), await PostAsync($"/admin/errors/{keys[0]}/resolve"));
        using (var form = await _http.PostAsync($"/admin/errors/{keys[1]}/resolve", new FormUrlEncodedContent([]), Ct))
            Assert.Contains(" resolved</i>", await form.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        await _server.DisposeAsync();
        await using var again = await AdminPort.StartAsync(new("http://127.0.0.1:0", "up"), _told.Cancel, Ct);
        _server = await Server.StartAsync(
            new NodeOptions(_directory), "http://127.0.0.1:0", url => new WebOptions { PublicUrl = url },
            LogLevel.Warning, _ => { }, Ct, again);

        Assert.Equal(keys.Order(), again.Errors.Report().Where(group => group.IsResolved).Select(group => group.Fingerprint).Order());
        using var page = new HttpClient { BaseAddress = again.Url };
        Assert.Contains("Errors are remembered since", await page.GetStringAsync("/admin/errors", Ct), StringComparison.Ordinal);
        using var info = JsonDocument.Parse(await page.GetStringAsync("/admin/server_info", Ct));
        Assert.Equal(1, info.RootElement.GetProperty("versions").GetArrayLength());
    }

    [Fact]
    public async Task Shutting_down_is_what_sigterm_does()
    {
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync("/admin/shutdown")).Status);

        Assert.True(_told.IsCancellationRequested);
    }

    private static Task Fail(string how) => Task.FromException(how == "bug"
        ? new InvalidOperationException("A bug.")
        : new ServiceException(ErrorCode.Unavailable, "users.get cannot be reached.", how));

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string? header = null, string? value = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (header is not null) request.Headers.TryAddWithoutValidation(header, value);
        using var reply = await _http.SendAsync(request, Ct);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync(Ct));
    }
}
