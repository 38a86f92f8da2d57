using System.CommandLine;
using System.Diagnostics;
using System.Net;
using Roost.Bench.Frame;

namespace Roost.Bench.Streams;

/// <summary>
/// Streams of server-sent events from the whole server, read by two other processes over addresses of their own:
/// how many messages go out, how soon after a post is made its readers have it, what an idle stream costs, and what
/// readers that stall cost the others. The ceilings are constant bytes of the same length, streamed by the same web
/// server without anything of Roost, and by bare sockets, in the same run.
/// </summary>
internal static class StreamsBenchmark
{
    /// <summary>Each takes half a minute.</summary>
    private const int AgeRoundsMax = 5;

    private const string PublicPath = "/api/v1/streaming/public";
    private const string SocketPath = "/api/v1/streaming?stream=public";
    private const string PagePath = "/live/local";
    private const string UserPath = "/api/v1/streaming/user";

    private static readonly Option<int> _streams = Count("--streams", "Streams to open, 100 to 19000.", 10_000);
    private static readonly Option<int> _posts = Count("--posts", "Posts a second while latency is measured.", 1_000);
    private static readonly Option<int> _seconds = Count("--seconds", "How long latency is measured.", 8);

    private static readonly Option<int> _atOnce = Count(
        "--at-once", "Messages that wait for each reader, where several do.", 10);

    private static readonly Option<string[]> _only = new("--only")
    {
        Description = "Only these parts: idle, out, age, in.",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<int> _ingestSeconds = Count(
        "--ingest-seconds", $"How long {StreamsWorld.IngestMegabytes} MB/s of posts come in.", 30);

    static StreamsBenchmark() => _only.AcceptOnlyFromAmong("idle", "out", "age", "in");

    public static Command Verb() => Verbs.Create(
        "streams",
        "Streams of server-sent events, against constant bytes from the same web server. "
        + "Example: roost-bench streams --streams 10000 --posts 1000",
        RunAsync, _streams, _posts, _seconds, _atOnce, _ingestSeconds, _only);

    /// <summary>What the benchmark starts its readers with; not for people.</summary>
    public static Command ClientVerb()
    {
        var address = new Argument<string>("address");
        var command = new Command("streams-client", "Readers for the streams benchmark.") { address };
        command.Hidden = true;
        command.SetAction(parsed => StreamClient.RunAsync(IPAddress.Parse(parsed.GetValue(address)!)));
        return command;
    }

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var streams = settings.Quick ? 400 : parsed.GetValue(_streams);
        var posts = settings.Quick ? 200 : parsed.GetValue(_posts);
        var seconds = settings.Quick ? 1 : parsed.GetValue(_seconds);
        await using var world = await StreamsWorld.OpenAsync(streams, ct);
        var tokens = world.Tokens[..streams];
        var report = new Report($"{streams:N0} streams of server-sent events");
        if (IsWanted("idle"))
            await IdleStreams.MeasureAsync(report, [BareStreams.Path, PublicPath, SocketPath, PagePath], streams, ct);
        if (IsWanted("out"))
        {
            await new MessagesOut(world, tokens, settings.Rounds, parsed.GetValue(_atOnce))
                .MeasureAsync(report, [PublicPath, SocketPath, PagePath]);
        }
        if (IsWanted("age"))
        {
            await new MessageAges(world, tokens, posts, seconds)
                .MeasureAsync(report, Math.Min(settings.Rounds, AgeRoundsMax), ct);
        }
        if (IsWanted("in"))
            await IngestAsync(world, report, tokens, settings.Quick ? 2 : parsed.GetValue(_ingestSeconds), ct);
        report.Note("Readers, server and services share this machine's cores; ages are by its one clock.");
        return report;

        bool IsWanted(string part) => parsed.GetValue(_only) is not { Length: > 0 } only || only.Contains(part);
    }

    /// <summary>Long posts at a steady rate of bytes, each matched against all streams; one of each batch is for some
    /// of them.</summary>
    private static async Task IngestAsync(
        StreamsWorld world, Report report, string[] tokens, int seconds, CancellationToken ct)
    {
        var table = report.AddTable(
            $"Posts in, {seconds} s: bodies of {StreamsWorld.LongPostBytes:N0} bytes, matched against "
            + $"{tokens.Length:N0} streams",
            "MB/s asked", "MB/s taken by push", "posts/s", "messages", "lost", "behind at the end ms", "p50 ms",
            "p99 ms");
        using var load = await world.OpenAsync(UserPath, tokens);
        await load.ResetAsync();
        var start = Stopwatch.GetTimestamp();
        var before = Task.CompletedTask;
        var batches = (int)(StreamsWorld.IngestMegabytes * 1e6 * seconds / StreamsWorld.LongBatchBytes);
        for (var batch = 0; batch < batches; batch++)
        {
            var due = TimeSpan.FromSeconds((double)seconds * batch / batches) - Stopwatch.GetElapsedTime(start);
            if (due > TimeSpan.FromMilliseconds(1))
                await Task.Delay(due, TimeProvider.System, ct);
            // One is being written while the next is being read.
            await before;
            before = world.PostLongAsync(ct);
        }
        await before;
        var posted = Stopwatch.GetTimestamp();
        await world.HandedOverAsync(ct);
        var behind = Stopwatch.GetElapsedTime(posted);
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var expected = (long)batches * (StreamsWorld.FollowersOfAuthor + 1);
        var messages = await load.AwaitAsync(long.MaxValue);
        var (p50, p99, _) = await load.AgesAsync();
        table.Add(
            StreamsWorld.IngestMegabytes, batches * (StreamsWorld.LongBatchBytes / 1e6) / took,
            batches * StreamsWorld.LongBatchPosts / took, messages, expected - messages, behind.TotalMilliseconds, p50,
            p99);
    }

    private static Option<int> Count(string name, string description, int usual)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => usual };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 100_000)
                result.AddError($"{name} must be from 1 to 100000.");
        });
        return option;
    }
}
