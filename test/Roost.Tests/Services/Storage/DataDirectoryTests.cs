using System.Diagnostics;
using Roost.Rpc;
using Roost.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Storage;

public sealed class DataDirectoryTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_missing_directory_is_made_and_can_be_opened_again_when_it_was_let_go()
    {
        var path = _scratch.File("a/b");

        DataDirectory.Open(path).Dispose();
        using var again = DataDirectory.Open(path + "/");

        Assert.Equal(path, again.Path);
        Assert.Equal("roost 1\n", File.ReadAllText(again.FilePath("format")));
        Assert.Equal($"{Environment.ProcessId}\n", File.ReadAllText(again.FilePath("roost.pid")));
        Assert.True(Directory.Exists(again.Folder("posts")));
    }

    [Fact]
    public void A_second_open_is_refused_with_the_process_id_of_the_first()
    {
        using var first = DataDirectory.Open(_scratch.File("data"));

        var refusal = Assert.Throws<ServiceException>(() => DataDirectory.Open(first.Path));

        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(first.Path, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_process_finds_the_lock_held_until_it_is_let_go()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/flock"), "needs flock from util-linux");
        var held = DataDirectory.Open(_scratch.File("data"));

        var whileHeld = TryLock(held.FilePath("roost.lock"));
        held.Dispose();
        var afterwards = TryLock(held.FilePath("roost.lock"));

        Assert.Equal(1, whileHeld);
        Assert.Equal(0, afterwards);
    }

    [Fact]
    public void What_a_killed_process_left_behind_does_not_matter()
    {
        var path = _scratch.File("data");
        DataDirectory.Open(path).Dispose();
        File.WriteAllText(Path.Combine(path, "roost.pid"), "4000000\n");

        using var data = DataDirectory.Open(path);

        Assert.Equal($"{Environment.ProcessId}\n", File.ReadAllText(data.FilePath("roost.pid")));
    }

    [Fact]
    public void A_directory_that_others_can_read_is_made_the_owners_alone_once_data_comes_in()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("There are no modes on Windows.");
            return;
        }
        var path = _scratch.File("data");
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
        File.WriteAllText(Path.Combine(path, "community.json"), "{}");

        DataDirectory.Open(path).Dispose();

        Assert.Equal((UnixFileMode)Convert.ToInt32("700", 8), File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_first_start_that_died_early_leaves_a_directory_that_counts_as_empty()
    {
        File.WriteAllText(_scratch.File("roost.lock"), "");
        File.WriteAllText(_scratch.File("format.new"), "roo");

        using var data = DataDirectory.Open(_scratch.Path);

        Assert.Equal("roost 1\n", File.ReadAllText(data.FilePath("format")));
    }

    [Fact]
    public void A_directory_of_something_else_is_refused_and_left_as_it_is()
    {
        File.WriteAllText(_scratch.File("thesis.txt"), "");

        var refusal = Assert.Throws<ServiceException>(() => DataDirectory.Open(_scratch.Path));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
        Assert.Contains("thesis.txt", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([_scratch.File("thesis.txt")], Directory.GetFileSystemEntries(_scratch.Path));
    }

    [Fact]
    public void A_file_in_place_of_the_directory_is_refused()
    {
        File.WriteAllText(_scratch.File("data"), "");

        var refusal = Assert.Throws<ServiceException>(() => DataDirectory.Open(_scratch.File("data")));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
    }

    [Theory]
    [InlineData("roost 2", ErrorCode.Conflict)]
    [InlineData("roost 0", ErrorCode.DataDamaged)]
    [InlineData("roost one", ErrorCode.DataDamaged)]
    [InlineData("", ErrorCode.DataDamaged)]
    public void Another_layout_is_refused(string format, ErrorCode expected)
    {
        var path = _scratch.File("data");
        DataDirectory.Open(path).Dispose();
        File.WriteAllText(Path.Combine(path, "format"), format);

        var refusal = Assert.Throws<ServiceException>(() => DataDirectory.Open(path));

        Assert.Equal(expected, refusal.Code);
    }

    [Fact]
    public void A_refused_directory_is_not_kept_locked()
    {
        var path = _scratch.File("data");
        DataDirectory.Open(path).Dispose();
        File.WriteAllText(Path.Combine(path, "format"), "roost 9");
        Assert.Throws<ServiceException>(() => DataDirectory.Open(path));
        File.WriteAllText(Path.Combine(path, "format"), "roost 1");

        DataDirectory.Open(path).Dispose();
    }

    [Fact]
    public void A_tool_that_only_looks_does_not_make_a_directory()
    {
        var refusal = Assert.Throws<ServiceException>(() => DataDirectory.Open(_scratch.File("none"), create: false));

        Assert.Equal(ErrorCode.NotFound, refusal.Code);
        Assert.False(Directory.Exists(_scratch.File("none")));
    }

    [Fact]
    public void A_place_that_cannot_be_written_gets_a_clear_error()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");

        var refusal = Assert.Throws<ServiceException>(() => DataDirectory.Open("/proc/roost-data"));

        Assert.Contains("/proc/roost-data", refusal.Message, StringComparison.Ordinal);
    }

    private static int TryLock(string file)
    {
        using var process = Process.Start("/usr/bin/flock", ["-n", "-x", file, "true"]);
        process.WaitForExit();
        return process.ExitCode;
    }
}
