using Microsoft.Extensions.Logging;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;

namespace Roost.Composition;

/// <summary>Tells etcd that this process serves something, until it is disposed: before the port closes.</summary>
internal sealed class Announced : IAsyncDisposable
{
    private readonly EtcdClusterStore _store;
    private readonly Announcement _announcement;

    private Announced(EtcdClusterStore store, Announcement announcement) =>
        (_store, _announcement) = (store, announcement);

    /// <param name="store">Of etcd's members; none: nothing is told, and the result is null.</param>
    /// <param name="service">As callers look for it: <c>users</c>, <c>web</c>.</param>
    /// <param name="url">Where callers reach it.</param>
    /// <param name="zone">Where it runs; empty when that is of no concern.</param>
    public static Announced? Start(
        IReadOnlyList<Uri> store, string service, Uri url, string zone, TimeProvider time, ILogger<Announcement> log)
    {
        if (store.Count == 0) return null;
        var etcd = new EtcdClusterStore(store, time);
        var info = new InstanceInfo(
            Guid.NewGuid().ToString("N"), zone, Address: url.GetLeftPart(UriPartial.Authority));
        return new Announced(etcd, new Announcement(etcd, [service], info, time, log));
    }

    public async ValueTask DisposeAsync()
    {
        await _announcement.DisposeAsync();
        _store.Dispose();
    }
}
