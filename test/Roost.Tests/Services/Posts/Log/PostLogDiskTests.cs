using System.Diagnostics;
using Roost.Rpc;
using Roost.Services.Posts.Log;
using Roost.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Posts.Log;

/// <summary>Full and failing disks.</summary>
public sealed class PostLogDiskTests : IDisposable
{
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int DeviceError = 5;

    private readonly LogHarness _harness = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _harness.Dispose();

    [Theory]
    [InlineData(nameof(DiskOperation.Write), NoSpace, ErrorCode.StorageFull)]
    [InlineData(nameof(DiskOperation.Write), QuotaExceeded, ErrorCode.StorageFull)]
    [InlineData(nameof(DiskOperation.Write), DeviceError, ErrorCode.Unavailable)]
    [InlineData(nameof(DiskOperation.Sync), NoSpace, ErrorCode.StorageFull)]
    [InlineData(nameof(DiskOperation.Sync), DeviceError, ErrorCode.Unavailable)]
    [InlineData(nameof(DiskOperation.Create), NoSpace, ErrorCode.StorageFull)]
    [InlineData(nameof(DiskOperation.SyncDirectory), DeviceError, ErrorCode.Unavailable)]
    public async Task What_could_not_be_stored_is_refused_and_the_next_append_goes_on(
        string what, int error, ErrorCode code)
    {
        var operation = Enum.Parse<DiskOperation>(what);
        var failing = false;
        _harness.Fault = FailLogs((at, _) => failing && at == operation ? error : 0, partBytes: 50);
        var stored = new List<string>();
        await using (var log = _harness.Open())
        {
            for (var i = 0; i < 40; i++)
            {
                // Long ones, so that segments are begun in between.
                var draft = LogHarness.Draft($"{i}:{new string('x', 20_000)}");
                failing = i % 5 != 0;
                if (await Record.ExceptionAsync(async () => await log.AppendAsync(draft, Ct)) is { } failure)
                    Assert.Equal(code, Assert.IsType<ServiceException>(failure).Code);
                else
                    stored.Add($"{i}:");
                AssertStored(log, stored);
            }
        }

        _harness.Fault = null;
        await using var again = _harness.Open();
        AssertStored(again, stored);
        Assert.InRange(stored.Count, 8, 39);
    }

    [Fact]
    public async Task After_a_failed_sync_the_file_is_used_no_further_even_if_it_cannot_be_cut()
    {
        var failing = false;
        _harness.Fault = FailLogs(
            (at, _) => failing && at is DiskOperation.Sync or DiskOperation.Truncate ? DeviceError : 0, partBytes: 0);
        await using (var log = _harness.Open())
        {
            await log.AppendAsync(LogHarness.Draft("kept"), Ct);
            failing = true;
            await Assert.ThrowsAsync<ServiceException>(
                async () => await log.AppendAsync(LogHarness.Draft("refused"), Ct));
            failing = false;
            Assert.Equal(2u, (await log.AppendAsync(LogHarness.Draft("after"), Ct)).Seq);
            Assert.Equal(2, _harness.Segments.Length);
        }

        _harness.Fault = null;
        foreach (var index in Directory.GetFiles(_harness.Directory, "*.idx")) File.Delete(index);
        await using var again = _harness.Open();
        AssertStored(again, ["kept", "after"]);
        Assert.Single(_harness.CutFiles);
    }

    [Fact]
    public async Task What_a_killed_process_left_unsynced_is_synced_before_it_is_shown()
    {
        await using (var log = _harness.Open()) await log.AppendAsync(LogHarness.Draft("a"), Ct);
        var synced = 0;
        _harness.Fault = FailLogs(
            (at, _) => at == DiskOperation.Sync && synced++ == 0 ? DeviceError : 0, partBytes: 0);

        var refusal = Assert.Throws<ServiceException>(_harness.Open);

        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
        await using var again = _harness.Open();
        Assert.Equal(2, synced);
        AssertStored(again, ["a"]);
    }

