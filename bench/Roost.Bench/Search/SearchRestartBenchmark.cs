using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Roost.Bench.Frame;
using Roost.Bench.Pipeline;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Search;

namespace Roost.Bench.Search;

/// <summary>
/// How long after a start many posts can be searched: the node is opened over a directory that was closed before, and
/// asked at once. Peer: reading the bytes of the index once.
/// </summary>
internal static partial class SearchRestartBenchmark
{
    private const int Accounts = 100_000;
    private const int Batch = 8_192;
    private const int DontNeed = 4;

    private static readonly string[] _steps =
    [
        "reading the index's bytes once", "opening log, index and services", "the first search after that, 20 posts",
        "all of the log taken in",
    ];

    private static readonly Option<int> _posts = new("--posts")
    {
        Description = "How many posts; 8000000 take some 4 GB of disk.",
        DefaultValueFactory = _ => 8_000_000,
    };

    private static readonly Option<DirectoryInfo> _directory = new("--directory")
    {
        Description = "Where to write, on the disk to be measured; default: the system's temporary directory.",
    };

    public static Command Verb() => Verbs.Create(
        "search-restart",
        "How long after a start all posts can be searched; texts from the folder that ROOST_DATA names, else made up. "
        + "Example: roost-bench search-restart --posts 8000000 --rounds 3",
        RunAsync, _posts, _directory);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var posts = settings.Quick ? 30_000 : parsed.GetValue(_posts);
        var network = PipelineNetwork.Create(Accounts, 70, 0, 1_000_000, seed: 1);
        var root = Path.Combine(
            parsed.GetValue(_directory)?.FullName ?? Path.GetTempPath(), $"roost-bench-{Environment.ProcessId}");
        var path = Path.Combine(root, "data");
        Directory.CreateDirectory(root);
        try
        {
            var texts = SearchTexts.Load(1);
            var report = new Report($"Searching {posts:#,0} posts after a start");
            await FillAsync(report, path, network, texts, posts, ct);
            var files = new DirectoryInfo(Path.Combine(path, SearchService.Folder)).GetFiles();
            report.Note(
                $"The index is {files.Sum(file => file.Length) / 1e6:#,0} MB in {files.Length} files; {texts.Origin}.");
            foreach (var isCold in new[] { false, true })
            {
                List<double[]> rounds = [];
                for (var round = 0; round < settings.Rounds; round++)
                {
                    GC.Collect();
                    rounds.Add(await MeasureAsync(path, network, isCold, ct));
                }
                Tell(report, isCold ? "files dropped from the system's cache" : "files in the system's cache", rounds);
            }
            return report;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task FillAsync(
        Report report, string path, PipelineNetwork network, SearchTexts texts, int posts, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        var node = await PipelineNode.OpenAsync(path, network, keep: true, ct);
        var input = new SearchInput();
        for (var first = 0; first < posts; first += Batch)
        {
            var items = new BatchItem[Math.Min(Batch, posts - first)];
            for (var i = 0; i < items.Length; i++)
            {
                var text = texts.Line((uint)(first + i + 1), input);
                items[i] = BatchItem.Of(new CreatePost(
                    network.Authors[(first + i) % network.Authors.Length], text, Language: input.Language.ToString()));
            }
            await node.Posts.CreateMany(new CreatePosts(items), Call.Until(ct));
            await Console.Error.WriteAsync($"\rposted {first + items.Length:#,0}");
        }
        await node.Search.Ingested(new AwaitIngest(), Call.Until(ct));
        var filled = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        await node.DisposeAsync();
        report.Note(
            $"Posting and indexing took {filled:0.0} s, "
            + $"the stop {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s.");
        await Console.Error.WriteLineAsync();
    }

    private static async Task<double[]> MeasureAsync(
        string path, PipelineNetwork network, bool isCold, CancellationToken ct)
    {
        var folder = Path.Combine(path, SearchService.Folder);
        if (isCold)
            Forget(path);
        var start = Stopwatch.GetTimestamp();
        ReadAll(folder);
        var readSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (isCold)
            Forget(path);

        start = Stopwatch.GetTimestamp();
        await using var node = await PipelineNode.OpenAsync(path, network, keep: true, ct);
        var openSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        var found = await node.Search.Posts(
            new FindPosts(default, "the -zzzz", default, new SearchRange()), Call.Until(ct));
        var searchSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (found.Refs.Count < 20)
            throw new InvalidOperationException($"Only {found.Refs.Count} posts were found.");
        start = Stopwatch.GetTimestamp();
        await node.Search.Ingested(new AwaitIngest(), Call.Until(ct));
        return [readSeconds, openSeconds, searchSeconds, Stopwatch.GetElapsedTime(start).TotalSeconds];
    }

    private static void ReadAll(string folder)
    {
        var buffer = new byte[4 << 20];
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            using var file = File.OpenRead(path);
            while (file.Read(buffer) > 0)
            {
            }
        }
    }

    /// <summary>Asks the system to drop what it keeps of the files.</summary>
    private static void Forget(string directory)
    {
        foreach (var path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            RandomAccess.FlushToDisk(file);
            _ = Advise(file, 0, 0, DontNeed);
        }
    }

    private static void Tell(Report report, string title, List<double[]> rounds)
    {
        var table = report.AddTable($"Seconds, median of rounds, {title}", "step", "s", "fastest", "slowest");
        for (var i = 0; i < _steps.Length; i++)
        {
            double[] seconds = [.. rounds.Select(round => round[i])];
            table.Add(_steps[i], Rounds.Median(seconds), seconds.Min(), seconds.Max());
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);
}
