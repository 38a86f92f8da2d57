using System.CommandLine;
using System.Diagnostics;
using Roost.Bench.Frame;
using Roost.Bench.Posts;
using Roost.Engine.Ids;
using Roost.Engine.Inboxes;
using Roost.Services.Posts.Log;

namespace Roost.Bench.Pipeline;

/// <summary>
/// The whole way of a post, sustained: batches arrive at the Posts service, are made durable, indexed, and delivered
/// into all inboxes; flat out, at the rate of Twitter's record second, and at that rate with readers beside it. The
/// ceilings: the bytes alone written in groups past the page cache, and the inbox engine alone.
/// </summary>
internal static class PipelineBenchmark
{
    /// <summary>What a post takes in the log: header, body, 100 characters.</summary>
    private const int RecordBytes = RecordFormat.HeaderBytes + 22 + 100;

    private static readonly Option<int> _seconds = Number("--seconds", "How long posts arrive, for each row.", 20);
    private static readonly Option<int> _rate = Number("--rate", "Posts a second in the paced rows.", 143_199);
    private static readonly Option<int> _accounts = Number("--accounts", "Accounts of the network.", 1_000_000);
    private static readonly Option<int> _followers = Number("--followers", "An author's followers, on average.", 70);
    private static readonly Option<int> _active = Number("--active", "Percent of accounts that have an inbox.", 25);
    private static readonly Option<int> _batch = Number("--batch", "Posts in a batch.", 1_000);
    private static readonly Option<int> _producers = Number("--producers", "Batches on their way at a time.", 4);
    private static readonly Option<int> _readers = Number("--readers", "Who read pages, each one by one.", 1);

    private static readonly Option<int> _pages = new("--pages")
    {
        Description = "Pages a second that they want; 0 for as many as are answered.",
    };

    private static readonly Option<LoadKind[]> _loads = new("--loads")
    {
        Description = "Which of the rows; default: all.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => Enum.GetValues<LoadKind>(),
    };

    private static readonly Option<DirectoryInfo> _directory = new("--directory")
    {
        Description = "Where to write, on the disk to be measured; default: the system's temporary directory.",
    };