    [Fact]
    public async Task An_import_that_failed_for_the_disk_can_be_made_again()
    {
        var failing = true;
        _harness.Fault = FailLogs((at, _) => failing && at == DiskOperation.Sync ? NoSpace : 0, partBytes: 0);
        await using var log = _harness.Open();
        RecordDraft[] drafts =
            [LogHarness.Draft("a", id: LogHarness.Id(7)), LogHarness.Draft("b", id: LogHarness.Id(8))];

        await Assert.ThrowsAsync<ServiceException>(async () => await log.AppendAllAsync(drafts, Ct));
        failing = false;

        Assert.Equal(1u, await log.AppendAllAsync(drafts, Ct));
        AssertStored(log, ["a", "b"]);
    }

    [Fact]
    public async Task An_index_that_cannot_be_written_is_said_and_nothing_else_suffers()
    {
        _harness.Fault = (DiskOperation at, string path, ref int bytes) =>
            path.EndsWith(".idx.tmp", StringComparison.Ordinal) && at == DiskOperation.Create ? NoSpace : 0;
        await using (var log = _harness.Open())
        {
            for (var i = 0; i < 10; i++) await log.AppendAsync(LogHarness.Draft($"{i}:{new string('x', 20_000)}"), Ct);
        }

        Assert.Empty(Directory.GetFiles(_harness.Directory, "*.idx"));
        Assert.Contains(
            _harness.Said, line => line.Contains("could not be written; nothing is lost", StringComparison.Ordinal));
        _harness.Fault = null;
        await using var again = _harness.Open();
        Assert.Equal(10u, again.LastSeq);
    }

    [Fact]
    public async Task A_real_file_system_that_is_full_refuses_and_goes_on_when_there_is_room()
    {
        var mount = Path.Combine(_harness.Root, "small");
        Directory.CreateDirectory(mount);
        if (!OperatingSystem.IsLinux() || await RunAsync("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", mount) != 0)
            Assert.Skip("A tmpfs can only be mounted by root on Linux.");
        try
        {
            await FillAndFreeAsync(mount);
        }
        finally
        {
            Assert.Equal(0, await RunAsync("umount", mount));
        }
    }

    private async Task FillAndFreeAsync(string mount)
    {
        _harness.Directory = Path.Combine(mount, "posts");
        var ballast = Path.Combine(mount, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[300 << 10], Ct);
        var stored = new List<string>();
        await using (var log = _harness.Open())
        {
            while (await Record.ExceptionAsync(async () => await StoreAsync(log)) is not { } full || Refuse(full))
            {
            }
            // It stays full, and says so again.
            await Assert.ThrowsAsync<ServiceException>(async () => await StoreAsync(log));
            AssertStored(log, stored);

            File.Delete(ballast);
            for (var i = 0; i < 10; i++) await StoreAsync(log);
            AssertStored(log, stored);
        }
        await using var again = _harness.Open();
        AssertStored(again, stored);

        async Task StoreAsync(PostLog log)
        {
            await log.AppendAsync(LogHarness.Draft($"{stored.Count}:{new string('x', 10_000)}"), Ct);
            stored.Add($"{stored.Count}:");
        }

        static bool Refuse(Exception full)
        {
            Assert.Equal(ErrorCode.StorageFull, Assert.IsType<ServiceException>(full).Code);
            return false;
        }
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true });
        if (process is null) return -1;
        await process.WaitForExitAsync(Ct);
        return process.ExitCode;
    }

    /// <summary>Failures of segments and their directory only, each with part of the bytes written before.</summary>
    private DiskFault FailLogs(Func<DiskOperation, string, int> fault, int partBytes) =>
        (DiskOperation operation, string path, ref int bytes) =>
        {
            if (!path.EndsWith(".log", StringComparison.Ordinal) && path != _harness.Directory) return 0;
            var error = fault(operation, path);
            if (error != 0) bytes = Math.Min(bytes, partBytes);
            return error;
        };

    private static void AssertStored(PostLog log, List<string> prefixes)
    {
        Assert.Equal((uint)prefixes.Count, log.LastSeq);
        for (var i = 0; i < prefixes.Count; i++) Assert.StartsWith(prefixes[i], LogHarness.Text(log.Read((uint)i + 1)));
    }
}
