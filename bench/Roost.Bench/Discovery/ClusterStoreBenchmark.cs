using System.CommandLine;
using System.Diagnostics;
using Roost.Bench.Frame;
using Roost.Bench.Posts;
using Roost.Cluster;
using Roost.Rpc.Discovery;

namespace Roost.Bench.Discovery;

/// <summary>
/// What a process waits for that tells a cluster store something, how soon another one hears of it, and what all who
/// listen cost while nothing happens: the file of one machine, with memory and an etcd of one member as peers.
/// </summary>
internal static class ClusterStoreBenchmark
{
    private const string Key = "roost/instances/users/one";
    private const int Listeners = 20;

    private static readonly TimeSpan _pauseMax = TimeSpan.FromMilliseconds(50);

    public static Command Verb() => Verbs.Create(
        "cluster-store",
        "What telling and hearing takes through a cluster store: the file of one machine beside memory and etcd. "
        + "Example: roost-bench cluster-store --directory /var/tmp",
        (parsed, settings, ct) => RunAsync(
            Path.Combine(
                parsed.GetValue(LogLoads.Folder)?.FullName ?? Path.GetTempPath(),
                $"roost-bench-{Environment.ProcessId}"),
            settings, ct),
        LogLoads.Folder);

    private static async Task<Report> RunAsync(string root, BenchSettings settings, CancellationToken ct)
    {
        Directory.CreateDirectory(root);
        try
        {
            return await MeasureAsync(root, settings, ct);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<Report> MeasureAsync(string root, BenchSettings settings, CancellationToken ct)
    {
        var report = new Report("Telling and hearing through a cluster store");
        var table = report.AddTable(
            "From the call until it is answered, and until another store's watch has heard", "store", "put p50 ms",
            "put p99 ms", "kept alive p50 ms", "heard p50 ms", "heard p99 ms", "% of a core for 20 at rest");
        using var memory = new MemoryClusterStore(TimeProvider.System);
        table.Add(["memory", .. await MeasureAsync(() => memory, settings, ct)]);
        var file = Path.Combine(root, "cluster.db");
        table.Add(["file", .. await MeasureAsync(
            () => new SqliteClusterStore(file, TimeProvider.System), settings, ct)]);
        if (Programs.Etcd is null)
        {
            report.Note(Programs.EtcdMissing);
            return report;
        }
        var etcd = new EtcdEngine(root, ClusterPlan.FreeAddress(), members: 1);
        await using var server = await etcd.StartAsync(0, ct);
        table.Add(["etcd", .. await MeasureAsync(
            () => new EtcdClusterStore(etcd.Endpoints, TimeProvider.System), settings, ct)]);
        report.Note("What etcd's own process takes at rest is not in its last column.");
        return report;
    }

    /// <param name="open">As each of several processes does.</param>
    private static async Task<object[]> MeasureAsync(
        Func<IClusterStore> open, BenchSettings settings, CancellationToken ct)
    {
        var (puts, rest) = settings.Quick ? (20, TimeSpan.FromSeconds(1)) : (500, TimeSpan.FromSeconds(5));
        var before = await WorkAsync(rest, ct);
        var store = open();
        var other = open();
        var (put, heard) = await PutAsync(store, other, puts, ct);
        var kept = await KeepAliveAsync(store, puts, ct);
        var stores = Enumerable.Range(0, Listeners).Select(_ => open()).ToArray();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var listening = stores.Select(one => ListenAsync(one, end.Token)).ToArray();
        await Task.Delay(rest, TimeProvider.System, ct);
        var resting = await WorkAsync(rest, ct);
        await end.CancelAsync();
        await Task.WhenAll(listening);
        foreach (var one in stores.Append(store).Append(other).Distinct()) one.Dispose();
        return
        [
            LogLoads.At(put, 0.5), LogLoads.At(put, 0.99), LogLoads.At(kept, 0.5), LogLoads.At(heard, 0.5),
            LogLoads.At(heard, 0.99), 100 * Math.Max(0, resting - before),
        ];
    }

    private static async Task<(List<double> Put, List<double> Heard)> PutAsync(
        IClusterStore store, IClusterStore other, int puts, CancellationToken ct)
    {
        var (put, heard) = (new List<double>(puts), new List<double>(puts));
        var random = new Random(1);
        var from = (await other.ReadAsync(Key, ct)).Revision;
        await using var watch = other.WatchAsync(Key, from, ct).GetAsyncEnumerator(ct);
        for (var i = 0; i < puts; i++)
        {
            var next = watch.MoveNextAsync().AsTask();
            await Task.Delay(_pauseMax * random.NextDouble(), TimeProvider.System, ct);
            var start = Stopwatch.GetTimestamp();
            await store.PutAsync(Key, """{"address":"http://127.0.0.1:4001","zone":"","weight":1}""", ct);
            put.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await next;
            heard.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        put.Sort();
        heard.Sort();
        return (put, heard);
    }

    private static async Task<List<double>> KeepAliveAsync(IClusterStore store, int times, CancellationToken ct)
    {
        var took = new List<double>(times);
        var lease = await store.GrantAsync(Announcement.Ttl, ct);
        for (var i = 0; i < times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await store.KeepAliveAsync(lease, ct);
            took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        await store.RevokeAsync(lease, ct);
        took.Sort();
        return took;
    }

    private static async Task ListenAsync(IClusterStore store, CancellationToken ct)
    {
        try
        {
            var from = (await store.ReadAsync(Key, ct)).Revision;
            await foreach (var change in store.WatchAsync(Key, from, ct))
                throw new InvalidOperationException($"Nobody is to change {change.Key} now.");
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    /// <summary>How many cores this process takes on average for a while.</summary>
    private static async Task<double> WorkAsync(TimeSpan time, CancellationToken ct)
    {
        using var process = Process.GetCurrentProcess();
        var (before, start) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        await Task.Delay(time, TimeProvider.System, ct);
        process.Refresh();
        return (process.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(start);
    }
}
