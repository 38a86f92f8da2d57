using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Roost.Bench.Posts;

/// <summary>
/// The ceilings: bytes that are there already, in groups of 1 MiB, each one write and one sync, appended to one file;
/// through the page cache, or past it where the system offers that.
/// </summary>
internal sealed partial class RawGroups : IDisposable
{
    private const int GroupBytes = 1 << 20;
    private const int BlockBytes = 4096;
    private const int CreateReadWrite = 0x42;
    private const int DirectX64 = 0x4000;
    private const int DirectArm64 = 0x10000;
    private const int OwnerReadsAndWrites = 0x180;

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly int _recordBytes;
    private readonly byte[] _memory = GC.AllocateUninitializedArray<byte>(GroupBytes + BlockBytes, pinned: true);
    private readonly int _start;
    private long _length;

    private RawGroups(SafeFileHandle file, string path, int recordBytes)
    {
        (_file, _path, _recordBytes) = (file, path, recordBytes);
        new Random(2).NextBytes(_memory);
        _start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) & (BlockBytes - 1));
    }

    public static RawGroups Cached(string path, int recordBytes) =>
        new(File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write), path, recordBytes);

    public static RawGroups Direct(string path, int recordBytes)
    {
        if (!OperatingSystem.IsLinux()) return Cached(path, recordBytes);
        var direct = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? DirectX64 : DirectArm64;
        var file = Open(path, CreateReadWrite | direct, OwnerReadsAndWrites);
        if (file < 0) throw new IOException($"{path} cannot be opened with O_DIRECT; choose another --directory.");
        return new RawGroups(new SafeFileHandle(file, ownsHandle: true), path, recordBytes);
    }

    /// <returns>How many records' worth of bytes were written.</returns>
    public long Write(int records)
    {
        var groups = Math.Max(1, (long)records * _recordBytes / GroupBytes);
        for (var i = 0L; i < groups; i++)
        {
            RandomAccess.Write(_file, _memory.AsSpan(_start, GroupBytes), _length);
            if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(_file);
            else if (FDataSync(_file) != 0)
                throw new IOException($"fdatasync failed on {_path}.", Marshal.GetLastPInvokeError());
            _length += GroupBytes;
        }
        return groups * GroupBytes / _recordBytes;
    }

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);
}
