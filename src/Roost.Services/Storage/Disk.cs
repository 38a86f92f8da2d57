using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>What a <see cref="DiskFault"/> can make fail.</summary>
internal enum DiskOperation
{
    Create,
    Write,
    Sync,
    Truncate,
    SyncDirectory,

    /// <summary>The path is that of the new name.</summary>
    Rename,
}

/// <summary>
/// Asked before every operation that changes the disk: 0 lets it pass, else the error number that it fails with.
/// </summary>
/// <param name="bytes">What is about to be written; made smaller, so much is still written before the failure.</param>
internal delegate int DiskFault(DiskOperation operation, string path, ref int bytes);

/// <summary>
/// The few things that the log, and the files of search, ask of the file system. Every failure is an
/// <see cref="IOException"/> whose HResult is the error number on Unix, so that a full disk is told from a broken one.
/// </summary>
internal sealed partial class Disk(DiskFault? fault = null)
{
    private const int NoSpace = 28;
    private const int QuotaExceededLinux = 122;
    private const int QuotaExceededMac = 69;
    private const int Interrupted = 4;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Makes a file that must not exist yet, for reading and writing.</summary>
    public SafeFileHandle Create(string path)
    {
        Intercept(DiskOperation.Create, path);
        return File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    public static SafeFileHandle OpenForReading(string path) =>
        File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);

    public static SafeFileHandle OpenForWriting(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <param name="direct">Takes the whole blocks of a large write, where there is one.</param>
    public void Write(
        SafeFileHandle file, string path, ReadOnlySpan<byte> bytes, long offset, DirectFile? direct = null)
    {
        var written = bytes.Length;
        var error = fault?.Invoke(DiskOperation.Write, path, ref written) ?? 0;
        if (error == 0)
        {
            WriteBothWays(file, direct, bytes, offset);
            return;
        }
        RandomAccess.Write(file, bytes[..Math.Min(written, bytes.Length)], offset);
        throw Failure(DiskOperation.Write, path, error);
    }

    /// <summary>
    /// Returns once the file's bytes, and its length, are on the device. After a failure the kernel may have dropped
    /// the pages and marked them clean: a second call that succeeds proves nothing, so it must not be made.
    /// </summary>
    public void Sync(SafeFileHandle file, string path)
    {
        Intercept(DiskOperation.Sync, path);
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
            return;
        }
        while (FDataSync(file) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted) throw Failure(DiskOperation.Sync, path, error);
        }
    }

    public void Truncate(SafeFileHandle file, string path, long length)
    {
        Intercept(DiskOperation.Truncate, path);
        RandomAccess.SetLength(file, length);
    }

    /// <summary>Gives a file another name, in place of what had that name. Durable with the directory only.</summary>
    public void Rename(string from, string to)
    {
        Intercept(DiskOperation.Rename, to);
        File.Move(from, to, overwrite: true);
    }

    /// <summary>Makes names made, changed or removed in a directory durable. Windows does that by itself.</summary>
    public void SyncDirectory(string path)
    {
        Intercept(DiskOperation.SyncDirectory, path);
        if (OperatingSystem.IsWindows()) return;
        // .NET refuses to open directories; the C library does not.
        var directory = OpenDirectory(path, 0);
        if (directory < 0) throw Failure(DiskOperation.SyncDirectory, path, Marshal.GetLastPInvokeError());
        using var handle = new SafeFileHandle(directory, ownsHandle: true);
        if (FSync(handle) != 0) throw Failure(DiskOperation.SyncDirectory, path, Marshal.GetLastPInvokeError());
    }

    /// <summary>Writes a whole file so that after a crash there is the old one or the new one, never a part.</summary>
    public void Replace(string path, ReadOnlySpan<byte> bytes)
    {
        var temporary = path + ".tmp";
        try
        {
            File.Delete(temporary);
            using (var file = Create(temporary))
            {
                Write(file, temporary, bytes, 0);
                Sync(file, temporary);
            }
            Rename(temporary, path);
            SyncDirectory(Path.GetDirectoryName(path)!);
        }
        catch (IOException)
        {
            File.Delete(temporary);
            throw;
        }
    }

    public static bool IsFull(Exception failure) =>
        failure is IOException { HResult: NoSpace or QuotaExceededLinux or WindowsDiskFull or WindowsHandleDiskFull }
        || (OperatingSystem.IsMacOS() && failure is IOException { HResult: QuotaExceededMac });

    /// <summary>Whether an exception is the file system's way to say no.</summary>
    public static bool IsDiskFailure(Exception failure) => failure is IOException or UnauthorizedAccessException;

    /// <summary>What the authors who wait are told when a group could not be made durable.</summary>
    public static ServiceException Refusal(Exception failure, string path) => IsFull(failure)
        ? new ServiceException(
            ErrorCode.StorageFull,
            "The server's disk is full, so this was not stored; what was stored before is safe. "
            + "Try again later: writing goes on by itself as soon as there is room.",
            $"{path}: {failure.Message} Free space on that file system or raise its quota; no restart is needed.",
            failure)
        : new ServiceException(
            ErrorCode.Unavailable,
            "The server could not write to its disk, so this was not stored. Try again later.",
            $"{path}: {failure.Message} Look at the kernel's log for errors of this device; "
            + "the next append tries again.",
            failure);

    private static void WriteBothWays(SafeFileHandle file, DirectFile? direct, ReadOnlySpan<byte> bytes, long offset)
    {
        var (before, whole) = direct is null ? default : DirectFile.Split(bytes, offset);
        if (whole == 0 || !direct!.TryWrite(bytes.Slice(before, whole), offset + before))
        {
            RandomAccess.Write(file, bytes, offset);
            return;
        }
        RandomAccess.Write(file, bytes[..before], offset);
        RandomAccess.Write(file, bytes[(before + whole)..], offset + before + whole);
    }

    private void Intercept(DiskOperation operation, string path)
    {
        var bytes = 0;
        var error = fault?.Invoke(operation, path, ref bytes) ?? 0;
        if (error != 0) throw Failure(operation, path, error);
    }

    private static IOException Failure(DiskOperation operation, string path, int error) =>
        new($"{operation} failed on {path}: {Marshal.GetPInvokeErrorMessage(error)} (error {error}).", error);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDirectory(string path, int flags);
}
