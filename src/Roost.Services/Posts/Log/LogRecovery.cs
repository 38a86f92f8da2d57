using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Roost.Rpc;
using Roost.Services.Posts.Log.Table;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// Opens the directory of a log: loads what is there, cuts what a crash left half-written, and refuses what is damaged.
/// <list type="number">
/// <item>Every segment but the newest must hold exactly the records from its first seq to the one before the next
/// segment's: the next was begun only when they were durable. They are loaded from their indexes; an index that is
/// missing or wrong is made again.</item>
/// <item>The newest segment is read whole. What follows its last complete group is a torn tail, never acknowledged,
/// unless the durable mark or a later intact group says otherwise: then it is damage, nothing is touched, and the log
/// does not open.</item>
/// <item>A torn tail is copied to <c>cut-&lt;segment&gt;-&lt;offset&gt;.bin</c> and cut off; what stays is synced.
/// </item>
/// </list>
/// Where a table has the truth (<see cref="LogCache"/>) nothing in files is damage: what is missing or bad there is
/// fetched, and the newest segment is cut to what the table has.
/// </summary>
/// <param name="table">What has the truth; null: the files have.</param>
internal sealed partial class LogRecovery(PostLogOptions options, Disk disk, ILogger logger, LogTable? table = null)
{
    private const string WhatNext =
        "Run `roost check` on this data directory to see all that is wrong, then put the file back from a backup; or "
        + "let `roost check --repair --accept-loss` tell what would be lost without one.";

    private readonly LogColumns _columns = new();
    private readonly SegmentList _segments = new();
    private uint _count;

