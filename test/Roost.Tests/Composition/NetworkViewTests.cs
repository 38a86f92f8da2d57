using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Composition;
using Roost.Rpc.Admin.Network;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;
using Roost.Rpc.Tracing;
using Xunit;

namespace Roost.Tests.Composition;

/// <summary>Processes that know of each other and show what fails in all of them.</summary>
public sealed class NetworkViewTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private MemoryClusterStore _store = null!;
    private AdminPort _gateway = null!;
    private AdminPort? _users;
    private HttpClient _http = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = new MemoryClusterStore(_time);
        _gateway = await AdminPort.StartAsync(new("http://127.0.0.1:0", "gateway"), () => { }, Ct);
        _users = await AdminPort.StartAsync(new("http://127.0.0.1:0", "users") { Zone = "a" }, () => { }, Ct);
        _http = new HttpClient { BaseAddress = _gateway.Url };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _gateway.DisposeAsync();
        if (_users is not null) await _users.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task Processes_that_announce_themselves_are_asked_what_fails_in_them()
    {
        await using var announced = Announce("users", _users!.Network.Self.Id, _users!.Url);
        await using var mute = Announce("web", "mute", null);
        await using var watcher = Watch();
        await announced.Told;
        await mute.Told;
        Fail(_gateway, "Both.");
        Fail(_users!, "Both.");
        Fail(_users!, "Users only.");
        await WhenAsync(network => network.Processes.Count == 3 && network.Errors().Count == 2);

        using var errors = JsonDocument.Parse(await _http.GetStringAsync("/admin/network/errors.json", Ct));
        Assert.Equal(
            [("Both.", 2, 2), ("Users only.", 1, 1)],
            errors.RootElement.EnumerateArray().OrderBy(one => one.GetProperty("sample").GetString(), StringComparer.Ordinal)
                .Select(one => (
                    one.GetProperty("sample").GetString(), one.GetProperty("total").GetInt32(),
                    one.GetProperty("processes").GetArrayLength())));
        using var processes = JsonDocument.Parse(await _http.GetStringAsync("/admin/network.json", Ct));
        Assert.Equal(
            ["answers", "answers", "mute"],
            processes.RootElement.EnumerateArray().Select(one => one.GetProperty("state").GetString()).Order());
        var page = await _http.GetStringAsync("/admin/network", Ct);
        Assert.Contains("has no admin port", page, StringComparison.Ordinal);
        Assert.Contains("Users only.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_is_resolved_in_all_that_have_it()
    {
        Fail(_gateway, "Both.");
        Fail(_users!, "Both.");
        Tell(("users", _users!));
        var key = _gateway.Errors.Report()[0].Fingerprint;

        using (var told = await _http.PostAsync($"/admin/network/errors/{key}/resolve", null, Ct))
            Assert.Equal("resolved\n", await told.Content.ReadAsStringAsync(Ct));

        Assert.True(_gateway.Errors.Report()[0].IsResolved);
        Assert.True(_users!.Errors.Report()[0].IsResolved);
        using var unknown = await _http.PostAsync("/admin/network/errors/v2-0/resolve", null, Ct);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task What_is_set_for_the_network_is_set_in_every_process()
    {
        Tell(("users", _users!));

        using (var told = await _http.PostAsync("/admin/network/tracing?rate=0.000001", null, Ct))
            Assert.Equal("done\n", await told.Content.ReadAsStringAsync(Ct));

        using var json = JsonDocument.Parse(await new HttpClient { BaseAddress = _users!.Url }.GetStringAsync("/admin/tracing.json", Ct));
        Assert.Equal(0.000001, json.RootElement.GetProperty("rate").GetDouble());

        // Both hear of all that happens in this process of two.
        using var request = new Activity("request").Start();
        request.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        Spans.Start("test.gathered", ActivityKind.Internal)!.Dispose();
        request.Stop();
        using var spans = JsonDocument.Parse(await _http.GetStringAsync($"/admin/network/spans.json?trace={request.TraceId}", Ct));
        Assert.Equal(
            [("gateway", "test.gathered"), ("users", "test.gathered")],
            spans.RootElement.EnumerateArray().Select(one => (
                one.GetProperty("process").GetString()!.Split(' ')[0], one.GetProperty("span").GetProperty("name").GetString())).Order());
        using var off = await _http.PostAsync("/admin/network/tracing?rate=0", null, Ct);
        Assert.Equal(HttpStatusCode.OK, off.StatusCode);
    }

    [Fact]
    public async Task One_that_does_not_answer_is_shown_as_it_was_and_said_to_be_silent()
    {
        Fail(_users!, "Before it died.");
        Tell(("users", _users!));
        await WhenAsync(network => network.Errors().Count == 1);
        var gone = (_users!.Network.Self.Id, _users.Url);
        await _users.DisposeAsync();
        _users = null;
        _gateway.Network.Update([("users", InfoOf(gone.Id, gone.Url))]);

        var network = await WhenAsync(known => known.Processes[1].State == ProcessState.Silent);
        Assert.Equal("Before it died.", Assert.Single(network.Errors()).Group.Sample);
        var key = network.Errors()[0].Group.Fingerprint;
        using (var untold = await _http.PostAsync($"/admin/network/errors/{key}/resolve", null, Ct))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, untold.StatusCode);
            Assert.Contains("Not told: users", await untold.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        }

        _gateway.Network.Update([]);
        network = await WhenAsync(known => known.Processes[1].State == ProcessState.Gone);
        Assert.Single(network.Errors());
    }

    [Fact]
    public async Task What_answers_and_is_no_process_of_ours_is_silent()
    {
        await using var other = await Operations.Gateway.Upstream.SayingAsync("<html>");

        _gateway.Network.Update([("web", new InstanceInfo("other", Address: "http://x", Admin: other.Url.GetLeftPart(UriPartial.Authority)))]);

        await WhenAsync(known => known.Processes[1].State == ProcessState.Silent);
        Assert.Contains("does not answer", await _http.GetStringAsync("/admin/network", Ct), StringComparison.Ordinal);
    }

    private static void Fail(AdminPort port, string message)
    {
        KeyValuePair<string, object?>[] state = [new("{OriginalFormat}", message)];
        port.Errors.CreateLogger("Roost.Test").Log(LogLevel.Error, default, state, null, (_, _) => message);
    }

    /// <summary>Has the gateway know of others without a store between.</summary>
    private void Tell(params (string Service, AdminPort Port)[] others) => _gateway.Network.Update(
        [.. others.Select(one => (one.Service, InfoOf(one.Port.Network.Self.Id, one.Port.Url)))]);

    private async Task<NetworkReport> WhenAsync(Func<NetworkReport, bool> isSo)
    {
        while (true)
        {
            var network = await _gateway.Network.ReadAsync(Ct);
            if (isSo(network)) return network;
            await Task.Yield();
        }
    }

    private Announcement Announce(string service, string id, Uri? admin) => new(
        _store, [service], InfoOf(id, admin), _time, NullLogger<Announcement>.Instance);

    private ServiceWatcher Watch() =>
        ServiceWatcher.OfAll(_store, _gateway.Network.Update, _time, NullLogger<ServiceWatcher>.Instance);

    private static InstanceInfo InfoOf(string id, Uri? admin) => new(
        id, "a", Address: "http://127.0.0.1:1", Version: "1.0.0",
        Admin: admin?.GetLeftPart(UriPartial.Authority) ?? "");
}
