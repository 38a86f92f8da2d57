using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Services.Posts.Log;

namespace Roost.Bench.Posts;

/// <summary>
/// Durable appends to the post log: pipelined one by one, in batches, and by authors who each wait for their answer.
/// The ceilings are the same bytes in such groups, written and synced by hand; the peer is SQLite in transactions of
/// 1,000.
/// </summary>
internal static class PostLogBenchmark
{
    private const int BatchRecords = 1_000;
    private const int PipelineDepth = 8_192;
    private const int SqliteShare = 20;

    private static readonly Option<DirectoryInfo> _directory = new("--directory")
    {
        Description = "Where to write, on the disk to be measured; default: the system's temporary directory.",
    };

    private static readonly Option<int> _payloadBytes = new("--payload")
    {
        Description = "Bytes of a record's payload.",
        DefaultValueFactory = _ => 300,
    };

    private static readonly Option<int> _authors = new("--authors")
    {
        Description = "How many wait for their answers in turn.",
        DefaultValueFactory = _ => 256,
    };

    public static Command Verb() => Verbs.Create(
        "post-log",
        "Durable appends to the post log, against raw writes and SQLite. "
        + "Example: roost-bench post-log --directory /var/tmp",
        RunAsync, _directory, _payloadBytes, _authors);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var parent = parsed.GetValue(_directory)?.FullName ?? Path.GetTempPath();
        var root = Path.Combine(parent, $"roost-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(root);
        try
        {
            return await MeasureAsync(root, parsed.GetValue(_payloadBytes), parsed.GetValue(_authors), settings, ct);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<Report> MeasureAsync(
        string root, int payloadBytes, int authors, BenchSettings settings, CancellationToken ct)
    {
        var records = settings.Quick ? 5_000 : 200_000;
        var payload = new byte[payloadBytes];
        new Random(1).NextBytes(payload);
        using var meters = new BenchMeters();
        await using var log = PostLog.Open(
            new PostLogOptions { Directory = Path.Combine(root, "posts") }, TimeProvider.System,
            NullLogger<PostLog>.Instance, new PostLogMetrics(meters));
        var recordBytes = RecordFormat.HeaderBytes + payloadBytes;
        using var cached = RawGroups.Cached(Path.Combine(root, "cached"), recordBytes);
        using var direct = RawGroups.Direct(Path.Combine(root, "direct"), recordBytes);
        using var sqlite = new SqlitePosts(Path.Combine(root, "peer.db"));
        var latencies = new List<double>();

        var measured = await Rounds.RunAsync(
            settings,
            [
                new Subject("SQLite, 1,000 a transaction", () => sqlite.Insert(records / SqliteShare, payload)),
                new Subject("post log, pipelined", () => PipelineAsync(log, records, payload, ct)),
                new Subject("post log, 1,000 a batch", () => BatchAsync(log, records, payload, ct)),
                new Subject(
                    $"post log, {authors} authors in turn",
                    () => InTurnAsync(log, authors, records / 4, payload, latencies, ct)),
                new Subject("raw 1 MiB groups, write + fdatasync", () => cached.Write(records)),
                new Subject("the same past the page cache", () => direct.Write(records)),
            ],
            ct);

        var report = new Report($"Durable appends of {payloadBytes} bytes");
        report.AddRounds("Group commit", "append", measured, measured[0]);
        var ceiling = report.AddTable(
            "Part of the ceilings reached", "subject", "of raw 1 MiB groups", "of the same direct");
        foreach (var one in measured[1..4])
            ceiling.Add(one.Name, one.TimesAsFastAs(measured[4]), one.TimesAsFastAs(measured[5]));
        latencies.Sort();
        var answers = report.AddTable($"Time to the answer, {authors} authors in turn", "percentile", "ms");
        foreach (var (name, part) in new[] { ("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("most", 1.0) })
            answers.Add(name, latencies[Math.Min(latencies.Count - 1, (int)(latencies.Count * part))]);
        report.Note(
            "Every append is on the device when it is answered. An append is 60 bytes more on disk than its payload.");
        return report;
    }

#pragma warning disable CA2012 // Each is awaited once, when its place is needed again: that is what pipelining means.

    /// <summary>One caller that keeps some thousands of appends on their way.</summary>
    private static async ValueTask<long> PipelineAsync(PostLog log, int records, byte[] payload, CancellationToken ct)
    {
        var underWay = new ValueTask<RecordMeta>[PipelineDepth];
        var draft = Draft(1, payload);
        for (var i = 0; i < records; i++)
        {
            if (i >= PipelineDepth) await underWay[i % PipelineDepth];
            underWay[i % PipelineDepth] = log.AppendAsync(draft, ct);
        }
        for (var i = Math.Max(0, records - PipelineDepth); i < records; i++) await underWay[i % PipelineDepth];
        return records;
    }

    /// <summary>One caller that keeps eight batches on their way.</summary>
    private static async ValueTask<long> BatchAsync(PostLog log, int records, byte[] payload, CancellationToken ct)
    {
        var drafts = Enumerable.Range(1, BatchRecords).Select(author => Draft(author, payload)).ToArray();
        var underWay = new ValueTask<uint>[8];
        var batches = records / BatchRecords;
        for (var i = 0; i < batches; i++)
        {
            if (i >= underWay.Length) await underWay[i % underWay.Length];
            underWay[i % underWay.Length] = log.AppendAllAsync(drafts, ct);
        }
        for (var i = Math.Max(0, batches - underWay.Length); i < batches; i++) await underWay[i % underWay.Length];
        return (long)batches * BatchRecords;
    }

#pragma warning restore CA2012

    /// <summary>Authors who each post again when they were answered.</summary>
    private static async ValueTask<long> InTurnAsync(
        PostLog log, int authors, int records, byte[] payload, List<double> latencies, CancellationToken ct)
    {
        var each = Math.Max(1, records / authors);
        var taken = await Task.WhenAll(Enumerable.Range(1, authors).Select(author => Task.Run(async () =>
        {
            var milliseconds = new double[each];
            for (var i = 0; i < each; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await log.AppendAsync(Draft(author, payload), ct);
                milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
            return milliseconds;
        }, ct)));
        latencies.AddRange(taken.SelectMany(milliseconds => milliseconds));
        return (long)each * authors;
    }

    private static RecordDraft Draft(int author, byte[] payload) => new(
        new RecordHeader(RecordKind.Post, 0, default, 0, new AccountId(author), default, default, 0), payload);
}