    /// <summary>Null as long as the files have the truth.</summary>
    private LogCache? _cache;

    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.DataDamaged"/>, or the directory cannot be used.
    /// </exception>
    public LoadedLog Load()
    {
        Directory.CreateDirectory(options.Directory);
        var mark = DurableMark.Open(options.Directory, disk);
        LoadedLog log;
        LogCache? cache;
        try
        {
            cache = table is null ? null : LogCache.Open(options, disk, table, mark.LastSeq, logger);
            _cache = LogCache.IsIn(options.Directory) ? cache : null;
            var resume = LoadSegments(mark);
            _columns.Publish(_count);
            if (_cache is null && mark.LastSeq > _count) throw Lost(mark);
            var sealer = new SegmentSealer(disk, _columns, isCache: table is not null, logger);
            var writer = new SegmentWriter(options, disk, _segments, sealer, isCache: table is not null, logger);
            if (resume is not null) writer.Resume(resume);
            var tail = new LogTail(options.TailBytes, resume?.Length ?? 0);
            IGroupStore store = table is null ? new FileStore(writer) : new TableStore(table, disk, logger);
            log = new LoadedLog(_columns, _segments, tail, writer, sealer, mark, store);
        }
        catch
        {
            _segments.Close();
            mark.Dispose();
            throw;
        }
        try
        {
            cache?.Join(log);
            return log;
        }
        catch
        {
            // Of a start that failed; nothing waits in it.
            log.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>All segments of a directory, oldest first.</summary>
    /// <exception cref="ServiceException">A file has a segment's ending, but not a segment's name.</exception>
    public static (string Path, uint FirstSeq)[] List(string directory) =>
        [.. Directory.EnumerateFiles(directory, "*" + SegmentFormat.Extension)
            .Select(path => SegmentFormat.TryParseName(path, out var first)
                ? (path, first)
                : throw Damaged(path, 0, "this is not the name of a segment; move the file away if it is not one"))
            .OrderBy(segment => segment.first)];

    public static ServiceException Damaged(string path, long offset, string what) => new(
        ErrorCode.DataDamaged,
        "The post log is damaged and was not opened; nothing in it was changed.",
        $"{path} at offset {offset}: {what}. {WhatNext}");

    private ServiceException Missing(uint first, uint last) => new(
        ErrorCode.DataDamaged,
        "The post log is damaged and was not opened; nothing in it was changed.",
        $"{Path.Combine(options.Directory, SegmentFormat.FileName(first))} is missing: records {first} to {last} are "
        + $"in no file. {WhatNext}");

    private Segment? LoadSegments(DurableMark mark)
    {
        var files = List(options.Directory);
        var problems = LoadIndexes(files);
        for (var i = 0; i < files.Length; i++)
        {
            var (path, first) = files[i];
            while (_cache is not null && first > _count + 1) Refetch(_count + 1, first - 1);
            if (first != _count + 1)
            {
                throw first > _count + 1
                    ? Missing(_count + 1, first - 1)
                    : Damaged(path, 0, $"it begins with record {first}, which is in the segment before, too");
            }
            if (i == files.Length - 1) return LoadNewest(path, first, mark);
            LoadSealed(path, first, files[i + 1].FirstSeq - first, problems[i]);
        }
        return null;
    }

    /// <summary>Fetches a segment that begins with a record, and loads it.</summary>
    /// <param name="last">The last record that it may hold; it has its usual size.</param>
    private void Refetch(uint first, uint last)
    {
        _cache!.Restore(first, last, PreviousId(first));
        var path = Path.Combine(options.Directory, SegmentFormat.FileName(first));
        using (var file = Disk.OpenForReading(path))
        {
            var result = new SegmentScan(file, ScanStart.OfSegment(first, PreviousId(first))).Run(AddRow);
            if (result.Problem is { } problem) throw Damaged(path, result.End, problem);
            last = result.LastSeq;
            WriteIndex(SegmentFormat.IndexPath(path), first, last, result.FileBytes);
            _segments.Add(new Segment(path, first, result.FileBytes));
        }
        _count = last;
    }

    /// <summary>Reads the indexes of all segments but the newest, side by side; the reply is what is wrong with each,
    /// or null.</summary>
    private string?[] LoadIndexes((string Path, uint FirstSeq)[] files)
    {
        var problems = new string?[files.Length];
        Parallel.For(0, Math.Max(0, files.Length - 1), i =>
        {
            var (path, first) = files[i];
            problems[i] = LoadIndex(path, first, files[i + 1].FirstSeq - first);
        });
        return problems;
    }

    private string? LoadIndex(string path, uint first, uint count)
    {
        try
        {
            return SegmentIndex.Load(
                SegmentFormat.IndexPath(path), _columns, first, count, new FileInfo(path).Length);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            return $"it cannot be read ({failure.Message})";
        }
    }

    private void LoadSealed(string path, uint first, uint count, string? problem)
    {
        var logBytes = new FileInfo(path).Length;
        var index = SegmentFormat.IndexPath(path);
        if (problem is not null && _cache is not null && !IsWhole(path, first, count))
        {
            // What does not fit in is fetched before the segment after.
            Refetch(first, first + count - 1);
            return;
        }
        if (problem is not null)
        {
            logBytes = ScanSealed(path, first, count);
            // Only now: the segment after it may be missing, and then nothing is wrong with the index.
            LogIndexMadeAgain(index, problem);
            WriteIndex(index, first, first + count - 1, logBytes);
        }
        _count += count;
        _segments.Add(new Segment(path, first, logBytes));
    }

    /// <summary>Whether a sealed segment of a cache has all its records.</summary>
    private bool IsWhole(string path, uint first, uint count)
    {
        using var file = Disk.OpenForReading(path);
        return ProblemWithHeader(file, first) is null
            && new SegmentScan(file, ScanStart.OfSegment(first, PreviousId(first))).Run((_, _) => { }).LastSeq
                >= first + count - 1;
    }

    /// <returns>Where the last of its records ends.</returns>
    private long ScanSealed(string path, uint first, uint count)
    {
        using var file = Disk.OpenForReading(path);
        CheckHeader(file, path, first);
        var wanted = (long)SegmentFormat.HeaderBytes;
        var result = new SegmentScan(file, ScanStart.OfSegment(first, PreviousId(first))).Run((record, offset) =>
        {
            var seq = RecordFormat.Seq(record);
            if (seq >= first + count) return;
            AddRow(record, offset);
            wanted = offset + record.Length;
        });
        if (result.LastSeq < first + count - 1)
        {
            throw result.Problem is { } problem
                ? Damaged(path, result.End, $"record {result.LastSeq + 1}: {problem}")
                : Missing(result.LastSeq + 1, first + count - 1);
        }
        if (result.FileBytes > wanted) CutTail(path, wanted);
        return wanted;
    }

    private Segment? LoadNewest(string path, uint first, DurableMark mark)
    {
        using var file = Disk.OpenForReading(path);
        var end = ScanNewest(file, path, first, mark);
        if (_cache is not null) end = CutToTable(_cache, file, path, first, end, mark);
        if (_count < first) return null;
        if (_cache is null) SyncNewest(path);
        var segment = new Segment(path, first, end) { StreamStart = 0 };
        _segments.Add(segment);
        return segment;
    }

    /// <summary>Counts the records of the newest segment, and cuts off what is not a whole group.</summary>
    /// <returns>Where the last one ends.</returns>
    private long ScanNewest(SafeFileHandle file, string path, uint first, DurableMark mark)
    {
        if (ProblemWithHeader(file, first) is { } problem)
        {
            // A crash may have come between the file's name and its header, but not after its first group.
            var isDamage = IsHeaderIntact(file) || mark.LastSeq >= first
                || SegmentScan.FindLaterGroup(file, 0, first - 1) >= 0;
            if (_cache is null && isDamage) throw Damaged(path, 0, problem);
            CutTail(path, 0);
            return 0;
        }
        var result = new SegmentScan(file, ScanStart.OfSegment(first, PreviousId(first))).Run(AddRow);
        if (result.Problem is not null)
        {
            if (_cache is null) RefuseIfAcknowledged(file, path, result, mark);
            CutTail(path, result.CompleteEnd);
        }
        _count = result.CompleteSeq;
        return result.CompleteEnd;
    }

    /// <summary>Cuts off the newest segment what the table has not, or has otherwise: it was written just before a
    /// crash.</summary>
    /// <returns>Where the last record that stays ends.</returns>
    private long CutToTable(
        LogCache cache, SafeFileHandle file, string path, uint first, long end, DurableMark mark)
    {
        var agreed = cache.Agreed(_count, mark.LastSeq, (seq, there) => IsSame(FileOf(seq), seq, there));
        if (agreed == _count) return end;
        // A group that is another there goes whole.
        agreed = Math.Min(agreed, GroupOf(agreed + 1) - 1);
        if (agreed + 1 < first) throw cache.Older(_count);
        end = agreed < first ? 0 : _columns.Offset(agreed + 1);
        CutTail(path, end);
        _count = agreed;
        return end;

        SafeFileHandle FileOf(uint seq) => seq >= first ? file : _segments.Find(seq).Segment.File;

        uint GroupOf(uint seq)
        {
            var header = new byte[RecordFormat.HeaderBytes];
            SegmentScan.ReadFully(FileOf(seq), header, _columns.Offset(seq));
            return RecordFormat.Group(header);
        }
    }

    /// <summary>Whether a record is the same in a segment and in the table. Of one that is damaged here, which is
    /// fetched when it is read, that tells its id.</summary>
    private bool IsSame(SafeFileHandle file, uint seq, byte[] there)
    {
        var prefix = new byte[RecordFormat.HeaderBytes];
        var offset = _columns.Offset(seq);
        SegmentScan.ReadFully(file, prefix, offset);
        var here = new byte[RecordFormat.LengthAt(prefix)];
        var isIntact = here.Length > 0 && SegmentScan.ReadFully(file, here, offset) == here.Length
            && RecordFormat.IsIntact(here);
        return isIntact
            ? here.AsSpan().SequenceEqual(there)
            : there.Length >= RecordFormat.HeaderBytes && RecordFormat.Id(there).Value == _columns[seq].Id;
    }

    /// <summary>
    /// Makes durable what is about to be shown: a process that was killed between write and sync leaves a whole group
    /// in the system's cache only, and the next segment's first sync would not reach this file.
    /// </summary>
    private void SyncNewest(string path)
    {
        try
        {
            using var file = Disk.OpenForWriting(path);
            disk.Sync(file, path);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            throw new ServiceException(
                Disk.IsFull(failure) ? ErrorCode.StorageFull : ErrorCode.Unavailable,
                "The post log cannot be opened: its newest records could not be made durable.",
                $"{path}: {failure.Message} Look at the kernel's log for errors of this device, and start again.",
                failure);
        }
    }

    private static void RefuseIfAcknowledged(SafeFileHandle file, string path, ScanResult result, DurableMark mark)
    {
        if (mark.LastSeq > result.CompleteSeq)
        {
            throw Damaged(
                path, result.End,
                $"record {result.LastSeq + 1}: {result.Problem}, but all up to {mark.LastSeq} were acknowledged "
                + $"({DurableMark.FileName})");
        }
        var later = SegmentScan.FindLaterGroup(file, result.End, result.TornGroup);
        if (later < 0) return;
        throw Damaged(
            path, result.End,
            $"record {result.LastSeq + 1}: {result.Problem}, but a later group of records at offset {later} is whole, "
            + "so this one was acknowledged");
    }

    /// <summary>Moves what follows an offset out of the log, to a file of its own; of a cache it is just cut
    /// off.</summary>
    private void CutTail(string path, long offset)
    {
        using var file = Disk.OpenForWriting(path);
        var tail = new byte[RandomAccess.GetLength(file) - offset];
        if (tail.Length == 0) return;
        SegmentScan.ReadFully(file, tail, offset);
        var aside = FreeName(Path.Combine(options.Directory, string.Create(
            CultureInfo.InvariantCulture, $"cut-{Path.GetFileNameWithoutExtension(path)}-{offset}.bin")));
        try
        {
            if (_cache is null) disk.Replace(aside, tail);
            disk.Truncate(file, path, offset);
            disk.Sync(file, path);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            throw new ServiceException(
                Disk.IsFull(failure) ? ErrorCode.StorageFull : ErrorCode.Unavailable,
                "The post log cannot be opened: what a crash left half-written could not be moved aside.",
                $"{path} from offset {offset}: {failure.Message} "
                + $"Make {tail.Length} bytes of room there and start again.",
                failure);
        }
        if (_cache is null) LogTailCut(path, offset, tail.Length, aside);
        else LogCacheCut(path, offset, tail.Length);
    }

    /// <summary>The name itself, or with a number, so that nothing is written over.</summary>
    internal static string FreeName(string path)
    {
        var free = path;
        for (var i = 2; File.Exists(free); i++)
        {
            free = string.Create(
                CultureInfo.InvariantCulture, $"{Path.ChangeExtension(path, null)}-{i}{Path.GetExtension(path)}");
        }
        return free;
    }

    private void AddRow(ReadOnlySpan<byte> record, uint offset)
    {
        var seq = RecordFormat.Seq(record);
        var row = LogRow.Of(record);
        row.Target = _columns.SeqOf(RecordFormat.Target(record).Value, seq - 1);
        _columns.Set(seq, row, offset);
    }

    private long PreviousId(uint first) => first == 1 ? 0 : _columns[first - 1].Id;

    private void CheckHeader(SafeFileHandle file, string path, uint first)
    {
        if (ProblemWithHeader(file, first) is { } problem) throw Damaged(path, 0, problem);
    }

    private string? ProblemWithHeader(SafeFileHandle file, uint first)
    {
        var header = new byte[SegmentFormat.HeaderBytes];
        var read = SegmentScan.ReadFully(file, header, 0);
        return SegmentFormat.ProblemWith(header.AsSpan(0, read), first, options.Shard);
    }

    private static bool IsHeaderIntact(SafeFileHandle file)
    {
        var header = new byte[SegmentFormat.HeaderBytes];
        SegmentScan.ReadFully(file, header, 0);
        return SegmentFormat.IsIntact(header);
    }

    private void WriteIndex(string index, uint first, uint last, long logBytes)
    {
        try
        {
            SegmentIndex.Write(disk, index, _columns, first, last, logBytes);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            LogIndexNotWritten(failure, index);
        }
    }

    private static ServiceException Lost(DurableMark mark) => Damaged(
        Path.Combine(Path.GetDirectoryName(mark.Path)!, SegmentFormat.FileName(mark.SegmentFirstSeq)), mark.SegmentEnd,
        $"records up to {mark.LastSeq} were acknowledged ({DurableMark.FileName}), "
        + "and the newest of them are not there");

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "A torn tail, never acknowledged, was cut off {Path} at offset {Offset}: "
        + "its {Bytes} bytes were moved to {Aside}")]
    private partial void LogTailCut(string path, long offset, int bytes, string aside);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Path} was cut off at offset {Offset}, by {Bytes} bytes: what the database has of them is fetched from there")]
    private partial void LogCacheCut(string path, long offset, int bytes);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The index {Path} is made again from its segment, since {Problem}")]
    private partial void LogIndexMadeAgain(string path, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The index {Path} could not be written; the next start reads its segment again")]
    private partial void LogIndexNotWritten(Exception failure, string path);
}
