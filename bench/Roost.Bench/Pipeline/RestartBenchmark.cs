using System.CommandLine;
using System.Diagnostics;
using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Search;

namespace Roost.Bench.Pipeline;

/// <summary>
/// How long a full post log takes to open: its rows read back, the index built over them, and home timelines merged,
/// the first and everybody's. Peer: reading the same bytes of the log once.
/// </summary>
/// <remarks>What <c>roost scenario restart</c> plays with a killed server and HTTP, without the minutes that its world
/// takes: accounts and follows are in memory here, posts come in batches. Every opening is a process of its
/// own.</remarks>
internal static class RestartBenchmark
{
    private const int Batch = 8_192;

    private static readonly Option<int> _posts = new("--posts")
    {
        Description = "How many posts, replies and boosts the log holds.",
        DefaultValueFactory = _ => 10_000_000,
    };

    private static readonly Option<DirectoryInfo> _directory = new("--directory")
    {
        Description = "Where to write, on the disk to be measured; default: the system's temporary directory.",
    };

    public static Command Verb() => Verbs.Create(
        "restart",
        "Opening a log of many posts, and its index, until the first and until all home timelines are there, against "
        + "reading its bytes. "
        + "Example: roost-bench restart --posts 10000000 --rounds 3",
        RunAsync, _posts, _directory);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var posts = settings.Quick ? 50_000 : parsed.GetValue(_posts);
        var network = RestartRound.CreateNetwork();
        var root = Path.Combine(
            parsed.GetValue(_directory)?.FullName ?? Path.GetTempPath(), $"roost-bench-{Environment.ProcessId}");
        var path = Path.Combine(root, "data");
        Directory.CreateDirectory(root);
        try
        {
            await using (var node = await PipelineNode.StartAsync(path, network, keep: true, ct))
            {
                await FillAsync(node, network, posts, ct);
                await Console.Error.WriteLineAsync("filled");
                await node.Search.Ingested(new AwaitIngest(), Call.Until(ct));
            }
            List<double[]> rounds = [];
            for (var round = 0; round < settings.Rounds; round++)
            {
                rounds.Add(await MeasureAsync(path, ct));
                await Console.Error.WriteLineAsync($"round {round + 1} of {settings.Rounds}");
            }
            return Tell(posts, network.Active.Length, path, rounds);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>Every tenth answers an earlier one, every tenth boosts one.</summary>
    private static async Task FillAsync(PipelineNode node, PipelineNetwork network, int posts, CancellationToken ct)
    {
        var random = new Random(5);
        var made = new List<PostId>();
        for (var first = 0; first < posts; first += Batch)
        {
            var items = new BatchItem[Math.Min(Batch, posts - first)];
            for (var i = 0; i < items.Length; i++)
            {
                var author = network.Authors[(first + i) % network.Authors.Length];
                var target = made.Count == 0 ? default : made[random.Next(made.Count)];
                items[i] = ((first + i) % 10) switch
                {
                    3 when !target.IsNone => BatchItem.Of(new BoostPost(author, target)),
                    7 => BatchItem.Of(new CreatePost(author, "An answer of some words to another.", InReplyTo: target)),
                    _ => BatchItem.Of(new CreatePost(author, "Some hundred characters, as most posts have, which say "
                        + "this and that about the day and its weather.")),
                };
            }
            var created = await node.Posts.CreateMany(new CreatePosts(items), Call.Until(ct));
            if (made.Count < 100_000)
                made.AddRange(created.Where(one => one.Ref.Kind == PostKind.Post).Select(one => one.Ref.Id));
        }
    }

    private static async Task<double[]> MeasureAsync(string path, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        var read = ReadAll(Path.Combine(path, PostsService.Folder));
        var readSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return read > 0
            ? [readSeconds, .. await RestartRound.RunAsync(path, ct)]
            : throw new InvalidOperationException("The log is empty.");
    }

    private static long ReadAll(string directory)
    {
        var buffer = new byte[4 << 20];
        var bytes = 0L;
        foreach (var path in Directory.EnumerateFiles(directory, "*.log"))
        {
            using var file = File.OpenRead(path);
            for (int read; (read = file.Read(buffer)) > 0;)
                bytes += read;
        }
        return bytes;
    }

    private static Report Tell(int posts, int accounts, string path, List<double[]> rounds)
    {
        var files = Directory.EnumerateFiles(Path.Combine(path, PostsService.Folder));
        var bytes = files.Sum(file => new FileInfo(file).Length);
        var report = new Report($"Opening a log of {posts:#,0} posts, {bytes / 1e9:0.0} GB");
        var table = report.AddTable("Seconds, median of rounds", "step", "s", "fastest", "slowest");
        string[] steps =
        [
            "reading the log's bytes once", "opening the log", "opening log, index and services",
            "until the first home timeline is there", "until all of them are, two readers",
        ];
        for (var i = 0; i < steps.Length; i++)
        {
            double[] seconds = [.. rounds.Select(round => round[i])];
            table.Add(steps[i], Rounds.Median(seconds), seconds.Min(), seconds.Max());
        }
        report.Note(
            $"{accounts:#,0} accounts and their follows are in memory; all posts are in the saved search index, too. "
            + "Pages are objects, in process, and each reader's inbox is made again beside.");
        return report;
    }
}
