using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>Tells a full disk from other failures of the file system.</summary>
internal static class StorageErrors
{
    private const int LinuxNoSpace = 28; // ENOSPC
    private const int LinuxQuota = 122; // EDQUOT
    private const int UnixReadOnly = 30; // EROFS
    private const int WindowsWriteProtected = unchecked((int)0x80070013);
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    /// <summary>Below this much room the file system counts as full: SQLite extends its files by pages and by 32 KiB
    /// steps.</summary>
    private const long NoRoomBytes = 64 * 1024;

    /// <summary>What people are told when there is no room, whatever found out.</summary>
    public static ServiceException Full(string? detail, Exception? inner = null) => new(
        ErrorCode.StorageFull,
        "The disk is full: nothing was written, and nothing that was acknowledged is lost. It goes on by itself "
        + "when there is room.",
        detail, inner);

    public static ServiceException From(IOException exception, string path, string otherwise) =>
        IsFull(exception, path)
            ? Full($"{path}: {exception.Message}", exception)
            : new ServiceException(ErrorCode.Unavailable, otherwise, path, exception);

    public static bool IsFull(IOException exception, string path) =>
        exception.HResult is LinuxNoSpace or LinuxQuota or WindowsDiskFull or WindowsHandleDiskFull || HasNoRoom(path);

    /// <summary>Whether it failed because nothing at all can be written to that file system.</summary>
    public static bool IsReadOnly(IOException exception) => exception.HResult is UnixReadOnly or WindowsWriteProtected;

    /// <summary>Whether the file system that <paramref name="path"/> is on has next to no room left.</summary>
    public static bool HasNoRoom(string path)
    {
        try
        {
            return new DriveInfo(path).AvailableFreeSpace < NoRoomBytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It cannot be asked; then the failure is told as what it looks like.
            return false;
        }
    }
}
