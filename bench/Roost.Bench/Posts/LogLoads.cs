using System.CommandLine;
using System.Diagnostics;
using Roost.Bench.Frame;
using Roost.Engine.Ids;
using Roost.Services.Posts.Log;

namespace Roost.Bench.Posts;

/// <summary>Ways to append to a post log, whatever has its truth; each answers how many records it appended.</summary>
internal static class LogLoads
{
    public const int BatchRecords = 1_000;

    private const int PipelineDepth = 8_192;

    public static readonly Option<DirectoryInfo> Folder = new("--directory")
    {
        Description = "Where to write, on the disk to be measured; default: the system's temporary directory.",
    };

    public static readonly Option<int> PayloadBytes = new("--payload")
    {
        Description = "Bytes of a record's payload.",
        DefaultValueFactory = _ => 300,
    };

    public static readonly Option<int> Authors = new("--authors")
    {
        Description = "How many wait for their answers in turn.",
        DefaultValueFactory = _ => 256,
    };

    /// <summary>How long authors waited, as a table; <paramref name="latencies"/> are sorted.</summary>
    public static void AddAnswers(Report report, int authors, List<double> latencies)
    {
        latencies.Sort();
        var answers = report.AddTable($"Time to the answer, {authors} authors in turn", "percentile", "ms");
        foreach (var (name, part) in new[] { ("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("most", 1.0) })
            answers.Add(name, At(latencies, part));
    }

    /// <param name="sorted">At least one.</param>
    /// <param name="part">From 0 to 1.</param>
    public static double At(List<double> sorted, double part) =>
        sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];

#pragma warning disable CA2012 // Each is awaited once, when its place is needed again: that is what pipelining means.

    /// <summary>One caller that keeps some thousands of appends on their way.</summary>
    public static async ValueTask<long> PipelineAsync(PostLog log, int records, byte[] payload, CancellationToken ct)
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
    public static async ValueTask<long> BatchAsync(PostLog log, int records, byte[] payload, CancellationToken ct)
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
    public static async ValueTask<long> InTurnAsync(
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

    public static RecordDraft Draft(int author, byte[] payload) => new(
        new RecordHeader(RecordKind.Post, 0, default, 0, new AccountId(author), default, default, 0), payload);
}
