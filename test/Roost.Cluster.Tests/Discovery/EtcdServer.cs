using Roost.Cluster.Tests.Crash;
using Xunit;

namespace Roost.Cluster.Tests.Discovery;

/// <summary>Through what processes find each other.</summary>
public enum StoreKind
{
    Etcd,
    File,
}

/// <summary>A real etcd on an address of this machine that it has for itself, its data in a directory that goes with it.
/// </summary>
public sealed class EtcdServer : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("roost-etcd-").FullName;
    private readonly EtcdEngine _engine;
    private readonly Child?[] _running;

    public EtcdServer()
        : this(members: 1)
    {
    }

    internal EtcdServer(int members) => (_engine, _running) =
        (new EtcdEngine(_directory, ClusterPlan.FreeAddress(), members), new Child?[members]);

    /// <summary>Null when it runs; else why not.</summary>
    public string? Missing { get; } = Programs.Etcd is null
        ? "etcd is not installed (Debian: apt-get install etcd-server); its store is not tested." : null;

    public Uri Endpoint => _engine.Endpoint(0);

    /// <summary>As <c>--store</c> takes it; skips the test where there is no etcd.</summary>
    internal string StoreOf(StoreKind kind, Scratch scratch)
    {
        if (kind == StoreKind.File) return scratch.Beside("cluster.db");
        if (Missing is { } missing) Assert.Skip(missing);
        return Endpoint.ToString();
    }

    public async ValueTask InitializeAsync()
    {
        if (Missing is null) await Task.WhenAll(Enumerable.Range(0, _running.Length).Select(StartAsync));
    }

    public async Task StartAsync(int member = 0) =>
        _running[member] = await _engine.StartAsync(member, TestContext.Current.CancellationToken);

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync(int member = 0) => await _running[member]!.DisposeAsync();

    internal void Send(int member, Signal signal) => Assert.True(Signals.Send(_running[member]!.Id, signal));

    /// <summary>The member that leads the others, once there is one.</summary>
    public int Leader()
    {
        while (true)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            for (var member = 0; member < _running.Length; member++)
                if (EtcdEngine.Leads(_engine.Endpoint(member).ToString())) return member;
        }
    }

    /// <summary>All members, a certain one first.</summary>
    public IReadOnlyList<Uri> EndpointsFrom(int member) =>
        [.. _engine.Endpoints.Skip(member), .. _engine.Endpoints.Take(member)];

    public async ValueTask DisposeAsync()
    {
        foreach (var child in _running.OfType<Child>()) await child.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
