using Microsoft.Extensions.Logging;
using Roost.Rpc.Admin;
using Roost.Rpc.Balancing;
using Roost.Rpc.Clients;
using Roost.Rpc.Discovery;
using Roost.Rpc.Remote;

namespace Roost.Composition;

/// <summary>Where a service is found that is none of this role's: at addresses, through a cluster store, or in the same
/// process.</summary>
/// <param name="Addresses">URLs of its instances; with a store, none.</param>
/// <param name="Store">As <see cref="ClusterStores.Open"/> takes it; none for no store.</param>
public sealed record Elsewhere(IReadOnlyList<Uri> Addresses, IReadOnlyList<Uri> Store)
{
    /// <summary>Another role of the same process.</summary>
    public static Elsewhere InProcess { get; } = new([], []);
}

/// <summary>The way to a service of another process, as a node uses it.</summary>
internal sealed class RoleElsewhere : IAsyncDisposable
{
    /// <summary>In which whoever stands by has taken the place of one that was killed.</summary>
    private static readonly TimeSpan _gapMax = TimeSpan.FromSeconds(3);

    private readonly string _service;
    private readonly NodeTools _tools;
    private readonly LocalService? _local;
    private readonly IClusterStore? _store;
    private readonly ServiceWatcher? _watcher;
    private readonly Lock _lock = new();

    // Both under _lock.
    private readonly List<RemoteClient> _clients = [];
    private IReadOnlyList<InstanceInfo> _instances = [];

    /// <param name="service">As it is announced.</param>
    public RoleElsewhere(string service, Elsewhere where, NodeTools tools)
    {
        (_service, _tools, _local) = (service, tools, tools.Here?.Find(service));
        if (_local is not null) return;
        if (where.Store.Count == 0)
        {
            _instances = [.. where.Addresses.Select(
                url => new InstanceInfo(url.Authority, Address: url.GetLeftPart(UriPartial.Authority)))];
            return;
        }
        _store = ClusterStores.Open(where.Store, tools.Time);
        _watcher = new ServiceWatcher(
            _store, service, Update, tools.Time, tools.Loggers.CreateLogger<ServiceWatcher>());
    }

    /// <summary>Where there is a store one that went is waited for; without, nobody comes in its place.</summary>
    public ClientPolicy UsualPolicy => new() { GapMax = _store is null ? TimeSpan.Zero : _gapMax };

    /// <summary>A client, with a balancer of its own, that has the instances as they come and go; closed with
    /// this.</summary>
    /// <param name="name">As metrics name it.</param>
    /// <param name="policy">Null: <see cref="UsualPolicy"/>.</param>
    public RemoteClient Connect(string name, ClientPolicy? policy = null)
    {
        var client = new RemoteClient(
            name, new BalancerOptions(),
            policy ?? UsualPolicy, _tools.Meters, _tools.Time,
            seed: (ulong)Environment.ProcessId,
            _tools.Toggles.Get(
                "rpc.hedging", "Calls to services elsewhere that are late are sent to another instance, too.",
                usual: 1),
            _local);
        lock (_lock)
        {
            _clients.Add(client);
            client.Update(_instances);
        }
        return client;
    }

    /// <summary>Whether it is another role of this process, which is called directly.</summary>
    public bool IsInProcess => _local is not null;

    /// <summary>How its instances stand, as the first client sees them. Once there is one.</summary>
    public CalledService Report()
    {
        lock (_lock) return new CalledService(_service, _clients[0].Report());
    }

    public async ValueTask DisposeAsync()
    {
        if (_watcher is not null) await _watcher.DisposeAsync();
        _store?.Dispose();
        foreach (var client in _clients) client.Dispose();
    }

    private void Update(IReadOnlyList<InstanceInfo> instances)
    {
        lock (_lock)
        {
            _instances = instances;
            foreach (var client in _clients) client.Update(instances);
        }
    }
}
