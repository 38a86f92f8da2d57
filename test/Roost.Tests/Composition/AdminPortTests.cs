using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Roost.Composition;
using Roost.Web;
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
        _admin = await AdminPort.StartAsync("http://127.0.0.1:0", "up", _told.Cancel, Ct);
        _http = new HttpClient { BaseAddress = _admin.Url };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _http.GetAsync("/ready", Ct)).StatusCode);
        _server = await Server.StartAsync(
            new NodeOptions(_directory), "http://127.0.0.1:0", url => new WebOptions { PublicUrl = url },
            LogLevel.Warning, _ => { }, Ct, _admin);
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
        Assert.Contains("timelines.public", await _http.GetStringAsync("/admin", Ct), StringComparison.Ordinal);
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
    public async Task Other_sites_pages_and_names_are_refused()
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync("/admin/shutdown", "Origin", "https://evil.example")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync("/admin/shutdown", "Host", "evil.example")).Status);
        Assert.False(_told.IsCancellationRequested);
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync("/admin/errors/v1-0/resolve")).Status);
    }

    [Fact]
    public async Task Shutting_down_is_what_sigterm_does()
    {
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync("/admin/shutdown")).Status);

        Assert.True(_told.IsCancellationRequested);
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string? header = null, string? value = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (header is not null) request.Headers.TryAddWithoutValidation(header, value);
        using var reply = await _http.SendAsync(request, Ct);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync(Ct));
    }
}
