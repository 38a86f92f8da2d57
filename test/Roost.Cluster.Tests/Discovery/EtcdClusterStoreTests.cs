using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;
using Roost.Tests.Rpc.Discovery;
using Xunit;

namespace Roost.Cluster.Tests.Discovery;

public sealed class EtcdClusterStoreTests : ClusterStoreContract, IClassFixture<EtcdServer>, IDisposable
{
    private readonly EtcdClusterStore _store;

    public EtcdClusterStoreTests(EtcdServer etcd)
    {
        if (etcd.Missing is { } missing) Assert.Skip(missing);
        _store = new([etcd.Endpoint], TimeProvider.System);
    }

    protected override IClusterStore Store => _store;

    public void Dispose() => _store?.Dispose();

    [Fact]
    public async Task A_lease_that_is_not_kept_alive_ends()
    {
        var lease = await _store.GrantAsync(TimeSpan.FromSeconds(1), Ct);
        var key = Guid.NewGuid().ToString();
        var revision = await _store.PutAsync(key, "v", Ct, lease);

        await using var watch = _store.WatchAsync(key, revision!.Value, Ct).GetAsyncEnumerator(Ct);

        Assert.True(await watch.MoveNextAsync());
        Assert.Null(watch.Current.Value);
        Assert.False(await _store.KeepAliveAsync(lease, Ct));
    }
}

/// <summary>What discovery does while etcd is away. A server of its own, for it is killed.</summary>
public sealed class EtcdAwayTests : IAsyncLifetime
{
    private readonly EtcdServer _etcd = new();

    public ValueTask InitializeAsync()
    {
        if (_etcd.Missing is { } missing) Assert.Skip(missing);
        return _etcd.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _etcd.DisposeAsync();

    [Fact]
    public async Task While_etcd_is_away_the_last_known_instances_stay_and_afterwards_all_goes_on()
    {
        using var store = new EtcdClusterStore([_etcd.Endpoint], TimeProvider.System);
        using var told = new Told();
        await using var watcher = new ServiceWatcher(
            store, "users", told.Take, TimeProvider.System, NullLogger<ServiceWatcher>.Instance);
        InstanceInfo one = new("one", Address: "http://127.0.0.1:1");
        await using var first = new Announcement(
            store, ["users"], one, TimeProvider.System, NullLogger<Announcement>.Instance);
        await told.When(instances => instances.SequenceEqual([one]));

        await _etcd.KillAsync();
        var away = await Assert.ThrowsAsync<ServiceException>(
            async () => await store.ReadAsync("x", TestContext.Current.CancellationToken));
        Assert.Equal(ErrorCode.Unavailable, away.Code);
        Assert.Equal([one], told.Last);

        await _etcd.StartAsync();
        InstanceInfo two = new("two", Address: "http://127.0.0.1:2");
        await using var second = new Announcement(
            store, ["users"], two, TimeProvider.System, NullLogger<Announcement>.Instance);
        await told.When(instances => instances.SequenceEqual([one, two]));
    }
}
