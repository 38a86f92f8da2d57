using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;
using Roost.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Posts.Log;

public sealed class PostLogCheckTests : IDisposable
{
    private readonly LogHarness _harness = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task A_log_that_was_closed_is_sound()
    {
        await FillAsync();

        var report = Check();

        Assert.Empty(report.Findings);
        Assert.True(report.IsSound);
        Assert.Equal(
            [("records", 500), ("segments", 4), ("bytes", _harness.Segments.Sum(path => new FileInfo(path).Length))],
            report.Counts);
    }

    [Fact]
    public async Task Damaged_records_are_named_one_by_one_and_the_rest_is_read_on()
    {
        await FillAsync();
        Flip(_harness.Segments[0], 32 + 60);
        Flip(_harness.Segments[1], 30_000);

        var report = Check();

        Assert.False(report.IsSound);
        Assert.Equal(2, report.Findings.Count);
        Assert.All(report.Findings, finding => Assert.Equal(FindingKind.Damage, finding.Kind));
        Assert.Contains(
            "Record 1: its checksum does not match; the next that is intact is record 2", report.Findings[0].What);
        Assert.Equal(("records", 498), report.Counts[0]);
    }

    [Fact]
    public async Task Indexes_are_rebuilt_on_demand_and_nothing_else_is_touched()
    {
        await FillAsync();
        var indexes = Directory.GetFiles(_harness.Directory, "*.idx").Order().ToArray();
        var good = indexes.Select(File.ReadAllBytes).ToArray();
        File.Delete(indexes[0]);
        Flip(indexes[1], 77);

        var found = Check();
        var repaired = Check(repair: true);

        Assert.Equal(
            [FindingKind.Repairable, FindingKind.Repairable], found.Findings.Select(finding => finding.Kind));
        Assert.False(found.IsSound);
        Assert.True(repaired.IsSound);
        Assert.All(repaired.Findings, finding => Assert.Equal(FindingKind.Repaired, finding.Kind));
        Assert.Equal(["2 indexes were made again from their segments."], repaired.Done);
        Assert.Equal(good, indexes.Select(File.ReadAllBytes));
        Assert.Empty(Check().Findings);
    }

    [Fact]
    public async Task A_torn_tail_is_a_note_but_a_lost_one_is_damage()
    {
        await FillAsync();
        await using (var file = new FileStream(_harness.NewestSegment, FileMode.Append)) file.Write([1, 2, 3, 4, 5]);

        var torn = Check();
        using (var file = new FileStream(_harness.NewestSegment, FileMode.Open)) file.SetLength(file.Length - 20);
        var lost = Check();

        Assert.Equal(FindingKind.Note, Assert.Single(torn.Findings).Kind);
        Assert.True(torn.IsSound);
        Assert.Contains(
            lost.Findings, finding => finding.What.Contains("up to 500 were acknowledged", StringComparison.Ordinal));
        Assert.False(lost.IsSound);
    }

    [Fact]
    public async Task A_missing_segment_is_said_once_whatever_is_about_its_records()
    {
        await FillAsync();
        PostId lost;
        await using (var log = _harness.Open())
        {
            Assert.True(SegmentFormat.TryParseName(_harness.Segments[1], out var first));
            lost = log[first].Id;
            for (var i = 0; i < 3; i++) await log.AppendAsync(LogHarness.Draft("x", target: lost), Ct);
        }
        var missing = _harness.Segments[1];
        File.Delete(missing);

        var report = Check();
        var refusal = Assert.Throws<ServiceException>(() => _harness.Open());

        var damage = Assert.Single(report.Findings, finding => finding.Kind == FindingKind.Damage);
        Assert.Equal($"posts/{Path.GetFileName(missing)}", damage.Where);
        Assert.Matches("^It is missing: records [0-9]+ to [0-9]+ are in no file.$", damage.What);
        Assert.Contains(
            report.Findings, finding => finding.What.StartsWith(
                "Records that are about ones that cannot be read: 3.", StringComparison.Ordinal));
        Assert.StartsWith($"{missing} is missing: ", refusal.Detail);
        Assert.DoesNotContain(_harness.Said, said => said.Contains("made again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Records_about_what_is_not_there_are_damage()
    {
        await using (var log = _harness.Open())
            await log.AppendAsync(LogHarness.Draft("x", target: LogHarness.Id(0, LogHarness.Start - 5)), Ct);

        var finding = Assert.Single(Check().Findings);

        Assert.Equal(FindingKind.Damage, finding.Kind);
        Assert.Matches("^Record 1: what it is about, [0-9]+, is not there.$", finding.What);
    }

    [Fact]
    public async Task A_log_that_is_open_or_not_there_is_not_checked()
    {
        await using var log = _harness.Open();

        Assert.Equal(ErrorCode.Conflict, Assert.Throws<ServiceException>(() => Check()).Code);
        _harness.Directory += "-not";
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<ServiceException>(() => Check()).Code);
    }

    [Fact]
    public async Task A_mark_that_is_missing_and_a_file_with_a_foreign_name_are_told()
    {
        await FillAsync();
        File.Delete(_harness.Mark);
        var withoutMark = Check();
        File.Move(_harness.Segments[3], Path.Combine(_harness.Directory, "newest.log"));

        var renamed = Check();

        Assert.Equal(("posts/durable.mark", FindingKind.Note), Place(Assert.Single(withoutMark.Findings)));
        Assert.Equal(("posts/newest.log", FindingKind.Damage), Place(renamed.Findings[0]));
    }

    [Fact]
    public async Task The_owner_of_the_log_has_rules_and_many_alike_are_counted()
    {
        await FillAsync();

        var report = PostLogCheck.Run(
            "posts", new PostLogOptions { Directory = _harness.Directory }, repair: false,
            (record, in meta, in target) => meta.Seq <= 20 && target.Seq == 0 ? "it is no good" : null, Ct);

        Assert.Equal(11, report.Findings.Count);
        Assert.Equal(
            ("posts/00000000000000000001.log at byte 32", "Record 1: it is no good."),
            (report.Findings[0].Where, report.Findings[0].What));
        Assert.Equal("There are 10 more like the ten above.", report.Findings[10].What);
    }

    private CheckReport Check(bool repair = false) =>
        PostLogCheck.Run("posts", new PostLogOptions { Directory = _harness.Directory }, repair, null, Ct);

    private static (string Where, FindingKind Kind) Place(Finding finding) => (finding.Where, finding.Kind);

    private async Task FillAsync()
    {
        await using var log = _harness.Open();
        for (var i = 0; i < 500; i++) await log.AppendAsync(LogHarness.Draft(new string('x', 400)), Ct);
    }

    private static void Flip(string path, int at)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[at] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }
}
