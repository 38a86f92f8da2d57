using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Bench.Frame;
using Roost.Services.Posts.Log;
using Roost.Services.Posts.Log.Table;
using Roost.Services.Storage;

namespace Roost.Bench.Posts;

/// <summary>
/// Durable appends to a post log whose truth is in PostgreSQL, against the same records in bare COPYs and against the
/// same log in files. The server is one of its own, with its usual settings, on the same disk, unless another is
/// named.
/// </summary>
internal static class PostTableBenchmark
{
    public static Command Verb() => Verbs.Create(
        "post-table",
        "Durable appends to a post log in PostgreSQL, against bare COPYs and the log in files. "
        + "Example: roost-bench post-table --directory /var/tmp",
        RunAsync, LogLoads.Folder, BenchPostgres.Given, LogLoads.PayloadBytes, LogLoads.Authors);

    private static Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct) =>
        BenchPostgres.RunAsync(
            parsed, (root, database) => MeasureAsync(
                root, database, parsed.GetValue(LogLoads.PayloadBytes), parsed.GetValue(LogLoads.Authors), settings,
                ct), ct);

    private static async Task<Report> MeasureAsync(
        string root, string database, int payloadBytes, int authors, BenchSettings settings, CancellationToken ct)
    {
        var records = settings.Quick ? 5_000 : 50_000;
        var payload = new byte[payloadBytes];
        new Random(1).NextBytes(payload);
        var recordBytes = RecordFormat.HeaderBytes + payloadBytes;
        var options = new PostLogOptions { Directory = Path.Combine(root, "files") };
        var perGroup = options.GroupBytesMax / recordBytes;
        using var meters = new BenchMeters();
        using var data = DataDirectory.Open(Path.Combine(root, "data"), database: database);
        await using var log = Open(
            options with { Directory = data.Folder("posts") }, meters,
            LogTable.Of(data, TimeProvider.System, NullLogger.Instance, meters));
        await using var files = Open(options, meters, null);
        using var bare = new BareCopy(database, recordBytes);
        var latencies = new List<double>();

        var measured = await Rounds.RunAsync(
            settings,
            [
                new Subject("bare COPY, 1,000 a commit", () => bare.Write(records, LogLoads.BatchRecords)),
                new Subject($"bare COPY, {perGroup:N0} a commit", () => bare.Write(records, perGroup)),
                new Subject("log in PostgreSQL, 1,000 a batch", () => LogLoads.BatchAsync(log, records, payload, ct)),
                new Subject("log in PostgreSQL, pipelined", () => LogLoads.PipelineAsync(log, records, payload, ct)),
                new Subject(
                    $"log in PostgreSQL, {authors} authors in turn",
                    () => LogLoads.InTurnAsync(log, authors, records / 4, payload, latencies, ct)),
                new Subject("log in files, 1,000 a batch", () => LogLoads.BatchAsync(files, records, payload, ct)),
            ],
            ct);

        var report = new Report($"Durable appends of {payloadBytes} bytes to PostgreSQL");
        report.AddRounds("Group commit", "append", measured, measured[0]);
        var ceiling = report.AddTable(
            "Part of bare COPYs reached", "subject", "of 1,000 a commit", $"of {perGroup:N0} a commit");
        foreach (var one in measured[2..5])
            ceiling.Add(one.Name, one.TimesAsFastAs(measured[0]), one.TimesAsFastAs(measured[1]));
        LogLoads.AddAnswers(report, authors, latencies);
        report.Note(
            "Every append is on the server's disk when it is answered, and in the file of the data directory. The "
            + "log takes about 1 MiB a commit where so much waits, whatever the batches.");
        return report;
    }

    private static PostLog Open(PostLogOptions options, BenchMeters meters, LogTable? table) => PostLog.Open(
        options, TimeProvider.System, NullLogger<PostLog>.Instance, new PostLogMetrics(meters), table);
}
