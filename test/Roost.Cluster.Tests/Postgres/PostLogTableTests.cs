using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Services.Posts.Log;
using Roost.Services.Posts.Log.Table;
using Roost.Services.Storage;
using Roost.Tests;
using Roost.Tests.Services.Posts.Log;
using Xunit;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>A post log whose truth is in a table: what becomes of it while the server, the way to it, or the files
/// fail. A server of its own, for it is ended.</summary>
public sealed class PostLogTableTests : IClassFixture<PostgresProcess>, IDisposable
{
    private const string Base = "postgres";

    private static int _prefixes;

    private readonly PostgresProcess _server;
    private readonly string _prefix = $"l{++_prefixes}";
    private readonly LogHarness _harness = new() { GroupBytesMax = 4 << 10 };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public PostLogTableTests(PostgresProcess server)
    {
        if (server.Missing is { } missing) Assert.Skip(missing);
        _server = server;
    }

    private string Schema => $"{_prefix}_posts";

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task What_the_files_lack_or_have_damaged_is_fetched_again()
    {
        var texts = await WriteAsync(200);
        var segments = _harness.Segments;
        Assert.True(segments.Length > 5);
        // One is lost, one is torn and without an index, the newest has a flipped bit.
        File.Delete(segments[1]);
        File.Delete(Path.ChangeExtension(segments[3], ".idx"));
        await FlipAsync(segments[3], 3_000);
        await FlipAsync(segments[^1], 200);

        await AssertIsAsync(texts);
        Assert.Contains(_harness.Said, line => line.Contains("is missing or damaged", StringComparison.Ordinal));

        Directory.Delete(_harness.Directory, recursive: true);
        await AssertIsAsync(texts);
        await AssertIsAsync(texts);
    }

