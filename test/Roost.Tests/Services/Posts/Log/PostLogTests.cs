using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;
using Xunit;

namespace Roost.Tests.Services.Posts.Log;

public sealed class PostLogTests : IDisposable
{
    private readonly LogHarness _harness = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task What_was_appended_is_there_after_reopening()
    {
        RecordMeta meta;
        await using (var log = _harness.Open())
        {
            meta = await log.AppendAsync(LogHarness.Draft("hello", author: 7, key: 99), Ct);
            Assert.Equal(1u, log.LastSeq);
        }

        await using var again = _harness.Open();
        var record = again.Read(1);

        Assert.Equal(1u, again.LastSeq);
        Assert.Equal(meta, again[1]);
        Assert.Equal(
            new RecordHeader(
                RecordKind.Post, 3, LogHarness.Id(0), LogHarness.Start, new AccountId(7), default, default, 99),
            record.Header);
        Assert.Equal("hello", LogHarness.Text(record));
    }

    [Fact]
    public async Task An_empty_log_holds_nothing()
    {
        await using var log = _harness.Open();

        Assert.Equal(0u, log.LastSeq);
        Assert.Equal(0u, log.SeqOf(LogHarness.Id(0)));
        Assert.Equal(1u, log.LowerBound(LogHarness.Id(0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.Read(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => log[0]);
    }

    [Fact]
    public async Task Targets_are_found_in_the_same_group_and_after_reopening()
    {
        PostId first = LogHarness.Id(10), second = LogHarness.Id(20), unknown = LogHarness.Id(15);
        await using (var log = _harness.Open())
        {
            var seq = await log.AppendAllAsync(
                [
                    LogHarness.Draft("a", id: first),
                    LogHarness.Draft("b", id: second, target: first),
                    LogHarness.Draft("c", target: second),
                    LogHarness.Draft("d", target: unknown),
                ],
                Ct);
            Assert.Equal(1u, seq);
            Assert.Equal([0u, 1u, 2u, 0u], Enumerable.Range(1, 4).Select(i => log[(uint)i].Target));
        }

        await using var again = _harness.Open();

        Assert.Equal([0u, 1u, 2u, 0u], Enumerable.Range(1, 4).Select(i => again[(uint)i].Target));
        Assert.Equal(2u, again.SeqOf(second));
        Assert.Equal(0u, again.SeqOf(unknown));
        Assert.Equal(2u, again.LowerBound(unknown));
        Assert.Equal(5u, again.LowerBound(LogHarness.Id(4_000)));
    }

    [Fact]
    public async Task A_batch_whose_ids_do_not_ascend_is_refused_whole()
    {
        await using var log = _harness.Open();
        await log.AppendAsync(LogHarness.Draft("a", id: LogHarness.Id(5)), Ct);

        foreach (var ids in new[] { new[] { 5, 6 }, [6, 6], [9, 8] })
        {
            var refusal = await Assert.ThrowsAsync<ServiceException>(
                async () => await log.AppendAllAsync(
                    [.. ids.Select(id => LogHarness.Draft("x", id: LogHarness.Id(id)))], Ct));
            Assert.Equal(ErrorCode.Conflict, refusal.Code);
        }

        Assert.Equal(1u, log.LastSeq);
        Assert.Equal(
            2u, await log.AppendAllAsync([LogHarness.Draft("b", id: LogHarness.Id(6)), LogHarness.Draft("c")], Ct));
        Assert.Equal(LogHarness.Id(7), log[3].Id);
    }

    [Fact]
    public async Task Ids_of_the_future_or_of_another_shard_are_refused()
    {
        await using var log = _harness.Open();

        var future = LogHarness.Id(0, LogHarness.Start + 3_600_000);
        var elsewhere = PostId.Create(LogHarness.Start, 1, 0);
        foreach (var id in new[] { future, elsewhere })
        {
            var refusal = await Assert.ThrowsAsync<ServiceException>(
                async () => await log.AppendAsync(LogHarness.Draft("x", id: id), Ct));
            Assert.Equal(ErrorCode.Invalid, refusal.Code);
        }
        Assert.Equal(0u, log.LastSeq);
    }

    [Fact]
    public async Task Nothing_is_posted_while_the_clock_is_too_far_behind_and_goes_on_when_it_has_caught_up()
    {
        await using var log = _harness.Open();
        await log.AppendAsync(LogHarness.Draft("a"), Ct);

        _harness.Clock.UnixMilliseconds -= 5_000;
        var refusal = await Assert.ThrowsAsync<ServiceException>(
            async () => await log.AppendAsync(LogHarness.Draft("b"), Ct));
        _harness.Clock.UnixMilliseconds += 4_500;
        var meta = await log.AppendAsync(LogHarness.Draft("b"), Ct);

        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
        Assert.Contains("5000 ms behind", refusal.Detail);
        Assert.Equal(2u, meta.Seq);
    }

    [Fact]
    public async Task Wrong_drafts_are_refused_before_they_wait()
    {
        await using var log = _harness.Open();
        var tooLong = LogHarness.Draft("") with { Payload = new byte[RecordFormat.PayloadBytesMax + 1] };
        var ofNoKind = LogHarness.Draft("") with { Header = LogHarness.Draft("").Header with { Kind = 0 } };

        await Assert.ThrowsAsync<ArgumentException>(async () => await log.AppendAsync(tooLong, Ct));
        await Assert.ThrowsAsync<ArgumentException>(async () => await log.AppendAsync(ofNoKind, Ct));
        await Assert.ThrowsAsync<ArgumentException>(async () => await log.AppendAllAsync([], Ct));
        await Assert.ThrowsAsync<ArgumentException>(
            async () => await log.AppendAllAsync(
                [.. Enumerable.Repeat(LogHarness.Draft(new string('x', 100)), 500)], Ct));
        Assert.Equal(0u, log.LastSeq);
    }

    [Fact]
    public async Task The_largest_payload_is_read_back_although_it_is_larger_than_a_segment()
    {
        var payload = new byte[RecordFormat.PayloadBytesMax];
        payload.AsSpan().Fill(0xA5);
        await using var log = _harness.Open();

        await log.AppendAsync(LogHarness.Draft("a"), Ct);
        var meta = await log.AppendAsync(LogHarness.Draft("") with { Payload = payload }, Ct);
        await log.AppendAsync(LogHarness.Draft("b"), Ct);

        Assert.True(log.Read(meta.Seq).Payload.Span.SequenceEqual(payload));
        Assert.Equal("b", LogHarness.Text(log.Read(3)));
        Assert.Equal(3, _harness.Segments.Length);
    }

    [Fact]
    public async Task Committed_sees_the_rows_before_the_last_seq_moves()
    {
        await using var log = _harness.Open();
        var seen = new List<(uint First, uint Last, uint LastSeq, int Author)>();
        log.Committed = (first, last) => seen.Add((first, last, log.LastSeq, log[last].Author.Value));

        await log.AppendAsync(LogHarness.Draft("a", author: 4), Ct);
        await log.AppendAllAsync([LogHarness.Draft("b"), LogHarness.Draft("c", author: 6)], Ct);

        Assert.Equal([(1, 1, 0, 4), (2, 3, 1, 6)], seen);
    }

    [Fact]
    public async Task A_log_whose_follower_threw_takes_nothing_more()
    {
        await using var log = _harness.Open();
        log.Committed = (_, _) => throw new InvalidOperationException("out of step");

        var meta = await log.AppendAsync(LogHarness.Draft("stored"), Ct);
        var refusal = await Assert.ThrowsAsync<ServiceException>(
            async () => await log.AppendAsync(LogHarness.Draft("b"), Ct));

        Assert.Equal("stored", LogHarness.Text(log.Read(meta.Seq)));
        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
        Assert.Contains(_harness.Said, line => line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_cancelled_before_its_turn_is_not_written()
    {
        await using var log = _harness.Open();
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await log.AppendAsync(LogHarness.Draft("x"), gone.Token));

        Assert.Equal(1u, (await log.AppendAsync(LogHarness.Draft("y"), Ct)).Seq);
    }

    [Fact]
    public async Task Closing_writes_what_waits_and_refuses_what_comes_after()
    {
        var log = _harness.Open();
        var waiting = Enumerable.Range(0, 1_000)
            .Select(i => log.AppendAsync(LogHarness.Draft($"p{i}"), Ct).AsTask())
            .ToArray();

        await log.DisposeAsync();
        await Task.WhenAll(waiting);
        var refusal = await Assert.ThrowsAsync<ServiceException>(
            async () => await log.AppendAsync(LogHarness.Draft("x"), Ct));

        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
        await using var again = _harness.Open();
        Assert.Equal(1_000u, again.LastSeq);
    }

    [Fact]
    public async Task A_queue_that_is_full_refuses_rather_than_grows()
    {
        _harness.QueueBytesMax = 64 << 10;
        using var hold = new ManualResetEventSlim();
        await using var log = _harness.Open();
        log.Committed = (_, _) => hold.Wait(Ct);
        var draft = LogHarness.Draft(new string('x', 10_000));

        var appends = Enumerable.Range(0, 20).Select(_ => log.AppendAsync(draft, Ct).AsTask()).ToArray();
        hold.Set();
        var failures = new List<ServiceException>();
        foreach (var append in appends)
        {
            if (await Record.ExceptionAsync(() => append) is { } failure)
                failures.Add(Assert.IsType<ServiceException>(failure));
        }

        Assert.NotEmpty(failures);
        Assert.All(failures, failure => Assert.Equal(ErrorCode.Overloaded, failure.Code));
        Assert.Equal(20u - (uint)failures.Count, log.LastSeq);
        await log.AppendAsync(draft, Ct);
    }

    [Fact]
    public async Task A_second_opening_of_the_same_directory_is_refused()
    {
        await using var log = _harness.Open();

        var refusal = Assert.Throws<ServiceException>(_harness.Open);

        Assert.Equal(ErrorCode.Conflict, refusal.Code);
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        _harness.SegmentBytesMax = 5;

        Assert.Contains("SegmentBytesMax is 5", Assert.Throws<ArgumentException>(_harness.Open).Message);
    }

    [Fact]
    public async Task Many_appenders_at_once_get_dense_seqs_each_in_its_own_order()
    {
        const int Authors = 16, Each = 300;
        await using var log = _harness.Open();
        var mine = new uint[Authors][];

        await Task.WhenAll(Enumerable.Range(0, Authors).Select(author => Task.Run(async () =>
        {
            mine[author] = new uint[Each];
            for (var i = 0; i < Each; i++)
            {
                var meta = await log.AppendAsync(LogHarness.Draft($"{author}/{i}", author + 1), Ct);
                Assert.True(log.LastSeq >= meta.Seq, "answered before the last seq moved");
                mine[author][i] = meta.Seq;
            }
        }, Ct)));

        Assert.Equal(
            Enumerable.Range(1, Authors * Each), mine.SelectMany(seqs => seqs).Select(seq => (int)seq).Order());
        for (var author = 0; author < Authors; author++)
        {
            Assert.Equal(mine[author].Order(), mine[author]);
            for (var i = 0; i < Each; i += 37)
                Assert.Equal($"{author}/{i}", LogHarness.Text(log.Read(mine[author][i])));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Large_groups_go_past_the_page_cache_and_are_read_back_as_all_others(int seed)
    {
        var random = new Random(seed);
        _harness.SegmentBytesMax = 4 << 20;
        var stored = new List<byte[]>();
        await using (var log = _harness.Open())
        {
            for (var round = 0; round < 24; round++)
            {
                var count = random.Next(3) == 0 ? 1 : random.Next(500, 1_500);
                var drafts = Enumerable.Range(0, count).Select(_ => Payload(random)).ToArray();
                stored.AddRange(drafts.Select(draft => draft.Payload.ToArray()));
                var first = await log.AppendAllAsync(drafts, Ct);
                Assert.Equal((uint)(stored.Count - count + 1), first);
                Assert.Equal(stored[^1], log.Read(log.LastSeq).Payload.ToArray());
                Assert.Equal(stored[^count], log.Read(first).Payload.ToArray());
            }
        }

        await using var again = _harness.Open();
        Assert.Equal((uint)stored.Count, again.LastSeq);
        for (var i = 0; i < stored.Count; i++)
            Assert.Equal(stored[i], again.Read((uint)i + 1).Payload.ToArray());
        Assert.Empty(_harness.CutFiles);
    }

    private static RecordDraft Payload(Random random)
    {
        var payload = new byte[random.Next(1, 1_400)];
        random.NextBytes(payload);
        return LogHarness.Draft("") with { Payload = payload };
    }
}
