using System.Diagnostics;
using Xunit;

namespace Roost.Cluster.Tests.Crash;

/// <summary>A file system of a few megabytes in memory, with a file of ballast to fill it up and to make room
/// again.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public string Data => System.IO.Path.Combine(Path, "data");

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    /// <summary>Skips the running test, and says why, where none can be mounted.</summary>
    public static SmallDisk Mount(string path, int megabytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "No small disk to fill: a tmpfs is mounted on Linux only.");
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess,
            "No small disk to fill: only root may mount a tmpfs. Run these tests as root.");
        Directory.CreateDirectory(path);
        var code = Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", path);
        Assert.SkipUnless(code == 0,
            $"No small disk to fill: mount -t tmpfs {path} ended with code {code}; is this a container without CAP_SYS_ADMIN?");
        return new SmallDisk(path);
    }

    /// <summary>Mounts it again so that nothing can be written any more.</summary>
    public void MakeReadOnly() => Assert.Equal(0, Run("mount", "-o", "remount,ro", Path));

    /// <summary>Fills it up but for so many bytes, whatever else is written meanwhile.</summary>
    public void Fill(long freeBytes = 0)
    {
        using var ballast = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var disk = new DriveInfo(Path);
        var block = new byte[4_096];
        try
        {
            while (disk.AvailableFreeSpace - freeBytes >= block.Length) ballast.Write(block);
        }
        catch (IOException) when (disk.AvailableFreeSpace < block.Length)
        {
            // Somebody else took the last of it: it is full all the same.
        }
    }

    public void MakeRoom() => File.Delete(Ballast);

    public void Dispose() => Run("umount", "-l", Path);

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
