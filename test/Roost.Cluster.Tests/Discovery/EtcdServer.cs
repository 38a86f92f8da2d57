using Xunit;

namespace Roost.Cluster.Tests.Discovery;

/// <summary>A real etcd on an address of this machine that it has for itself, its data in a directory that goes with it.
/// </summary>
public sealed class EtcdServer : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("roost-etcd-").FullName;
    private readonly EtcdEngine _engine;
    private Child? _running;

    public EtcdServer() => _engine = new EtcdEngine(_directory, ClusterPlan.FreeAddress());

    /// <summary>Null when it runs; else why not.</summary>
    public string? Missing { get; } = Programs.Etcd is null
        ? "etcd is not installed (Debian: apt-get install etcd-server); its store is not tested." : null;

    public Uri Endpoint => _engine.Endpoint;

    public async ValueTask InitializeAsync()
    {
        if (Missing is null) await StartAsync();
    }

    public async Task StartAsync() => _running = await _engine.StartAsync(TestContext.Current.CancellationToken);

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync() => await _running!.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_running is not null) await _running.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
