using Xunit;

namespace Roost.Cluster.Tests.Redis;

/// <summary>A real Redis Cluster of three on an address of this machine that it has for itself, which tests share: its
/// data in a directory that goes with it.</summary>
public sealed class SharedRedis : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("roost-redis-").FullName;

    // Behind the masters a replica of one of them, where a test adds it.
    private readonly Child?[] _running = new Child?[RedisEngine.Servers + 1];
    private readonly RedisEngine _engine;

    public SharedRedis() => _engine = new RedisEngine(_directory, ClusterPlan.FreeAddress());

    /// <summary>Null when servers can be run here; else why not.</summary>
    public static string? WhyMissing { get; } = Programs.HasRedis
        ? null : $"{Programs.RedisMissing} Inboxes there are not tested.";

    /// <summary>Null when it runs; else why not.</summary>
    public string? Missing { get; } = WhyMissing;

    /// <summary>As <c>--inboxes</c> takes it.</summary>
    public string Place => _engine.Place;

    public async ValueTask InitializeAsync()
    {
        if (Missing is null) await Task.WhenAll(Enumerable.Range(0, RedisEngine.Servers).Select(StartAsync));
    }

    public async Task StartAsync(int server) =>
        _running[server] = await _engine.StartAsync(server, TestContext.Current.CancellationToken);

    /// <summary>SIGKILL, without waiting for anything.</summary>
    public async Task KillAsync(int server)
    {
        await _running[server]!.DisposeAsync();
        _running[server] = null;
    }

    /// <summary>Starts one more server, and has it follow a master; returns when it has all that this has.</summary>
    /// <returns>Which one it is.</returns>
    public async Task<int> AddReplicaAsync(int master)
    {
        const int Replica = RedisEngine.Servers;
        var ct = TestContext.Current.CancellationToken;
        var place = _engine.Endpoint(Replica).Split(':');
        var starting = StartAsync(Replica);
        // Not before it listens is it met.
        while (!starting.IsCompleted) await AskAsync(master, "CLUSTER", "MEET", place[0], place[1]);
        await starting;
        var id = await AskAsync(master, "CLUSTER", "MYID");
        while (await AskAsync(Replica, "CLUSTER", "REPLICATE", id) != "OK") ct.ThrowIfCancellationRequested();
        while (!(await AskAsync(Replica, "INFO", "replication")).Contains("master_link_status:up", StringComparison.Ordinal))
            ct.ThrowIfCancellationRequested();
        return Replica;
    }

    /// <summary>Moves the first of a server's slots to another one, with what is in them.</summary>
    public async Task MoveSlotsAsync(int from, int to, int slots) => await _engine.MoveSlotsAsync(
        await AskAsync(from, "CLUSTER", "MYID"), await AskAsync(to, "CLUSTER", "MYID"), slots,
        TestContext.Current.CancellationToken);

    /// <summary>Whom a killed server will start as: nobody who knows anything but its place in the cluster.</summary>
    public void Empty(int server) => Directory.Delete(
        Path.Combine(_engine.DirectoryOf(server), "appendonlydir"), recursive: true);

    internal void Send(int server, Signal signal) => Assert.True(Signals.Send(_running[server]!.Id, signal));

    public Task<string> AskAsync(int server, params string[] command) =>
        _engine.AskAsync(server, TestContext.Current.CancellationToken, command);

    /// <summary>Asks all servers.</summary>
    public async Task TellAllAsync(params string[] command)
    {
        for (var server = 0; server < RedisEngine.Servers; server++)
            Assert.Equal("OK", await AskAsync(server, command));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in _running.OfType<Child>()) await child.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