    [Fact]
    public async Task A_record_that_turns_out_to_be_damaged_is_read_from_the_table_and_put_back()
    {
        var texts = await WriteAsync(200);
        await FlipAsync(_harness.Segments[0], 2_000);

        await AssertIsAsync(texts);
        Assert.Contains(_harness.Said, line => line.Contains("was fetched from the database again", StringComparison.Ordinal));

        _harness.Said.Clear();
        await AssertIsAsync(texts);
        Assert.DoesNotContain(_harness.Said, line => line.Contains("again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_written_to_the_file_and_never_committed_is_cut_off()
    {
        var texts = await WriteAsync(20);
        await using (var file = new FileStream(_harness.NewestSegment, FileMode.Append))
        {
            var record = new byte[RecordFormat.HeaderBytes + 5];
            RecordFormat.Encode(
                record, 21, 21, new RecordHeader(RecordKind.Post, 0, LogHarness.Id(4_000), 1, default, default, default, 0), "never"u8);
            RecordFormat.EndGroup(record);
            await file.WriteAsync(record, Ct);
        }

        await using var log = Open();

        Assert.Equal(20u, log.LastSeq);
        texts.Add("after");
        Assert.Equal(21u, (await log.AppendAsync(LogHarness.Draft("after"), Ct)).Seq);
        AssertHolds(log, texts);
    }

    [Fact]
    public async Task A_directory_that_another_one_has_gone_on_without_drops_what_it_alone_had_and_catches_up()
    {
        var texts = await WriteAsync(20);
        var old = _harness.Directory;
        var newer = _harness.Directory = Path.Combine(_harness.Root, "newer");
        await using (var log = Open())
        {
            for (var i = 0; i < 30; i++) await AppendAsync(log, texts);
        }
        // The old one had written a group when its machine died, of which nothing came to the server.
        await using (var file = new FileStream(Path.Combine(old, SegmentFormat.FileName(1)), FileMode.Append))
        {
            var record = new byte[RecordFormat.HeaderBytes + 5];
            RecordFormat.Encode(
                record, 21, 21, new RecordHeader(RecordKind.Post, 0, LogHarness.Id(4_000), 1, default, default, default, 0), "alone"u8);
            RecordFormat.EndGroup(record);
            await file.WriteAsync(record, Ct);
        }

        _harness.Directory = old;
        await AssertIsAsync(texts);
        _harness.Directory = newer;
        await AssertIsAsync(texts);
    }

    [Fact]
    public async Task Files_of_another_network_and_a_table_of_an_older_state_are_refused_with_what_to_do()
    {
        var texts = await WriteAsync(20);
        var refusal = Assert.Throws<ServiceException>(() => Open(owner: "another"));
        Assert.Equal(ErrorCode.Conflict, refusal.Code);

        await _server.ScalarAsync(Base, $"DELETE FROM {Schema}.records WHERE seq > 15");
        refusal = Assert.Throws<ServiceException>(() => Open());
        Assert.Equal(ErrorCode.DataDamaged, refusal.Code);
        Assert.Contains($"remove {_harness.Directory}", refusal.Detail, StringComparison.Ordinal);

        Directory.Delete(_harness.Directory, recursive: true);
        await AssertIsAsync(texts[..15]);

        var mine = _harness.Directory;
        _harness.Directory = Path.Combine(_harness.Root, "theirs");
        await using (var theirs = _harness.OpenOver(LogTruth.Open(Place() + "x", "me", _harness)))
        {
            await theirs.AppendAsync(LogHarness.Draft("theirs"), Ct);
        }
        refusal = Assert.Throws<ServiceException>(() => Open());
        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Contains("another network's", refusal.Message, StringComparison.Ordinal);
        _harness.Directory = mine;
        await AssertIsAsync(texts[..15]);
    }

    [Fact]
    public async Task A_damaged_table_is_told_by_record_and_not_served()
    {
        await WriteAsync(20);
        await _server.ScalarAsync(Base, $"UPDATE {Schema}.records SET record = set_byte(record, 70, 0) WHERE seq = 7 RETURNING 1");
        Directory.Delete(_harness.Directory, recursive: true);

        var refusal = Assert.Throws<ServiceException>(() => Open());

        Assert.Equal(ErrorCode.DataDamaged, refusal.Code);
        Assert.Contains("Record 7 of", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_holds_the_files_to_the_table_and_a_repair_removes_what_differs()
    {
        using var data = DataDirectory.Open(Path.Combine(_harness.Root, "data"), database: Place());
        _harness.Directory = data.Folder("posts");
        var texts = new List<string>();
        await using (var log = OpenOf(data))
        {
            for (var i = 0; i < 200; i++) await AppendAsync(log, texts, new string('x', 2_000));
        }
        Assert.Empty(Check(data, repair: false).Findings);
        var (lost, damaged) = (_harness.Segments[1], _harness.Segments[3]);
        File.Delete(lost);
        await FlipAsync(damaged, 3_000);

        var found = Check(data, repair: false);
        var repaired = Check(data, repair: true);

        Assert.False(found.IsSound);
        Assert.DoesNotContain(found.Findings, finding => finding.Kind == FindingKind.Damage);
        Assert.Contains(found.Findings, finding => finding.Where.Contains(Path.GetFileName(damaged), StringComparison.Ordinal));
        Assert.True(repaired.IsSound);
        Assert.False(File.Exists(damaged));
        await using (var log = OpenOf(data)) AssertHolds(log, texts);
        Assert.Empty(Check(data, repair: false).Findings);

        await _server.ScalarAsync(Base, $"DELETE FROM {Schema}.records WHERE seq = 7 OR seq > 190");
        var damage = Check(data, repair: true).Findings.Where(finding => finding.Kind == FindingKind.Damage).ToList();
        Assert.Contains(damage, finding => finding.What.Contains("records 7 to 7 are missing", StringComparison.Ordinal));
        Assert.Contains(damage, finding => finding.What.Contains("older state", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_that_was_in_files_alone_is_copied_into_the_table_once()
    {
        var texts = new List<string>();
        await using (var log = _harness.OpenOver(null))
        {
            for (var i = 0; i < 200; i++) await AppendAsync(log, texts);
        }

        await using (var log = Open())
        {
            AssertHolds(log, texts);
            await AppendAsync(log, texts);
        }

        Directory.Delete(_harness.Directory, recursive: true);
        await AssertIsAsync(texts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_answer_is_lost_is_asked_after(bool arrives)
    {
        await using var way = new CuttingProxy(_server.Address);
        var texts = new List<string>();
        await using (var log = Open(through: way))
        {
            await AppendAsync(log, texts);
            (way.LosesAnswerOnly, way.CutAt) = (arrives, "RELEASE one_write"u8.ToArray());

            var append = log.AppendAsync(LogHarness.Draft("unsure"), Ct).AsTask();

            if (arrives)
            {
                Assert.Equal(2u, (await append).Seq);
                texts.Add("unsure");
            }
            else
            {
                var failure = await Assert.ThrowsAsync<ServiceException>(() => append);
                Assert.Equal((ErrorCode.Unavailable, false), (failure.Code, failure.MayBeDone));
            }
            await AppendAsync(log, texts);
            AssertHolds(log, texts);
        }
        await AssertIsAsync(texts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_nobody_can_be_asked_authors_wait_others_are_refused_and_all_goes_on_by_itself(bool arrives)
    {
        await using var way = new CuttingProxy(_server.Address) { ClosesWithCut = true };
        var texts = new List<string>();
        await using (var log = Open(through: way))
        {
            await AppendAsync(log, texts);
            (way.LosesAnswerOnly, way.CutAt) = (arrives, "RELEASE one_write"u8.ToArray());
            var unsure = log.AppendAsync(LogHarness.Draft("unsure"), Ct).AsTask();
            while (!way.IsClosed) await Task.Yield();

            var refusal = await Assert.ThrowsAsync<ServiceException>(async () => await log.AppendAsync(LogHarness.Draft("meanwhile"), Ct));
            Assert.Equal((ErrorCode.Unavailable, true), (refusal.Code, refusal.CanRetry));
            Assert.False(unsure.IsCompleted);
            Assert.Equal(1u, log.LastSeq);
            way.IsClosed = false;

            if (arrives) Assert.Equal(2u, (await unsure).Seq);
            else Assert.False((await Assert.ThrowsAsync<ServiceException>(() => unsure)).MayBeDone);
            if (arrives) texts.Add("unsure");
            await AppendAsync(log, texts);
            AssertHolds(log, texts);
        }
        await AssertIsAsync(texts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_log_that_is_closed_before_it_is_known_says_so_and_the_next_opening_finds_out(bool arrives)
    {
        await using var way = new CuttingProxy(_server.Address) { ClosesWithCut = true };
        var texts = new List<string>();
        Task unsure;
        await using (var log = Open(through: way))
        {
            await AppendAsync(log, texts);
            (way.LosesAnswerOnly, way.CutAt) = (arrives, "RELEASE one_write"u8.ToArray());
            unsure = log.AppendAsync(LogHarness.Draft("unsure"), Ct).AsTask();
            while (!way.IsClosed) await Task.Yield();
        }

        Assert.True((await Assert.ThrowsAsync<ServiceException>(() => unsure)).MayBeDone);
        if (arrives) texts.Add("unsure");
        await AssertIsAsync(texts);
    }

    [Fact]
    public async Task A_server_that_is_away_refuses_appends_and_nothing_else_and_is_found_again()
    {
        var texts = new List<string>();
        await using var log = Open();
        await AppendAsync(log, texts);
        await _server.CrashAsync();

        var refusal = await Assert.ThrowsAsync<ServiceException>(async () => await log.AppendAsync(LogHarness.Draft("away"), Ct));
        AssertHolds(log, texts);
        await _server.StartAsync();

        Assert.Equal((ErrorCode.Unavailable, true), (refusal.Code, refusal.CanRetry));
        await AppendAsync(log, texts);
        AssertHolds(log, texts);
    }

    [Fact]
    public async Task A_server_that_stands_still_is_waited_for()
    {
        var texts = new List<string>();
        await using var log = Open();
        await AppendAsync(log, texts);
        var process = (int)await _server.ScalarAsync(
            Base, "SELECT l.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            + $"WHERE l.locktype = 'advisory' AND a.application_name = '{Schema}'");
        Assert.True(Signals.Send(process, Signal.Stop));

        var append = log.AppendAsync(LogHarness.Draft("patient"), Ct).AsTask();
        var other = log.AppendAsync(LogHarness.Draft("patient, too"), Ct).AsTask();
        AssertHolds(log, texts);
        Assert.False(append.IsCompleted || other.IsCompleted);
        Assert.True(Signals.Send(process, Signal.Continue));

        Assert.Equal(2u, (await append).Seq);
        Assert.Equal(3u, (await other).Seq);
        AssertHolds(log, [.. texts, "patient", "patient, too"]);
    }

    [Fact]
    public async Task A_second_process_is_refused_and_who_was_taken_over_from_appends_never_again()
    {
        var texts = new List<string>();
        await using var log = Open();
        await AppendAsync(log, texts);
        var mine = _harness.Directory;
        _harness.Directory = Path.Combine(_harness.Root, "second");
        var refusal = Assert.Throws<ServiceException>(() => Open());
        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
        _harness.Directory = mine;

        await _server.ScalarAsync(Base, $"UPDATE {Schema}.roost_writer SET fence = fence + 1 RETURNING 1");

        for (var i = 0; i < 2; i++)
        {
            refusal = await Assert.ThrowsAsync<ServiceException>(async () => await log.AppendAsync(LogHarness.Draft("fenced"), Ct));
            Assert.Contains("taken over", refusal.Message, StringComparison.Ordinal);
        }
        AssertHolds(log, texts);
        Assert.Equal(1, await _server.ScalarAsync(Base, $"SELECT count(*) FROM {Schema}.records"));
    }

    [Fact]
    public async Task Who_stands_by_follows_what_another_writes_and_goes_on_where_that_ends()
    {
        Assert.Null(LogTruth.Follow(Place(), "me", _harness));
        var texts = await WriteAsync(20);
        await using var first = Open();
        await AppendAsync(first, texts);

        await using var second = Follow();
        second.Follow();
        for (var i = 0; i < 30; i++) await AppendAsync(first, texts);
        await FollowedAsync(second, texts.Count);

        AssertHolds(second, texts);
        var refusal = await Assert.ThrowsAsync<ServiceException>(async () => await second.AppendAsync(LogHarness.Draft("early"), Ct));
        Assert.Equal((ErrorCode.Unavailable, true), (refusal.Code, refusal.CanRetry));
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var taking = second.TakeAsync(new LeaseWait(waits.SetResult, _ => false, Ct));
        await waits.Task.WaitAsync(Ct);
        // All that was acknowledged in the last moment is there when it is the other one's turn.
        var late = Enumerable.Range(0, 50).Select(_ => AppendAsync(first, texts)).ToArray();
        await first.DisposeAsync();
        await Task.WhenAll(late);
        await taking;
        AssertHolds(second, texts);
        await AppendAsync(second, texts);
        await second.DisposeAsync();
        await AssertIsAsync(texts);
    }

    [Fact]
    public async Task Who_follows_is_told_of_each_commit_and_looks_now_and_then_for_what_it_was_not_told()
    {
        var texts = await WriteAsync(1);
        await using var first = Open();
        // Nobody looks for this clock's sake.
        var clock = new FakeTime();
        await using var second = Follow(clock, TimeSpan.FromMilliseconds(9));
        second.Follow();
        for (var i = 0; i < 10; i++)
        {
            await AppendAsync(first, texts);
            await FollowedAsync(second, texts.Count);
        }

        await _server.CutOffAsync(Base, Schema);
        await AppendAsync(first, texts);
        while (second.LastSeq < texts.Count)
        {
            clock.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }

        AssertHolds(second, texts);
        // The connection that it hears by is back by then, or will be.
        while (!HasSaid("tells again"))
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        await AppendAsync(first, texts);
        await FollowedAsync(second, texts.Count);
        AssertHolds(second, texts);
    }

    [Fact]
    public async Task Who_is_found_dead_loses_its_right_hears_of_it_when_it_wakes_and_what_it_alone_had_is_dropped()
    {
        var texts = await WriteAsync(20);
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sleeper = _harness.OpenOver(LogTruth.Open(Place(), "me", _harness, () => lost.TrySetResult()));
        await AppendAsync(sleeper, texts);
        var its = _harness.Directory;

        await using (var second = Follow())
        {
            second.Follow();
            await second.TakeAsync(new LeaseWait(() => { }, _ => true, Ct));
            await AppendAsync(second, texts);
            AssertHolds(second, texts);

            // With nothing to write, too.
            await lost.Task.WaitAsync(Ct);
            var refusal = await Assert.ThrowsAsync<ServiceException>(async () => await sleeper.AppendAsync(LogHarness.Draft("late"), Ct));
            Assert.Contains("taken over", refusal.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<ServiceException>(sleeper.ConfirmAsync);
            await second.ConfirmAsync();
        }
        await sleeper.DisposeAsync();
        _harness.Directory = its;
        await AssertIsAsync(texts);
    }

    [Fact]
    public async Task Who_stands_by_and_is_told_to_stop_leaves_the_other_one_alone()
    {
        var texts = await WriteAsync(20);
        await using var first = Open();
        await using var second = Follow();
        second.Follow();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);

        var taking = second.TakeAsync(new LeaseWait(stop.Cancel, _ => false, stop.Token));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taking);
        await AppendAsync(first, texts);
        AssertHolds(first, texts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Under_load_through_cuts_and_crashes_files_and_table_are_one_and_nothing_is_lost_or_doubled(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var acknowledged = new ConcurrentDictionary<string, uint>();
        var refused = new ConcurrentBag<string>();
        var next = 0;
        using var stop = new CancellationTokenSource();
        await using (var log = Open())
        {
            var writers = Enumerable.Range(0, 16).Select(_ => Task.Run(WriteAsync, Ct)).ToArray();
            for (var fault = 0; fault < 12; fault++)
            {
                var goal = acknowledged.Count + random.Next(1, 200);
                while (acknowledged.Count < goal) await Task.Yield();
                if (fault % 6 != 5)
                {
                    await _server.CutOffAsync(Base, Schema);
                    continue;
                }
                await _server.CrashAsync();
                await _server.StartAsync();
            }
            await stop.CancelAsync();
            await Task.WhenAll(writers);

            async Task WriteAsync()
            {
                while (!stop.IsCancellationRequested)
                {
                    var text = $"post {Interlocked.Increment(ref next)}";
                    try
                    {
                        acknowledged[text] = (await log.AppendAsync(LogHarness.Draft(text), Ct)).Seq;
                    }
                    catch (ServiceException failure) when (failure.Code == ErrorCode.Unavailable)
                    {
                        Assert.False(failure.MayBeDone);
                        refused.Add(text);
                    }
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{acknowledged.Count} acknowledged, {refused.Count} refused");
        var texts = acknowledged.OrderBy(post => post.Value).Select(post => post.Key).ToList();
        await AssertIsAsync(texts);
        Directory.Delete(_harness.Directory, recursive: true);
        await AssertIsAsync(texts);
    }

    private string Place(CuttingProxy? through = null) =>
        $"{_server.Connection(Base, through?.Port)};Search Path={_prefix}";

    private PostLog Open(CuttingProxy? through = null, string owner = "me") =>
        _harness.OpenOver(LogTruth.Open(Place(through), owner, _harness));

    /// <summary>In a directory of its own.</summary>
    private PostLog Follow()
    {
        _harness.Directory = Path.Combine(_harness.Root, "second");
        return _harness.OpenOver(LogTruth.Follow(Place(), "me", _harness));
    }

    /// <summary>The same by a clock of its own.</summary>
    private PostLog Follow(FakeTime clock, TimeSpan lookEvery) => PostLog.Open(
        new PostLogOptions { Directory = Path.Combine(_harness.Root, "second"), LookEvery = lookEvery }, clock, _harness,
        new PostLogMetrics(_harness), LogTruth.Follow(Place(), "me", _harness));

    private static async Task FollowedAsync(PostLog log, int count)
    {
        await foreach (var (_, last) in log.FollowAsync(1, 1_000, Ct))
        {
            if (last == count) break;
        }
    }

    private bool HasSaid(string words)
    {
        lock (_harness.Said) return _harness.Said.Exists(line => line.Contains(words, StringComparison.Ordinal));
    }

    private PostLog OpenOf(DataDirectory data) =>
        _harness.OpenOver(LogTable.Of(data, TimeProvider.System, NullLogger.Instance, _harness));

    private CheckReport Check(DataDirectory data, bool repair) => new TableCheck(
        data, new PostLogOptions { Directory = _harness.Directory },
        (ReadOnlySpan<byte> _, in RecordMeta _, in RecordMeta _) => null, Ct).Run(repair);

    private async Task<List<string>> WriteAsync(int count)
    {
        var texts = new List<string>();
        await using var log = Open();
        for (var i = 0; i < count; i++) await AppendAsync(log, texts, new string('x', 2_000));
        return texts;
    }

    private static async Task AppendAsync(PostLog log, List<string> texts, string more = "")
    {
        texts.Add($"{texts.Count + 1}:{more}");
        Assert.Equal((uint)texts.Count, (await log.AppendAsync(LogHarness.Draft(texts[^1]), Ct)).Seq);
    }

    /// <summary>Opened, the log is exactly this.</summary>
    private async Task AssertIsAsync(IReadOnlyList<string> texts)
    {
        await using var log = Open();
        AssertHolds(log, texts);
    }

    private static void AssertHolds(PostLog log, IReadOnlyList<string> texts) => Assert.Equal(
        texts, Enumerable.Range(1, (int)log.LastSeq).Select(seq => LogHarness.Text(log.Read((uint)seq))));

    private static async Task FlipAsync(string path, int place)
    {
        var bytes = await File.ReadAllBytesAsync(path, Ct);
        bytes[place] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Ct);
    }
}
