using Microsoft.Extensions.Logging;
using Roost.Rpc.Admin.Network;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;

namespace Roost.Composition;

/// <summary>
/// A process's place among the others: tells a store that it serves something, until it is disposed, before the port
/// closes; and has its view of the network follow what the others tell.
/// </summary>
internal sealed class Announced : IAsyncDisposable
{
    /// <summary>As long as callers may take to hear that a process does not want to be called any more.</summary>
    private static readonly TimeSpan _linger = TimeSpan.FromMilliseconds(200);

    private readonly TimeProvider _time;
    private readonly bool _lingers;
    private readonly IClusterStore _store;
    private readonly Announcement _announcement;
    private readonly ServiceWatcher? _watcher;

    private Announced(
        IClusterStore store, Announcement announcement, ServiceWatcher? watcher, TimeProvider time, bool lingers) =>
        (_store, _announcement, _watcher, _time, _lingers) = (store, announcement, watcher, time, lingers);

    /// <param name="store">As <see cref="ClusterStores.Open"/> takes it; none: nothing is told, and the result is
    /// null.</param>
    /// <param name="service">As callers look for it: <c>users</c>, <c>web</c>.</param>
    /// <param name="url">Where callers reach it.</param>
    /// <param name="zone">Where it runs; empty when that is of no concern.</param>
    /// <param name="network">What it knows of the others; null where nobody looks.</param>
    /// <param name="admin">Where others ask how it stands; null for nowhere.</param>
    /// <param name="confirm">As <see cref="Announcement"/> takes it, of what others may come to serve in its place;
    /// with it callers are given time to hear of the end.</param>
    public static Announced? Start(
        IReadOnlyList<Uri> store, string service, Uri url, string zone, NetworkView? network, Uri? admin,
        NodeTools tools, Func<Task>? confirm = null)
    {
        var address = url.GetLeftPart(UriPartial.Authority);
        network?.Self.Announce(service, address);
        if (store.Count == 0) return null;
        var opened = ClusterStores.Open(store, tools.Time);
        var info = new InstanceInfo(
            network?.Self.Id ?? Guid.NewGuid().ToString("N"), zone, Address: address, Version: ThisProgram.Version,
            Admin: admin?.GetLeftPart(UriPartial.Authority) ?? "");
        return new Announced(
            opened,
            new Announcement(opened, [service], info, tools.Time, tools.Loggers.CreateLogger<Announcement>(), confirm),
            network is null
                ? null
                : ServiceWatcher.OfAll(
                    opened, network.Update, tools.Time, tools.Loggers.CreateLogger<ServiceWatcher>()),
            tools.Time, lingers: confirm is not null);
    }

    public async ValueTask DisposeAsync()
    {
        await _announcement.DisposeAsync();
        if (_lingers) await Task.Delay(_linger, _time);
        if (_watcher is not null) await _watcher.DisposeAsync();
        _store.Dispose();
    }
}
