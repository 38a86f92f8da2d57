using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Roost.Bench.Posts;

/// <summary>
/// The ceiling: bytes that are there already, in groups of 1 MiB, each one write and one sync, appended to one file.
/// </summary>
internal sealed partial class RawGroups(string path, int recordBytes) : IDisposable
{
    private const int GroupBytes = 1 << 20;

    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
    private readonly byte[] _group = MakeGroup(recordBytes);
    private long _length;

    public long Write(int records)
    {
        var groups = Math.Max(1, (long)records * recordBytes / _group.Length);
        for (var i = 0L; i < groups; i++)
        {
            RandomAccess.Write(_file, _group, _length);
            if (!OperatingSystem.IsLinux()) RandomAccess.FlushToDisk(_file);
            else if (FDataSync(_file) != 0)
                throw new IOException($"fdatasync failed on {path}.", Marshal.GetLastPInvokeError());
            _length += _group.Length;
        }
        return groups * (_group.Length / recordBytes);
    }

    public void Dispose() => _file.Dispose();

    private static byte[] MakeGroup(int recordBytes)
    {
        var group = new byte[GroupBytes / recordBytes * recordBytes];
        new Random(2).NextBytes(group);
        return group;
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);
}
