using System.CommandLine;
using System.Diagnostics.Metrics;
using Roost.Bench.Frame;
using Roost.Bench.Pipeline;
using Roost.Bench.Web;

namespace Roost.Bench.Search;

/// <summary>
/// How soon a post is found: from its commit to the moment when searches find it, while posts arrive at a rate, with
/// and without a thread that searches without pause. The node is the whole one, with disk, inboxes and searches through
/// the service.
/// </summary>
internal static class SearchFeedBenchmark
{
    private const int Accounts = 100_000;
    private const int Texts = 1 << 17;
    private const string TimeToSearchable = "roost.search.time_to_searchable";

    private static readonly Option<int> _rate = new("--rate")
    {
        Description = "Posts a second.",
        DefaultValueFactory = _ => 10_000,
    };

    private static readonly Option<int> _seconds = new("--seconds")
    {
        Description = "How long posts arrive, for each row.",
        DefaultValueFactory = _ => 20,
    };

    private static readonly Option<DirectoryInfo> _directory = new("--directory")
    {
        Description = "Where to write, on the disk to be measured; default: the system's temporary directory.",
    };

    public static Command Verb() => Verbs.Create(
        "search-feed",
        "How soon posts are found while they arrive at a rate, and searches beside that; texts from the folder that "
            + "ROOST_DATA names, else made up. Example: roost-bench search-feed --rate 10000 --seconds 20",
        RunAsync, _rate, _seconds, _directory);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var rate = parsed.GetValue(_rate);
        var duration = TimeSpan.FromSeconds(settings.Quick ? 1 : parsed.GetValue(_seconds));
        var network = PipelineNetwork.Create(
            settings.Quick ? 5_000 : Accounts, 70, 25, settings.Quick ? 20_000 : 1_000_000, seed: 1);
        var texts = SearchTexts.Load(1);
        var root = Path.Combine(
            parsed.GetValue(_directory)?.FullName ?? Path.GetTempPath(), $"roost-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(root);
        try
        {
            await using var node = await PipelineNode.OpenAsync(Path.Combine(root, "data"), network, keep: false, ct);
            var run = new SearchFeed(node, network, texts.Lines(settings.Quick ? 1_000 : Texts), rate);
            var found = new Latencies();
            using var listener = Listen(found);
            await run.RunAsync(TimeSpan.FromSeconds(settings.Quick ? 0.2 : 5), withSearches: true, ct);
            var report = new Report($"From commit to searchable at {rate:#,0} posts/s");
            var table = report.AddTable(
                "Posts, and searches beside them", "meanwhile", "posts/s", "searchable p50 ms", "p99 ms", "p99.9 ms",
                "queries/s", "query p50 ms", "query p99 ms");
            foreach (var withSearches in new[] { false, true })
            {
                found.Clear();
                run.Searches.Clear();
                var (posted, asked) = await run.RunAsync(duration, withSearches, ct);
                table.Add(
                    withSearches ? "a thread searches" : "nobody searches", posted / duration.TotalSeconds,
                    found.Milliseconds(0.5), found.Milliseconds(0.99), found.Milliseconds(0.999),
                    asked / duration.TotalSeconds, run.Searches.Milliseconds(0.5), run.Searches.Milliseconds(0.99));
            }
            report.Note(
                $"Posts come in a batch each 2 ms or as soon as the one before is durable; {texts.Origin}. Load, log, "
                + $"fan-out to {network.Active.Length:#,0} inboxes and search share this process and its cores.");
            return report;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static MeterListener Listen(Latencies found)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, own) =>
            {
                if (instrument.Name == TimeToSearchable)
                    own.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (_, seconds, _, _) => found.Record(TimeSpan.FromSeconds(seconds)));
        listener.Start();
        return listener;
    }
}
