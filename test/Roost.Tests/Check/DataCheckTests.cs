using Roost.Check;
using Roost.Rpc;
using Roost.Services.Posts.Log;
using Roost.Tests.Services.Posts.Log;
using Xunit;

namespace Roost.Tests.Check;

public sealed class DataCheckTests : IDisposable
{
    private readonly LogHarness _harness = new() { SegmentBytesMax = 64 << 10 };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task A_sound_directory_is_said_to_be_sound()
    {
        await FillAsync();

        var text = Run(repair: false, out var check);

        Assert.True(check.IsSound);
        Assert.Contains("posts: 300 records in 3 segments", text);
        Assert.EndsWith("The data is sound.\n", text);
    }

    [Fact]
    public async Task A_lost_index_can_be_repaired()
    {
        await FillAsync();
        File.Delete(Path.ChangeExtension(_harness.Segments[0], ".idx"));

        var asked = Run(repair: false, out var before);
        var mended = Run(repair: true, out var after);

        Assert.False(before.IsSound);
        Assert.Contains("run `roost check --repair`", asked);
        Assert.True(after.IsSound);
        Assert.Contains("repaired", mended);
    }

    [Fact]
    public async Task Damage_names_the_file_and_the_offset()
    {
        await FillAsync();
        var bytes = await File.ReadAllBytesAsync(_harness.Segments[0], Ct);
        bytes[32 + RecordFormat.HeaderBytes] ^= 1;
        await File.WriteAllBytesAsync(_harness.Segments[0], bytes, Ct);

        var text = Run(repair: true, out var check);

        Assert.False(check.IsSound);
        Assert.Contains(
            $"damage      posts: {_harness.Segments[0]} at 32: record 1: its checksum does not match", text);
        Assert.Contains("put the files named above back from a backup", text);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_an_error_and_one_without_posts_is_sound()
    {
        Assert.Equal(
            ErrorCode.NotFound,
            Assert.Throws<ServiceException>(() => new DataCheck(_harness.Root + "-not", repair: false).Run(Ct)).Code);
        Directory.Delete(_harness.Directory);

        Run(repair: false, out var check);

        Assert.True(check.IsSound);
    }

    private string Run(bool repair, out DataCheck check)
    {
        check = new DataCheck(_harness.Root, repair);
        check.Run(Ct);
        using var writer = new StringWriter { NewLine = "\n" };
        check.Print(writer);
        return writer.ToString();
    }

    private async Task FillAsync()
    {
        await using var log = _harness.Open();
        for (var i = 0; i < 300; i++) await log.AppendAsync(LogHarness.Draft(new string('x', 400)), Ct);
    }
}
