using Roost.Rpc;
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
}

/// <summary>What discovery does while etcd is away. A server of its own, for it is killed.</summary>
public sealed class EtcdAwayTests : StoreAwayContract, IAsyncLifetime
{
    private readonly EtcdServer _etcd = new();

    public ValueTask InitializeAsync()
    {
        if (_etcd.Missing is { } missing) Assert.Skip(missing);
        return _etcd.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _etcd.DisposeAsync();

    protected override IClusterStore Open() => new EtcdClusterStore([_etcd.Endpoint], TimeProvider.System);

    protected override async Task BreakAsync(IClusterStore store)
    {
        await _etcd.KillAsync();
        var away = await Assert.ThrowsAsync<ServiceException>(
            async () => await store.ReadAsync("x", TestContext.Current.CancellationToken));
        Assert.Equal(ErrorCode.Unavailable, away.Code);
    }

    protected override Task MendAsync() => _etcd.StartAsync();
}
