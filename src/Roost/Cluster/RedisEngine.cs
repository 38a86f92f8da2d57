using System.Diagnostics;
using System.Globalization;
using Roost.Rpc;

namespace Roost.Cluster;

/// <summary>
/// A real Redis Cluster of three masters, without replicas, on an address of this machine: each keeps what it is told
/// in a log of its own, written to the disk once a second.
/// </summary>
/// <param name="directory">For the servers' data and logs.</param>
/// <param name="address">Where they listen, as the only ones.</param>
internal sealed class RedisEngine(string directory, string address)
{
    public const int Servers = 3;

    private const int FirstPort = 6379;

    /// <summary>What a cluster's servers listen at for each other lies so far above.</summary>
    private const int BusDistance = 10_000;

    private const int SlotsAll = 16_384;

    public static IEnumerable<int> Ports =>
        Enumerable.Range(FirstPort, Servers).SelectMany(port => (int[])[port, port + BusDistance]);

    /// <summary>As <c>--inboxes</c> takes it.</summary>
    public string Place => $"redis://{string.Join(',', Enumerable.Range(0, Servers).Select(Endpoint))}";

    /// <param name="server">0 and up; so with all others.</param>
    public string Endpoint(int server) => $"{address}:{FirstPort + server}";

    public string DirectoryOf(int server) => Path.Combine(
        directory, (server + 1).ToString(CultureInfo.InvariantCulture));

    /// <summary>Starts one server, and waits until it answers; once all are there, makes a cluster of them if they are
    /// none.</summary>
    /// <param name="begun">Is told of the process at once; null for nobody.</param>
    /// <exception cref="ServiceException">It does not start; Redis is not installed.</exception>
    public async Task<Child> StartAsync(int server, CancellationToken ct, Action<Child>? begun = null)
    {
        var place = Directory.CreateDirectory(DirectoryOf(server)).FullName;
        var child = Child.Start(
            Programs.Redis ?? throw new ServiceException(ErrorCode.Unavailable, Programs.RedisMissing),
            [
                "--bind", address, "--cluster-announce-ip", address, "--port", Number(FirstPort + server),
                "--protected-mode", "no", "--dir", place, "--cluster-enabled", "yes",
                "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000",
                "--cluster-require-full-coverage", "no", "--appendonly", "yes", "--appendfsync", "everysec",
                "--save", "", "--maxmemory-policy", "volatile-ttl",
            ],
            Path.Combine(place, "log"));
        begun?.Invoke(child);
        return await child.UntilAsync(
            async stop => await AnswersAsync(server, stop) && await IsInOneAsync(server, stop), ct);
    }

    /// <summary>What a server answers to a command.</summary>
    /// <exception cref="ServiceException">The program that asks is not installed.</exception>
    public Task<string> AskAsync(int server, CancellationToken ct, params string[] command) => RunAsync(
        ["-h", address, "-p", Number(FirstPort + server), .. command], ct);

    /// <summary>Moves slots from one server to another, as an operator does.</summary>
    public Task<string> MoveSlotsAsync(string fromId, string toId, int slots, CancellationToken ct) => RunAsync(
        [
            "--cluster", "reshard", Endpoint(0), "--cluster-from", fromId, "--cluster-to", toId, "--cluster-slots",
            Number(slots), "--cluster-yes",
        ], ct);

    private async Task<bool> AnswersAsync(int server, CancellationToken ct) =>
        await AskAsync(server, ct, "PING") == "PONG";

    /// <summary>Whether a server takes part in a cluster; who is started again knows it from before. When all servers
    /// are there and know nothing, the first tells them.</summary>
    private async Task<bool> IsInOneAsync(int server, CancellationToken ct)
    {
        if (await HasSlotsAsync(server, SlotsAll, ct)) return await SaysAsync(server, "cluster_state:ok", ct);
        for (var other = 0; other < Servers; other++)
            if (server > 0 || !await HasSlotsAsync(other, 0, ct)) return false;
        await RunAsync(
            ["--cluster", "create", .. Enumerable.Range(0, Servers).Select(Endpoint), "--cluster-yes"], ct);
        return false;
    }

    private Task<bool> HasSlotsAsync(int server, int slots, CancellationToken ct) =>
        SaysAsync(server, $"cluster_slots_assigned:{slots}", ct);

    private async Task<bool> SaysAsync(int server, string line, CancellationToken ct) =>
        (await AskAsync(server, ct, "CLUSTER", "INFO")).Split('\n', StringSplitOptions.TrimEntries).Contains(line);

    private static async Task<string> RunAsync(IReadOnlyList<string> arguments, CancellationToken ct)
    {
        var program = Programs.RedisCli ?? throw new ServiceException(ErrorCode.Unavailable, Programs.RedisMissing);
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        using var process = Process.Start(info)
            ?? throw new ServiceException(ErrorCode.Unavailable, $"{program} could not be started.");
        var (said, complaints) = (process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
        await process.WaitForExitAsync(ct);
        await complaints;
        return (await said).Trim();
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
