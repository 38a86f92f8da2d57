using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// The end of the log on disk. Owned by the writer's thread. A group is durable when <see cref="Append"/> returns; when
/// it throws, nothing of the group belongs to the log.
/// </summary>
/// <remarks>
/// A write that failed is cut back to the last durable length, and the segment is used on. After a sync that failed,
/// the kernel may have dropped pages and marked them clean, so nothing behind the durable length of that file is ever
/// trusted again: it is cut back, and the log goes on in a new segment, whose name says where the one before ends.
/// </remarks>
internal sealed partial class SegmentWriter(
    PostLogOptions options, Disk disk, SegmentList segments, SegmentSealer sealer, ILogger logger) : IDisposable
{
    private SafeFileHandle? _file;
    private DirectFile? _direct;
    private Segment? _active;

    /// <summary>Where the last append was tried, for messages.</summary>
    public string Path => _active?.Path ?? options.Directory;

    /// <summary>The segment that was written last, or null before the first.</summary>
    public Segment? Active => _active;

    /// <summary>Where in its file the next group goes, unless it begins a new segment.</summary>
    public long NextOffset => _active?.Length ?? SegmentFormat.HeaderBytes;

    /// <summary>Goes on in a segment that recovery found good up to its length.</summary>
    public void Resume(Segment segment)
    {
        _active = segment;
        _file = Disk.OpenForWriting(segment.Path);
        _direct = DirectFile.TryOpen(segment.Path);
    }

    /// <summary>Writes one whole group and makes it durable.</summary>
    /// <returns>Where in <see cref="Active"/> it begins.</returns>
    /// <exception cref="IOException">It is not stored; the next append may succeed.</exception>
    public long Append(ReadOnlySpan<byte> group, uint firstSeq)
    {
        if (_file is null || (_active!.FirstSeq < firstSeq && _active.Length + group.Length > options.SegmentBytesMax))
            Begin(firstSeq);

        var active = _active!;
        var offset = active.Length;
        try
        {
            disk.Write(_file!, active.Path, group, offset, _direct);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            if (!TryCutBack()) Abandon();
            throw;
        }
        try
        {
            disk.Sync(_file!, active.Path);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            TryCutBack();
            Abandon();
            throw;
        }
        active.Length = offset + group.Length;
        // A segment is shown to readers with its first durable group: before, it may yet be abandoned and made again.
        if (active.FirstSeq == firstSeq) segments.Add(active);
        return offset;
    }

    public void Dispose() => Close();

    /// <summary>Makes the segment that begins with this seq, and only then leaves the one before.</summary>
    private void Begin(uint firstSeq)
    {
        var path = System.IO.Path.Combine(options.Directory, SegmentFormat.FileName(firstSeq));
        // A file of that name holds nothing acknowledged: it was abandoned, or made just before a crash.
        File.Delete(path);
        SafeFileHandle? file = null;
        try
        {
            file = disk.Create(path);
            disk.Write(file, path, SegmentFormat.Header(firstSeq, options.Shard), 0);
            disk.Sync(file, path);
            disk.SyncDirectory(options.Directory);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            file?.Dispose();
            File.Delete(path);
            throw;
        }
        var before = _active;
        Close();
        _file = file;
        _direct = DirectFile.TryOpen(path);
        _active = new Segment(path, firstSeq, SegmentFormat.HeaderBytes)
        {
            StreamStart = before is null ? 0 : before.StreamStart + before.Length,
        };
        if (before is not null && before.FirstSeq < firstSeq) sealer.Seal(before, firstSeq - 1);
    }

    private bool TryCutBack()
    {
        try
        {
            disk.Truncate(_file!, _active!.Path, _active.Length);
            return true;
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            LogNotCutBack(failure, _active!.Path, _active.Length);
            return false;
        }
    }

    private void Abandon()
    {
        LogAbandoned(_active!.Path, _active.Length);
        Close();
    }

    private void Close()
    {
        _direct?.Dispose();
        _file?.Dispose();
        (_direct, _file) = (null, null);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Path} could not be cut back to {Bytes} bytes after a failed write; it is left as it is and the log goes on "
        + "in a new segment")]
    private partial void LogNotCutBack(Exception failure, string path, long bytes);

    [LoggerMessage(Level = LogLevel.Error, Message =
        "{Path} is used no further: what follows byte {Bytes} cannot be trusted. The log goes on in a new segment; "
        + "check this device")]
    private partial void LogAbandoned(string path, long bytes);
}
