using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;
using Roost.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Posts.Log;

public sealed class LogSalvageTests : IDisposable
{
    private const int Count = 400;

    private readonly LogHarness _harness = new();
    private readonly List<(RecordMeta Meta, string Text, PostId Target, long Offset, string Segment)> _written = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task A_damaged_record_of_the_newest_segment_becomes_a_hole_and_all_else_is_there()
    {
        await FillAsync();
        var (damaged, answer) = (_written[^20], _written[^1]);
        Flip(damaged.Segment, damaged.Offset + RecordFormat.HeaderBytes + 3);
        var before = await File.ReadAllBytesAsync(damaged.Segment, Ct);
        Assert.Equal(ErrorCode.DataDamaged, Assert.Throws<ServiceException>(_harness.Open).Code);

        var told = Salvage(write: false);
        Assert.Equal(before, await File.ReadAllBytesAsync(damaged.Segment, Ct));
        var done = Salvage(write: true);

        var says = $"Record {damaged.Meta.Seq}: id {damaged.Meta.Id} (its bytes say: a Post of account 1, but they are "
            + "damaged).";
        Assert.Equal((says, says), (Assert.Single(told.Lost), Assert.Single(done.Lost)));
        Assert.Equal(2, done.Done.Count);
        Assert.Equal(before, await File.ReadAllBytesAsync(
            Assert.Single(Directory.GetFiles(_harness.Directory, "damaged-*.bin")), Ct));
        await using (var log = _harness.Open())
        {
            CheckServed(log, [damaged.Meta.Seq]);
            var next = await log.AppendAsync(LogHarness.Draft("goes on", target: answer.Meta.Id), Ct);
            Assert.Equal((Count + 1u, (uint)Count), (next.Seq, next.Target));
        }
        Assert.True(Check().IsSound);
    }

    [Fact]
    public async Task An_end_that_was_acknowledged_and_is_gone_becomes_holes()
    {
        await FillAsync();
        using (var file = new FileStream(_harness.NewestSegment, FileMode.Open))
            file.SetLength(_written[^3].Offset + 10);

        var lost = Assert.Single(Salvage(write: true).Lost);

        Assert.StartsWith($"Records {Count - 2} to {Count} (3 records): their ids are not known", lost);
        await using var log = _harness.Open();
        CheckServed(log, [Count - 2, Count - 1, Count]);
    }

    [Fact]
    public async Task A_segment_that_is_missing_becomes_holes_and_whoever_answers_them_finds_them()
    {
        await FillAsync();
        var missing = _harness.Segments[1];
        var gone = _written.Where(record => record.Segment == missing).Select(record => record.Meta.Seq).ToHashSet();
        File.Delete(missing);

        Salvage(write: true);

        await using (var log = _harness.Open()) CheckServed(log, gone);
        Assert.True(Check(repair: true).IsSound);
        Assert.True(File.Exists(missing));
    }

    [Fact]
    public async Task A_log_that_opens_is_left_as_it_is()
    {
        await FillAsync();
        await using (var file = new FileStream(_harness.NewestSegment, FileMode.Append)) file.Write([1, 2, 3, 4, 5]);
        Flip(_harness.Segments[0], 32 + 70);
        var before = _harness.Segments.Select(File.ReadAllBytes).ToArray();

        var report = Salvage(write: true);

        Assert.Empty(report.Lost);
        Assert.Empty(report.Done);
        Assert.Equal(before, _harness.Segments.Select(File.ReadAllBytes));
        await using var log = _harness.Open();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Whatever_is_damaged_the_log_opens_again_with_every_record_that_was_not_touched(int seed)
    {
        var random = new Random(seed);
        await FillAsync(random);
        var touched = Damage(random);

        Salvage(write: true);
        var isSound = Check(repair: true).IsSound;

        await using (var log = _harness.Open())
        {
            var lost = Enumerable.Range(1, (int)log.LastSeq).Select(seq => (uint)seq)
                .Where(seq => log[seq].Kind == RecordKind.Lost).ToHashSet();
            Assert.True(lost.IsSubsetOf(touched), $"seed {seed}: {string.Join(' ', lost.Except(touched))} were whole");
            // Records of sealed segments whose index is good stay damaged in their place, and the log opens with them.
            CheckServed(log, touched);
            Assert.True(isSound || touched.Count > lost.Count, $"seed {seed}");
        }
        Assert.Empty(Salvage(write: true).Done);
    }

    private HashSet<uint> Damage(Random random)
    {
        var touched = new HashSet<uint>();
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var record = _written[random.Next(_written.Count)];
            var path = record.Segment;
            if (!File.Exists(path)) continue;
            switch (random.Next(4))
            {
                case 0:
                    Flip(path, record.Offset + random.Next(RecordFormat.HeaderBytes + 20));
                    touched.Add(record.Meta.Seq);
                    break;
                case 1:
                    Zero(path, record.Offset, 4_096);
                    touched.UnionWith(_written.Where(other => other.Segment == path
                        && other.Offset > record.Offset - 700 && other.Offset < record.Offset + 4_096)
                        .Select(other => other.Meta.Seq));
                    break;
                case 2:
                    using (var file = new FileStream(path, FileMode.Open)) file.SetLength(record.Offset + 5);
                    touched.UnionWith(_written.Where(other => other.Segment == path && other.Offset >= record.Offset)
                        .Select(other => other.Meta.Seq));
                    break;
                default:
                    File.Delete(path);
                    touched.UnionWith(_written.Where(other => other.Segment == path).Select(other => other.Meta.Seq));
                    break;
            }
            if (random.Next(2) == 0) File.Delete(SegmentFormat.IndexPath(path));
        }
        return touched;
    }

