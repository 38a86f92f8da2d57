using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Roost.Services.Storage;

/// <summary>
/// A second way into a segment, past the page cache (<c>O_DIRECT</c>): the device reads the writer's memory, and
/// nothing is copied or kept. For large groups that is several times as fast, above all where memory given back to a
/// hypervisor has to be asked for again page by page. Small groups gain nothing, and go through the cache, where those
/// who read what was just posted find it.
/// </summary>
/// <remarks>
/// The kernel keeps both ways coherent: a direct write drops the cached pages it covers. Only whole blocks may be
/// written so, from memory that is as far from a block's start as their place in the file.
/// </remarks>
internal sealed partial class DirectFile : IDisposable
{
    /// <summary>Both offset and memory are a multiple of this: no block device in use asks for more.</summary>
    public const int BlockBytes = 4096;

    /// <summary>From here on a group is written directly; below, the cached way was no slower.</summary>
    public const int BytesMin = 512 << 10;

    private const int InvalidArgument = 22;
    private const int ReadWrite = 2;
    private const int CloseOnExec = 0x80000;

    private readonly SafeFileHandle _file;

    private DirectFile(SafeFileHandle file) => _file = file;

    /// <summary>Opens a file that exists, or returns null where the system does not offer this.</summary>
    public static DirectFile? TryOpen(string path)
    {
        if (!OperatingSystem.IsLinux() || DirectFlag() is not { } direct) return null;
        var file = Open(path, ReadWrite | CloseOnExec | direct);
        return file < 0 ? null : new DirectFile(new SafeFileHandle(file, ownsHandle: true));
    }

    /// <summary>How many of these bytes can be written here: whole blocks, from the first block border on.</summary>
    /// <returns>
    /// Bytes before the border, and bytes of whole blocks; none when it is not worth it or not possible.
    /// </returns>
    public static unsafe (int Before, int Whole) Split(ReadOnlySpan<byte> bytes, long offset)
    {
        if (bytes.Length < BytesMin) return default;
        fixed (byte* start = bytes)
        {
            if (((nint)start - offset) % BlockBytes != 0) return default;
        }
        var before = (int)(-offset & (BlockBytes - 1));
        return (before, (bytes.Length - before) & ~(BlockBytes - 1));
    }

    /// <returns>False when this file system does not take it so; nothing can be said of what it wrote.</returns>
    /// <exception cref="IOException">The write failed as any write may.</exception>
    public bool TryWrite(ReadOnlySpan<byte> blocks, long offset)
    {
        try
        {
            RandomAccess.Write(_file, blocks, offset);
            return true;
        }
        catch (IOException failure) when (failure.HResult == InvalidArgument)
        {
            return false;
        }
    }

    public void Dispose() => _file.Dispose();

    // The one flag of open(2) that Linux numbers by processor.
    private static int? DirectFlag() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 or Architecture.X86 => 0x4000,
        Architecture.Arm64 or Architecture.Arm => 0x10000,
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
