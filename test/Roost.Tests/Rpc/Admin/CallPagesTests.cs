using System.Text.Json;
using Roost.Composition;
using Roost.Rpc;
using Roost.Rpc.Admin;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Users;
using Roost.Tests.Rpc.Remote;
using Xunit;

namespace Roost.Tests.Rpc.Admin;

/// <summary>What a process answers and what it calls, as its admin pages show it.</summary>
public sealed class CallPagesTests : IAsyncLifetime
{
    private readonly TestMeters _meters = new();
    private AdminPort _admin = null!;
    private HttpClient _http = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _admin = await AdminPort.StartAsync(new("http://127.0.0.1:0", "users"), () => { }, Ct);
        _http = new HttpClient { BaseAddress = _admin.Url };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _admin.DisposeAsync();
        _meters.Dispose();
    }

    [Fact]
    public async Task Functions_are_shown_with_their_calls_and_with_what_is_at_work_and_waits()
    {
        var stack = new ServiceStack(_meters, TimeProvider.System, new MethodLimits { AtWorkMax = 2, WaitingMax = 5 });
        var held = new TaskCompletionSource<int>();
        var hold = stack.Wrap<int, int>("call_pages.hold", (_, _) => new(held.Task));
        _admin.ShowServed(stack.Report);
        var calls = Enumerable.Range(0, 3).Select(_ => hold(0, Call.Unbounded).AsTask()).ToArray();

        var during = Named(await JsonAsync("/admin/servers.json"), "functions", "method", "call_pages.hold");
        Assert.Equal((2, 1, 2, 5), (
            during.GetProperty("at_work").GetInt32(), during.GetProperty("waiting").GetInt32(),
            during.GetProperty("at_work_max").GetInt32(), during.GetProperty("waiting_max").GetInt32()));
        Assert.Equal(10, during.GetProperty("timeout_seconds").GetDouble());
        Assert.Equal(0, during.GetProperty("calls").GetInt64());
        held.SetException(new ServiceException(ErrorCode.NotFound, "Nobody."));
        foreach (var call in calls) await Assert.ThrowsAsync<ServiceException>(() => call);

        var after = Named(await JsonAsync("/admin/servers.json"), "functions", "method", "call_pages.hold");
        Assert.Equal((0, 0, 3), (
            after.GetProperty("at_work").GetInt32(), after.GetProperty("waiting").GetInt32(),
            after.GetProperty("calls").GetInt32()));
        Assert.Equal(3, after.GetProperty("failed").GetProperty("not_found").GetInt32());
        Assert.InRange(after.GetProperty("p50").GetDouble(), 0, 10);
        Assert.Contains(
            "<td>call_pages.hold<td class=n>3<td>not_found 3<td", await _http.GetStringAsync("/admin/servers", Ct),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instances_are_shown_as_their_caller_sees_them()
    {
        await using var host = await FakeUsers.HostAsync(
            FakeUsers.Users with { Count = (_, _) => new(1) }, FakeUsers.Moderation);
        using var client = new RemoteClient(
            "users", new BalancerOptions(), new ClientPolicy(), _meters, TimeProvider.System, seed: 1);
        client.Update([new InstanceInfo("one", "north", Address: host.Address, Version: "1.2.3")]);
        _admin.Show(() => [new CalledService("users", client.Report())]);
        await UsersRemote.ConnectUsers(client).Count(new(), Call.Unbounded);

        var json = await JsonAsync("/admin/clients.json");
        var instance = Assert.Single(Named(json, "services", "service", "users").GetProperty("instances").EnumerateArray());
        Assert.Equal((host.Address, "north", "1.2.3", "ready"), (
            instance.GetProperty("address").GetString(), instance.GetProperty("zone").GetString(),
            instance.GetProperty("version").GetString(), instance.GetProperty("standing").GetString()));
        Assert.Equal((0, 1), (instance.GetProperty("outstanding").GetInt32(), instance.GetProperty("calls").GetInt32()));
        Assert.InRange(instance.GetProperty("latency").GetDouble(), 0.000_001, 10);
        Assert.True(Named(json, "functions", "method", "users.count").GetProperty("calls").GetInt64() >= 1);
        var page = await _http.GetStringAsync("/admin/clients", Ct);
        Assert.Contains($"<td>{host.Address}<td>north<td>1.2.3<td>ready", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_registry_has_this_process_and_all_that_were_announced()
    {
        _admin.Network.Update([("web", new InstanceInfo("w", "north", 2, "http://10.0.0.1:3000", "1.2.3"))]);
        var before = await RegistryAsync();
        _admin.Network.Update([]);
        var after = await RegistryAsync();

        Assert.Equal([("users", _admin.Network.Self.Id, false), ("web", "w", false)], before);
        Assert.Equal([("users", _admin.Network.Self.Id, false), ("web", "w", true)], after);
        Assert.Contains(
            "<td>web<td>http://10.0.0.1:3000<td>north<td class=n>2<td>1.2.3", await _http.GetStringAsync("/admin/registry", Ct),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Figures_of_the_last_hour_are_drawn()
    {
        _admin.History.Take();

        var page = await _http.GetStringAsync("/admin/metrics", Ct);

        Assert.Contains("<b>process.memory</b>", page, StringComparison.Ordinal);
        Assert.Contains("<svg ", page, StringComparison.Ordinal);
    }

    private async Task<(string? Service, string? Id, bool IsGone)[]> RegistryAsync() =>
    [
        .. (await JsonAsync("/admin/registry.json")).EnumerateArray().Select(one => (
            one.GetProperty("service").GetString(), one.GetProperty("instance").GetProperty("id").GetString(),
            one.TryGetProperty("gone", out _))),
    ];

    private static JsonElement Named(JsonElement json, string list, string key, string name) =>
        json.GetProperty(list).EnumerateArray().Single(one => one.GetProperty(key).GetString() == name);

    private async Task<JsonElement> JsonAsync(string path)
    {
        using var json = JsonDocument.Parse(await _http.GetStringAsync(path, Ct));
        return json.RootElement.Clone();
    }
}
