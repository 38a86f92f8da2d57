using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Roost.Engine.Memory;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// A side file, <c>durable.mark</c>, that says up to where the log was durable and its authors answered. Written after
/// each commit and not synced: it survives the death of the process, and may be behind, never ahead, after the death of
/// the machine. At start a bad record up to the mark is damage to acknowledged data, not a torn tail. Held open
/// exclusively, it also keeps a second process out of the directory. 32 bytes, little-endian:
/// <code>
///   0  magic "RoostEnd"   8  last seq u32   12  first seq of its segment u32   16  end in that segment i64
///  24  zero u32          28  crc32c u32 over bytes 0–27
/// </code>
/// </summary>
internal sealed class DurableMark : IDisposable
{
    public const string FileName = "durable.mark";
    private const int Bytes = 32;

    private readonly SafeFileHandle _file;
    private readonly Disk _disk;
    private readonly byte[] _buffer = new byte[Bytes];

    private DurableMark(SafeFileHandle file, Disk disk, string path)
    {
        _file = file;
        _disk = disk;
        Path = path;
        Span<byte> read = stackalloc byte[Bytes];
        if (RandomAccess.Read(file, read, 0) != Bytes || !read[..8].SequenceEqual(Magic)) return;
        if (BinaryPrimitives.ReadUInt32LittleEndian(read[28..]) != Crc32C.Of(read[..28])) return;
        LastSeq = BinaryPrimitives.ReadUInt32LittleEndian(read[8..]);
        SegmentFirstSeq = BinaryPrimitives.ReadUInt32LittleEndian(read[12..]);
        SegmentEnd = BinaryPrimitives.ReadInt64LittleEndian(read[16..]);
    }

    private static ReadOnlySpan<byte> Magic => "RoostEnd"u8;

    public string Path { get; }

    /// <summary>The newest acknowledged seq that is known; 0 when nothing is.</summary>
    public uint LastSeq { get; private set; }

    /// <summary>The segment that holds it.</summary>
    public uint SegmentFirstSeq { get; private set; }

    /// <summary>Where its record ends there.</summary>
    public long SegmentEnd { get; private set; }

    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.Conflict"/>: another process has this log open.
    /// </exception>
    public static DurableMark Open(string directory, Disk disk)
    {
        var path = System.IO.Path.Combine(directory, FileName);
        try
        {
            return new DurableMark(
                File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), disk, path);
        }
        catch (IOException failure) when (!Disk.IsFull(failure) && File.Exists(path))
        {
            throw new ServiceException(
                ErrorCode.Conflict, "The post log is in use by another process. Stop that one first.",
                $"{path}: {failure.Message}", failure);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            throw new ServiceException(
                Disk.IsFull(failure) ? ErrorCode.StorageFull : ErrorCode.Unavailable,
                "The post log cannot be opened for writing.",
                $"{path}: {failure.Message} Make room, or give this user the right to write there, and start again.",
                failure);
        }
    }

    public void Set(uint lastSeq, uint segmentFirstSeq, long segmentEnd)
    {
        Magic.CopyTo(_buffer);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(8), lastSeq);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(12), segmentFirstSeq);
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(16), segmentEnd);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(28), Crc32C.Of(_buffer.AsSpan(0, 28)));
        _disk.Write(_file, Path, _buffer, 0);
        (LastSeq, SegmentFirstSeq, SegmentEnd) = (lastSeq, segmentFirstSeq, segmentEnd);
    }

    public void Dispose() => _file.Dispose();
}
