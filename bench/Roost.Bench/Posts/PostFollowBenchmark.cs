using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Roost.Bench.Frame;
using Roost.Services.Posts.Log;
using Roost.Services.Posts.Log.Table;
using Roost.Services.Storage;

namespace Roost.Bench.Posts;

/// <summary>
/// How soon a process that follows the table of posts has what another one has just written there, and what it asks the
/// server for while nothing is written: told of commits, and, as peers, only looking now and then.
/// </summary>
internal static class PostFollowBenchmark
{
    private static readonly TimeSpan _pauseMax = TimeSpan.FromMilliseconds(100);

    private static readonly (string Name, bool Listens, int LookMilliseconds)[] _kinds =
    [
        ("told, as a shard of the search index", true, 20),
        ("told, as one that stands by", true, 200),
        ("looks every 20 ms", false, 20),
        ("looks every 200 ms", false, 200),
    ];

    public static Command Verb() => Verbs.Create(
        "post-follow",
        "Commits of posts in PostgreSQL until a follower has them, told of or looked for. "
        + "Example: roost-bench post-follow --directory /var/tmp",
        (parsed, settings, ct) => BenchPostgres.RunAsync(
            parsed,
            (root, database) => MeasureAsync(root, database, parsed.GetValue(LogLoads.PayloadBytes), settings, ct), ct),
        LogLoads.Folder, BenchPostgres.Given, LogLoads.PayloadBytes);

    private static async Task<Report> MeasureAsync(
        string root, string database, int payloadBytes, BenchSettings settings, CancellationToken ct)
    {
        var (posts, rest) = settings.Quick ? (20, TimeSpan.FromSeconds(2)) : (200, TimeSpan.FromSeconds(10));
        var payload = new byte[payloadBytes];
        var random = new Random(1);
        random.NextBytes(payload);
        using var meters = new BenchMeters();
        using var data = DataDirectory.Open(Path.Combine(root, "data"), database: database);
        await using var log = PostLog.Open(
            new PostLogOptions { Directory = data.Folder("posts") }, TimeProvider.System, NullLogger<PostLog>.Instance,
            new PostLogMetrics(meters), LogTable.Of(data, TimeProvider.System, NullLogger.Instance, meters));
        await log.AppendAsync(LogLoads.Draft(1, payload), ct);
        await using var asked = new AskedOf(database);
        var report = new Report($"Followers of posts of {payloadBytes} bytes in PostgreSQL");
        var table = report.AddTable(
            "From an answered post until it is followed", "follower", "p50 ms", "p99 ms", "most ms",
            "statements/s at rest", "statements a post");
        var nobody = await asked.WhileAsync(rest, ct);
        for (var i = 0; i < _kinds.Length; i++)
        {
            var kind = _kinds[i];
            await using var follower = Open(
                data, Path.Combine(root, $"follower-{i}"), kind.Listens, kind.LookMilliseconds, meters);
            follower.Follow();
            await FollowedAsync(follower, log.LastSeq, ct);
            var resting = await asked.WhileAsync(rest, ct) - nobody;
            var before = await asked.CountAsync(ct);
            var milliseconds = await PostAsync(log, follower, posts, payload, random, ct);
            var each = (await asked.CountAsync(ct) - before) / (double)posts;
            milliseconds.Sort();
            table.Add(
                kind.Name, LogLoads.At(milliseconds, 0.5), LogLoads.At(milliseconds, 0.99), milliseconds[^1],
                Math.Max(0, resting), each);
        }
        report.Note(
            $"{posts} posts each, one after the other, at pauses of up to {_pauseMax.TotalMilliseconds} ms by chance. "
            + "Statements are transactions of the database, the writer's among them in the last column.");
        return report;
    }

    /// <summary>How long after each answer the follower has the post.</summary>
    private static async Task<List<double>> PostAsync(
        PostLog log, PostLog follower, int posts, byte[] payload, Random random, CancellationToken ct)
    {
        var milliseconds = new List<double>(posts);
        for (var i = 0; i < posts; i++)
        {
            await Task.Delay(_pauseMax * random.NextDouble(), TimeProvider.System, ct);
            var seq = (await log.AppendAsync(LogLoads.Draft(1, payload), ct)).Seq;
            var answered = Stopwatch.GetTimestamp();
            await FollowedAsync(follower, seq, ct);
            milliseconds.Add(Stopwatch.GetElapsedTime(answered).TotalMilliseconds);
        }
        return milliseconds;
    }

    private static async Task FollowedAsync(PostLog follower, uint seq, CancellationToken ct)
    {
        await foreach (var (_, last) in follower.FollowAsync(1, int.MaxValue, ct))
        {
            if (last >= seq) return;
        }
    }

    private static PostLog Open(
        DataDirectory data, string directory, bool listens, int lookMilliseconds, BenchMeters meters) => PostLog.Open(
        new PostLogOptions
        {
            Directory = directory,
            Listens = listens,
            LookEvery = TimeSpan.FromMilliseconds(lookMilliseconds),
        },
        TimeProvider.System, NullLogger<PostLog>.Instance, new PostLogMetrics(meters),
        LogTable.Follow(data, TimeProvider.System, NullLogger.Instance, meters));

    /// <summary>What the server has been asked for.</summary>
    private sealed class AskedOf(string database) : IAsyncDisposable
    {
        // A session's figures are told at most every second.
        private static readonly TimeSpan _told = TimeSpan.FromSeconds(1.5);

        private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(database);

        public async Task<double> WhileAsync(TimeSpan time, CancellationToken ct)
        {
            var before = await CountAsync(ct);
            var started = Stopwatch.GetTimestamp();
            await Task.Delay(time, TimeProvider.System, ct);
            return (await CountAsync(ct) - before) / Stopwatch.GetElapsedTime(started).TotalSeconds;
        }

        public async Task<long> CountAsync(CancellationToken ct)
        {
            await Task.Delay(_told, TimeProvider.System, ct);
            await using var command = _source.CreateCommand(
                "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()");
            return (long)(await command.ExecuteScalarAsync(ct))!;
        }

        public ValueTask DisposeAsync() => _source.DisposeAsync();
    }
}
