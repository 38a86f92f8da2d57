using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Storage;

namespace Roost.Bench.Graph;

/// <summary>
/// The Graph service with many follows: how long an import takes, at once and in the transactions of 65,536 that it
/// came in before; how long a start takes, with the graph's snapshot and from SQL; a replica of it. And sets that are
/// intersected.
/// </summary>
internal static class GraphBenchmark
{
    private const int BatchFollows = 65_536;
    private const string WholeFolder = "whole";

    /// <summary>The slow peers get a part.</summary>
    private const int PeerShare = 20;

    private static readonly Option<DirectoryInfo> _directory = new("--directory")
    {
        Description = "Where to write, on the disk to be measured; default: the system's temporary directory.",
    };

    private static readonly Option<int> _accounts = new("--accounts")
    {
        Description = "Accounts in the network.",
        DefaultValueFactory = _ => 1_000_000,
    };

    private static readonly Option<int> _follows = new("--follows")
    {
        Description = "Follows in the network, at least 100,000. Reckon with 100 bytes each on disk, and 60 in memory.",
        DefaultValueFactory = _ => 20_000_000,
    };

    public static Command Verb() => Verbs.Create(
        "graph",
        "Import of follows and start of the Graph service; a replica over gRPC; intersection of sets of accounts "
            + "beside what the class library has. Example: roost-bench graph --follows 5000000",
        RunAsync, _directory, _accounts, _follows);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var parent = parsed.GetValue(_directory)?.FullName ?? Path.GetTempPath();
        var root = Path.Combine(parent, $"roost-bench-{Environment.ProcessId}");
        var (accounts, follows) = settings.Quick
            ? (10_000, 100_000) : (parsed.GetValue(_accounts), Math.Max(100_000, parsed.GetValue(_follows)));
        var report = new Report("Follow graph");
        var random = new Random(1);
        IntersectionBenchmark.Run(report, settings, random);
        try
        {
            await MeasureAsync(report, root, MakeFollows(random, accounts, follows), settings, ct);
            using var data = DataDirectory.Open(Path.Combine(root, WholeFolder));
            await ReplicaBenchmark.RunAsync(report, data, accounts, settings, ct);
        }
        finally
        {
            if (Directory.Exists(root)) Directory.Delete(root, recursive: true);
        }
        return report;
    }

    private static async Task MeasureAsync(
        Report report, string root, (AccountId, AccountId)[] follows, BenchSettings settings, CancellationToken ct)
    {
        var imports = report.AddTable(
            "Import, durable, into an empty database", "subject", "follows", "s", "follows/s");
        var some = follows[..(follows.Length / PeerShare)];
        await ImportAsync($"{BatchFollows:#,0} a call", Path.Combine(root, "peer"), some, BatchFollows);
        await ImportAsync("in one call", Path.Combine(root, "some"), some, some.Length);
        var whole = Path.Combine(root, WholeFolder);
        await ImportAsync("in one call", whole, follows, follows.Length);

        var starts = report.AddTable("Start", "subject", "follows", "s (median)", "fastest", "slowest");
        await StartAsync("with the snapshot", settings.Rounds, keepSnapshot: true);
        await StartAsync("from SQL", settings.Quick ? 1 : Math.Min(settings.Rounds, 3), keepSnapshot: false);
        report.Note($"{follows.Length:#,0} follows drawn, popularity falling with rank to the power of -2/3.");
        report.Note(
            $"graph.db has {Size("graph.db") / 1e6:#,0} MB, the snapshot {Size("graph.snapshot") / 1e6:#,0} MB.");

        async Task ImportAsync(string name, string path, (AccountId, AccountId)[] all, int length)
        {
            using var data = DataDirectory.Open(path);
            await using var graph = Open(data);
            var start = Stopwatch.GetTimestamp();
            var made = 0L;
            foreach (var batch in all.Chunk(length))
                made += await graph.Api.Import(new ImportFollows(batch, DateTimeOffset.UnixEpoch), Call.Until(ct));
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            imports.Add(name, made, seconds, made / seconds);
            await Console.Error.WriteLineAsync($"{name}: {seconds:0.0} s");
        }

        async Task StartAsync(string name, int rounds, bool keepSnapshot)
        {
            var seconds = new double[rounds];
            var count = 0L;
            for (var round = 0; round < rounds; round++)
            {
                using var data = DataDirectory.Open(whole);
                if (!keepSnapshot) File.Delete(data.FilePath("graph.snapshot"));
                GC.Collect();
                var start = Stopwatch.GetTimestamp();
                await using var graph = Open(data);
                seconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds;
                count = graph.Follows;
                await Console.Error.WriteLineAsync($"{name}: {seconds[round]:0.00} s");
            }
            starts.Add(name, count, Rounds.Median(seconds), seconds.Min(), seconds.Max());
        }

        long Size(string file) => new FileInfo(Path.Combine(whole, file)).Length;
    }

    private static GraphService Open(DataDirectory data) =>
        GraphService.Open(data, TimeProvider.System, NullLoggerFactory.Instance, new BenchMeters());

    private static (AccountId, AccountId)[] MakeFollows(Random random, int accounts, int count)
    {
        var byRank = Enumerable.Range(1, accounts).ToArray();
        random.Shuffle(byRank);
        var follows = new (AccountId, AccountId)[count];
        for (var i = 0; i < count;)
        {
            var follower = byRank[(int)(accounts * Math.Pow(random.NextDouble(), 2))];
            var followee = byRank[(int)(accounts * Math.Pow(random.NextDouble(), 3))];
            if (follower != followee)
                follows[i++] = (new AccountId(follower), new AccountId(followee));
        }
        return follows;
    }
}
