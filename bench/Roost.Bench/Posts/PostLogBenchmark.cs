using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Bench.Frame;
using Roost.Services.Posts.Log;

namespace Roost.Bench.Posts;

/// <summary>
/// Durable appends to the post log: pipelined one by one, in batches, and by authors who each wait for their answer.
/// The ceilings are the same bytes in such groups, written and synced by hand; the peer is SQLite in transactions of
/// 1,000.
/// </summary>
internal static class PostLogBenchmark
{
    private const int SqliteShare = 20;

    public static Command Verb() => Verbs.Create(
        "post-log",
        "Durable appends to the post log, against raw writes and SQLite. "
        + "Example: roost-bench post-log --directory /var/tmp",
        RunAsync, LogLoads.Folder, LogLoads.PayloadBytes, LogLoads.Authors);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var parent = parsed.GetValue(LogLoads.Folder)?.FullName ?? Path.GetTempPath();
        var root = Path.Combine(parent, $"roost-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(root);
        try
        {
            var (payload, authors) = (parsed.GetValue(LogLoads.PayloadBytes), parsed.GetValue(LogLoads.Authors));
            return await MeasureAsync(root, payload, authors, settings, ct);
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
                new Subject("post log, pipelined", () => LogLoads.PipelineAsync(log, records, payload, ct)),
                new Subject("post log, 1,000 a batch", () => LogLoads.BatchAsync(log, records, payload, ct)),
                new Subject(
                    $"post log, {authors} authors in turn",
                    () => LogLoads.InTurnAsync(log, authors, records / 4, payload, latencies, ct)),
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
        LogLoads.AddAnswers(report, authors, latencies);
        report.Note(
            "Every append is on the device when it is answered. An append is 60 bytes more on disk than its payload.");
        return report;
    }
}
