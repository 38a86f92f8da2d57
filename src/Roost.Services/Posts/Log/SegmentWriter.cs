using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// The end of the log on disk. Owned by the writer's thread. A group is written, made durable (<see cref="Sync"/>, or
/// elsewhere: <see cref="IGroupStore"/>), and then accepted: only now it belongs to the log. When one of the first two
/// failed it is taken back instead.
/// </summary>
/// <remarks>
/// A write that failed is cut back to the last accepted length, and the segment is used on. After a sync that failed,
/// the kernel may have dropped pages and marked them clean, so nothing behind the durable length of that file is ever
/// trusted again: it is cut back, and the log goes on in a new segment, whose name says where the one before ends.
/// </remarks>
/// <param name="isCache">Whether the files are made again from elsewhere when they are lost: then nothing waits for the
/// device, and the system writes them when it likes.</param>
internal sealed partial class SegmentWriter(
    PostLogOptions options, Disk disk, SegmentList segments, SegmentSealer sealer, bool isCache, ILogger logger)
    : IDisposable
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
        _direct = OpenDirect(segment.Path);
    }

    /// <summary>Writes one whole group behind what was accepted.</summary>
    /// <returns>Where in <see cref="Active"/> it begins.</returns>
    /// <exception cref="IOException">It is to be taken back; the next one may succeed.</exception>
    public long Write(ReadOnlySpan<byte> group, uint firstSeq)
    {
        if (_file is null || (_active!.FirstSeq < firstSeq && _active.Length + group.Length > options.SegmentBytesMax))
            Begin(firstSeq);
        disk.Write(_file!, _active!.Path, group, _active.Length, _direct);
        return _active.Length;
    }

    /// <summary>Makes what was written durable.</summary>
    /// <inheritdoc cref="Write" path="/exception"/>
    public void Sync()
    {
        try
        {
            disk.Sync(_file!, _active!.Path);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            TryCutBack();
            Abandon();
            throw;
        }
    }

    /// <summary>What was written is durable: it belongs to the log.</summary>
    public void Accept(int bytes, uint firstSeq)
    {
        var active = _active!;
        active.Length += bytes;
        // A segment is shown to readers with its first durable group: before, it may yet be abandoned and made again.
        if (active.FirstSeq == firstSeq) segments.Add(active);
    }

    /// <summary>What was written last, if anything was, does not belong to the log.</summary>
    public void TakeBack()
    {
        if (_file is not null && !TryCutBack()) Abandon();
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
        _direct = OpenDirect(path);
        _active = new Segment(path, firstSeq, SegmentFormat.HeaderBytes)
        {
            StreamStart = before is null ? 0 : before.StreamStart + before.Length,
        };
        if (before is not null && before.FirstSeq < firstSeq) sealer.Seal(before, firstSeq - 1);
    }

    /// <summary>Past the page cache only where the device is waited for.</summary>
    private DirectFile? OpenDirect(string path) => isCache ? null : DirectFile.TryOpen(path);

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
