using Microsoft.Extensions.Logging;
using Roost.Rpc.Admin.Network;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;

namespace Roost.Composition;

/// <summary>
/// A process's place among the others: tells etcd that it serves something, until it is disposed, before the port
/// closes; and has its view of the network follow what the others tell.
/// </summary>
internal sealed class Announced : IAsyncDisposable
{
    private readonly EtcdClusterStore _store;
    private readonly Announcement _announcement;
    private readonly ServiceWatcher? _watcher;

    private Announced(EtcdClusterStore store, Announcement announcement, ServiceWatcher? watcher) =>
        (_store, _announcement, _watcher) = (store, announcement, watcher);

    /// <param name="store">Of etcd's members; none: nothing is told, and the result is null.</param>
    /// <param name="service">As callers look for it: <c>users</c>, <c>web</c>.</param>
    /// <param name="url">Where callers reach it.</param>
    /// <param name="zone">Where it runs; empty when that is of no concern.</param>
    /// <param name="network">What it knows of the others; null where nobody looks.</param>
    /// <param name="admin">Where others ask how it stands; null for nowhere.</param>
    public static Announced? Start(
        IReadOnlyList<Uri> store, string service, Uri url, string zone, NetworkView? network, Uri? admin,
        NodeTools tools)
    {
        var address = url.GetLeftPart(UriPartial.Authority);
        if (network is not null) (network.Self.Services, network.Self.Address) = ([service], address);
        if (store.Count == 0) return null;
        var etcd = new EtcdClusterStore(store, tools.Time);
        var info = new InstanceInfo(
            network?.Self.Id ?? Guid.NewGuid().ToString("N"), zone, Address: address, Version: ThisProgram.Version,
            Admin: admin?.GetLeftPart(UriPartial.Authority) ?? "");
        return new Announced(
            etcd,
            new Announcement(etcd, [service], info, tools.Time, tools.Loggers.CreateLogger<Announcement>()),
            network is null
                ? null
                : ServiceWatcher.OfAll(
                    etcd, network.Update, tools.Time, tools.Loggers.CreateLogger<ServiceWatcher>()));
    }

    public async ValueTask DisposeAsync()
    {
        await _announcement.DisposeAsync();
        if (_watcher is not null) await _watcher.DisposeAsync();
        _store.Dispose();
    }
}