    public static Command Verb() => Verbs.Create(
        "pipeline",
        "Posts a second from arrival to all inboxes, durable, with and without readers, against the log's bytes and "
        + "the inbox engine alone. Example: roost-bench pipeline --seconds 60",
        RunAsync, _seconds, _rate, _accounts, _followers, _active, _batch, _producers, _readers, _pages, _loads,
        _directory);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var accounts = settings.Quick ? 20_000 : parsed.GetValue(_accounts);
        var duration = TimeSpan.FromSeconds(settings.Quick ? 1 : parsed.GetValue(_seconds));
        var load = new PipelineLoadOptions(
            duration, parsed.GetValue(_rate), parsed.GetValue(_readers), parsed.GetValue(_pages),
            parsed.GetValue(_batch), parsed.GetValue(_producers));
        var network = PipelineNetwork.Create(
            accounts, parsed.GetValue(_followers), parsed.GetValue(_active), settings.Quick ? 20_000 : 1_000_000,
            seed: 1);
        var root = Path.Combine(
            parsed.GetValue(_directory)?.FullName ?? Path.GetTempPath(), $"roost-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(root);
        try
        {
            var outcomes = new List<(string Name, PipelineOutcome Outcome)>();
            foreach (var (name, options) in parsed.GetValue(_loads)!.Select(kind => Load(kind, load)))
            {
                outcomes.Add((name, await MeasureAsync(root, network, options, ct)));
                await Console.Error.WriteLineAsync($"{name}: {outcomes[^1].Outcome.PostsPerSecond:#,0} posts/s");
                GC.Collect();
            }
            var ceilings = (Log: RawLog(root, settings), Engine: Engine(network, load.Batch, settings));
            return Tell(network, load, outcomes, ceilings);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static (string Name, PipelineLoadOptions Options) Load(LoadKind kind, PipelineLoadOptions load) =>
        kind switch
        {
            LoadKind.Flat => ("flat out", load with { Rate = 0, Readers = 0 }),
            LoadKind.Paced => ($"{load.Rate:#,0}/s", load with { Readers = 0 }),
            _ => ($"{load.Rate:#,0}/s beside readers", load),
        };

    private static async Task<PipelineOutcome> MeasureAsync(
        string root, PipelineNetwork network, PipelineLoadOptions options, CancellationToken ct)
    {
        await using var node = await PipelineNode.OpenAsync(Path.Combine(root, "data"), network, keep: false, ct);
        var warmUp = options with { Duration = TimeSpan.FromSeconds(Math.Min(2, options.Duration.TotalSeconds / 4)) };
        var before = await new PipelineLoad(network, node, warmUp).RunAsync(ct);
        var outcome = await new PipelineLoad(network, node, options).RunAsync(ct);
        return outcome with
        {
            FanOut = outcome.FanOut with { Deliveries = outcome.FanOut.Deliveries - before.FanOut.Deliveries },
        };
    }

    /// <summary>Records a second that are only written: one write and one sync each mebibyte, past the page cache.
    /// </summary>
    private static double RawLog(string root, BenchSettings settings)
    {
        using var direct = RawGroups.Direct(Path.Combine(root, "direct"), RecordBytes);
        var start = Stopwatch.GetTimestamp();
        var records = direct.Write(settings.Quick ? 100_000 : 5_000_000);
        return records / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The same posts a second, only delivered, by one thread.</summary>
    private static double Engine(PipelineNetwork network, int length, BenchSettings settings)
    {
        using var arena = new InboxArena(4L << 30);
        foreach (var account in network.Active)
            arena.Create(new AccountId(account), 0, 0);
        var batch = new Delivery[length];
        var start = Stopwatch.GetTimestamp();
        var posts = settings.Quick ? 10 * length : 2_000 * length;
        for (var seq = 0; seq < posts;)
        {
            for (var i = 0; i < batch.Length; i++)
            {
                var author = network.Authors[seq % network.Authors.Length];
                batch[i] = new Delivery((uint)++seq, network.Ranked.Graph.Followers(author), author);
            }
            arena.Deliver(batch);
        }
        return posts / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static Report Tell(
        PipelineNetwork network, PipelineLoadOptions load, List<(string Name, PipelineOutcome Outcome)> outcomes,
        (double Log, double Engine) ceilings)
    {
        var report = new Report($"From arrival to all inboxes, {load.Duration.TotalSeconds:0} s each");
        var rates = report.AddTable(
            "Posts", "load", "posts/s", "M deliveries/s", "M recipients/s", "pages/s", "cores used", "bytes/post",
            "% collecting", "refused");
        var times = report.AddTable(
            "Milliseconds", "load", "answer p50", "answer p99", "page p50", "page p99", "to inbox p50", "p99");
        var buckets = report.AddTable(
            "Milliseconds to the last inbox, by followers", "load", "followers", "posts", "p50", "p99", "most");
        foreach (var (name, it) in outcomes)
        {
            rates.Add(
                name, it.PostsPerSecond, it.DeliveriesPerSecond / 1e6,
                it.PostsPerSecond * network.FollowersOnAverage / 1e6, it.PagesPerSecond,
                it.CpuSeconds / it.Reading.TotalSeconds, it.AllocatedBytes / it.Posts,
                100 * it.Collecting / it.Reading, it.Refused);
            times.Add(
                name, it.AnswerP50, it.AnswerP99, it.PageP50, it.PageP99,
                it.FanOut.TimeToInboxP50.TotalMilliseconds, it.FanOut.TimeToInboxP99.TotalMilliseconds);
            foreach (var bucket in it.FanOut.TimeToInbox.Where(bucket => bucket.Posts > 0))
            {
                buckets.Add(
                    name, bucket.Followers, bucket.Posts, bucket.P50.TotalMilliseconds, bucket.P99.TotalMilliseconds,
                    bucket.Max.TotalMilliseconds);
            }
        }
        var bounds = report.AddTable("Ceilings in the same run", "subject", "posts/s", "of it in the first row");
        var best = outcomes[0].Outcome.PostsPerSecond;
        bounds.Add("as many bytes, 1 MiB a write and sync, past the page cache", ceilings.Log, best / ceilings.Log);
        bounds.Add("inbox engine alone, one thread", ceilings.Engine, best / ceilings.Engine);
        report.Note(
            $"{network.Ranked.Accounts:#,0} accounts, {network.Ranked.Graph.Count:#,0} follows, "
            + $"{network.Active.Length:#,0} with an inbox; authors have {network.FollowersOnAverage:0.0} followers on "
            + $"average. Batches of {load.Batch:#,0}, {load.Producers} on their way. Producers, readers and services "
            + "share the cores. Pages are of 20 posts, as the bytes that the client API sends.");
        return report;
    }

    private static Option<int> Number(string name, string description, int value)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError($"{name} must be at least 1.");
        });
        return option;
    }

    private enum LoadKind
    {
        /// <summary>As many posts as are taken.</summary>
        Flat,

        /// <summary>At a rate.</summary>
        Paced,

        /// <summary>At a rate, and pages are read.</summary>
        Readers,
    }
}