    private void CheckServed(PostLog log, HashSet<uint> mayBeLost)
    {
        Assert.Equal((uint)_written.Count, log.LastSeq);
        foreach (var (meta, text, target, _, _) in _written)
        {
            if (meta.Seq > 1) Assert.True(log[meta.Seq - 1].Id < log[meta.Seq].Id, $"ids at {meta.Seq}");
            var isLost = log[meta.Seq].Kind == RecordKind.Lost;
            if (mayBeLost.Contains(meta.Seq) && (isLost || TryRead(log, meta.Seq) is null))
            {
                Assert.Equal(
                    ErrorCode.DataDamaged, Assert.Throws<ServiceException>(() => log.Read(meta.Seq)).Code);
                continue;
            }
            Assert.False(isLost, $"record {meta.Seq} was whole");
            var record = log.Read(meta.Seq);
            Assert.Equal((text, meta.Id, target), (LogHarness.Text(record), log[meta.Seq].Id, record.Header.Target));
            if (target.IsNone) continue;
            var found = log[meta.Seq].Target;
            Assert.True(found == meta.Target || log[found].Kind == RecordKind.Lost, $"{meta.Seq} is about {found}");
        }
    }

    private static LogRecord? TryRead(PostLog log, uint seq)
    {
        try
        {
            return log.Read(seq);
        }
        catch (ServiceException)
        {
            return null;
        }
    }

    private SalvageReport Salvage(bool write) =>
        new LogSalvage(new PostLogOptions { Directory = _harness.Directory }, new Disk()).Run(write);

    private CheckReport Check(bool repair = false) =>
        PostLogCheck.Run("posts", new PostLogOptions { Directory = _harness.Directory }, repair, null, Ct);

    /// <summary>Every third answers one before it; groups are of one to five records.</summary>
    private async Task FillAsync(Random? random = null)
    {
        random ??= new Random(0);
        await using (var log = _harness.Open())
        {
            for (var seq = 1u; seq <= Count;)
            {
                var drafts = Enumerable.Range(0, Math.Min(random.Next(1, 6), (int)(Count - seq + 1)))
                    .Select(_ => LogHarness.Draft(
                        new string((char)('a' + random.Next(26)), random.Next(200, 600)), target: Earlier(seq)))
                    .ToArray();
                seq = await log.AppendAllAsync(drafts, Ct) + (uint)drafts.Length;
            }
            for (var seq = 1u; seq <= Count; seq++)
            {
                var record = log.Read(seq);
                _written.Add((log[seq], LogHarness.Text(record), record.Header.Target, 0, ""));
            }

            PostId Earlier(uint seq) => seq > 1 && random.Next(3) == 0 ? log[(uint)random.Next(1, (int)seq)].Id : default;
        }
        foreach (var path in _harness.Segments)
        {
            using var file = Disk.OpenForReading(path);
            Assert.True(SegmentFormat.TryParseName(path, out var first));
            new SegmentScan(file, ScanStart.OfSegment(first, 0)).Run((record, offset) =>
            {
                var i = (int)RecordFormat.Seq(record) - 1;
                _written[i] = _written[i] with { Offset = offset, Segment = path };
            });
        }
    }

    private static void Flip(string path, long at)
    {
        var bytes = File.ReadAllBytes(path);
        if (at >= bytes.Length) return;
        bytes[at] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }

    private static void Zero(string path, long at, int count)
    {
        var bytes = File.ReadAllBytes(path);
        if (at < bytes.Length) bytes.AsSpan((int)at, (int)Math.Min(count, bytes.Length - at)).Clear();
        File.WriteAllBytes(path, bytes);
    }
}
