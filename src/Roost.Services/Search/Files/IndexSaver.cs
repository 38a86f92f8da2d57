using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Roost.Engine.Search;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Storage;

namespace Roost.Services.Search.Files;

/// <summary>
/// Keeps the index in files, so that a start reads them and takes in only what the post log has after them. They can be
/// lost at any time: they hold nothing that the log does not tell.
/// </summary>
/// <remarks>
/// <para><b>A save.</b> (1) Each segment that was sealed since the last save is written, mapped, and its memory given
/// back. (2) What changed of older ones since they were written (deletions, edits, counters) goes to a file beside
/// them, whole. (3) The active segment is written as it is, when so much has come that indexing it again would take
/// long, and at a clean stop. (4) The manifest is replaced, which makes all of it count; (5) what it does not name is
/// removed. No file that the manifest names is ever changed, so a crash leaves the save before.</para>
/// <para><b>The mark.</b> Up to there everything of the log is in the files. A save begins only when everything up to
/// its mark has been taken in; what came since may be in the files or not, and is told again.</para>
/// <para><b>Failure.</b> When the disk fails, the last save stays and another is tried a minute later; meanwhile
/// segments stay in memory.</para>
/// </remarks>
internal sealed partial class IndexSaver(
    string folder, Disk disk, Shard shard, PostsApi posts, SearchOptions options, TimeProvider time, ILogger logger)
{
    private const string SegmentSuffix = ".segment";
    private const string GrowingSuffix = ".growing";
    private const string ChangesSuffix = ".changes";

    private static readonly TimeSpan _growingEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan _afterFailure = TimeSpan.FromMinutes(1);

    /// <summary>At a clean stop this many records are enough to be saved.</summary>
    private const uint RecordsAtStop = 1_000;

    private static readonly string[] _suffixes =
        [SegmentSuffix, GrowingSuffix, ChangesSuffix, DiskWriter.DraftSuffix, SearchManifest.FileName];

    private readonly Dictionary<uint, (MappedImage Memory, long FixedBytes)> _images = [];
    private List<Kept> _kept = [];
    private SearchManifest? _manifest;
    private uint _mark;
    private long _notBefore;
    private long _grownAt;
    private long _diskBytes;

    /// <summary>Of all files. Any thread.</summary>
    public long DiskBytes => Volatile.Read(ref _diskBytes);

    /// <summary>Goes on from what a start has read and the index has taken.</summary>
    public void Begin(SavedIndex read)
    {
        (_manifest, _mark) = (read.Manifest, read.Mark);
        _grownAt = time.GetTimestamp();
        foreach (var segment in read.Segments)
        {
            _images[segment.Saved.Serial] = (segment.Memory, segment.Mapping.FixedBytes);
            _kept.Add(new Kept(segment.Saved, ChangesOf(segment.Saved.Serial)));
        }
        RemoveOthers();
        LeaveOnDisk();
    }

    /// <summary>Saves what is due. Never fails: what the disk refuses is said in the log.</summary>
    /// <param name="processed">Newest place of the post log that has been taken in.</param>
    /// <param name="isStop">Whether it is the last time, and nothing is taken in any more.</param>
    public async ValueTask SaveAsync(uint processed, bool isStop, CancellationToken ct)
    {
        var now = time.GetTimestamp();
        if (!isStop && now < _notBefore)
            return;
        try
        {
            var records = processed - Math.Min(processed, _mark);
            var withGrowing = isStop
                ? records >= Math.Min(RecordsAtStop, options.SaveAfterRecords)
                : records >= options.SaveAfterRecords && time.GetElapsedTime(_grownAt, now) >= _growingEvery;
            var hasSealed = shard.Segments.Any(segment => segment.Form == SearchSegmentForm.Sealed);
            if ((withGrowing || hasSealed) && !shard.HasGap)
                await WriteAsync(processed, withGrowing, ct);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure) || failure is InvalidDataException)
        {
            _notBefore = now + (long)(_afterFailure.TotalSeconds * time.TimestampFrequency);
            LogNotSaved(folder, failure.Message, failure);
        }
    }

    private async ValueTask WriteAsync(uint processed, bool withGrowing, CancellationToken ct)
    {
        var save = (_manifest?.Save ?? 0) + 1;
        var segments = shard.Segments;
        var kept = new List<Kept>();
        var mark = processed;
        foreach (var segment in segments)
        {
            var after = shard.After(segment.Serial);
            // What follows would have a hole before it. And what is counted with the events up to the mark must be
            // there, too.
            if (segment.Form == SearchSegmentForm.Closed || (segment.Form == SearchSegmentForm.Active && !withGrowing)
                || after > processed)
            {
                mark = Math.Min(processed, after);
                break;
            }
            var one = segment.Form switch
            {
                SearchSegmentForm.Active => WriteGrowing(segment.Serial, after, save, processed, ct),
                SearchSegmentForm.Sealed => WriteSealed(segment.Serial, after, save, processed),
                _ => WriteChanges(segment.Serial, save),
            };
            if (one is not null)
                kept.Add(one);
            ct.ThrowIfCancellationRequested();
        }
        if (kept.Count == 0)
            return;
        var markId = await posts.IdAt(new GetIdAt(mark), Call.Unbounded);
        var manifest = new SearchManifest(mark, markId, save, [.. kept.Select(one => one.Saved)])
        {
            Place = shard.Place,
        };
        disk.SyncDirectory(folder);
        disk.Replace(Path.Combine(folder, SearchManifest.FileName), manifest.Encode());
        (_manifest, _mark, _kept) = (manifest, mark, kept);
        if (withGrowing)
            _grownAt = time.GetTimestamp();
        RemoveOthers();
        LeaveOnDisk();
        LogSaved(folder, mark, kept.Count, DiskBytes);
    }

    private Kept WriteSealed(uint serial, uint after, uint save, uint mark)
    {
        // The name says the save, too: a start that passed over damage gives serials again.
        var name = Name(serial, save, SegmentSuffix);
        Write(name, to => shard.WriteSegment(serial, mark, to));
        var loaded = LoadedSegment.Open(folder, new SavedSegment(serial, after, name, 0, null, false));
        var saved = loaded.Saved with { Checksum = loaded.Mapping.Checksum };
        // What changed while it was written is in memory alone until the next save; it came after the mark.
        var kept = new Kept(saved, 0);
        if (shard.Replace(loaded.Mapping))
        {
            // At once: the file is in use from here on, also when the rest of this save fails or is stopped.
            _images[serial] = (loaded.Memory, loaded.Mapping.FixedBytes);
            _kept.RemoveAll(one => one.Saved.Serial == serial);
            _kept.Add(kept);
        }
        return kept;
    }

    private Kept? WriteGrowing(uint serial, uint after, uint save, uint mark, CancellationToken ct)
    {
        var name = Name(serial, save, GrowingSuffix);
        if (shard.Segments[^1] is not { Posts: > 0 } active || active.Serial != serial)
            return null;
        Write(name, to => shard.WriteActive(mark, to, ct));
        using var loaded = LoadedSegment.Open(folder, new SavedSegment(serial, after, name, 0, null, true));
        return new Kept(loaded.Saved with { Checksum = loaded.Mapping.Checksum }, 0);
    }

    private Kept WriteChanges(uint serial, uint save)
    {
        var before = _kept.Find(one => one.Saved.Serial == serial)!;
        var version = ChangesOf(serial);
        if (version == before.Changes)
            return before with { Saved = before.Saved with { IsGrowing = false } };
        var name = Name(serial, save, ChangesSuffix);
        Write(name, to => shard.WriteChanges(serial, before.Saved.Checksum, to));
        return new Kept(before.Saved with { Changes = name, IsGrowing = false }, version);
    }

    private void Write(string name, Action<IBufferWriter<byte>> write)
    {
        using var writer = new DiskWriter(disk, Path.Combine(folder, name));
        write(writer);
        writer.Finish();
    }

    private long ChangesOf(uint serial) =>
        shard.Segments.FirstOrDefault(segment => segment.Serial == serial).Changes;

    private void RemoveOthers()
    {
        var named = _manifest is null ? [] : _manifest.Files.ToHashSet();
        var bytes = 0L;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
        {
            if (named.Contains(file.Name))
                bytes += file.Length;
            else if (_suffixes.Any(suffix => file.Name.EndsWith(suffix, StringComparison.Ordinal)))
                file.Delete();
        }
        Volatile.Write(ref _diskBytes, bytes);
    }

    /// <summary>As many of the newest images as the budget has room for stay in memory.</summary>
    private void LeaveOnDisk()
    {
        var room = options.Index.BytesMax - shard.Bytes;
        foreach (var segment in shard.Segments.Reverse())
        {
            room -= segment.MappedBytes;
            if (room < 0 && segment.MappedBytes > 0 && _images.TryGetValue(segment.Serial, out var image))
                image.Memory.LeaveOnDisk(image.FixedBytes);
        }
    }

    private static string Name(uint serial, uint save, string suffix) =>
        string.Create(CultureInfo.InvariantCulture, $"{serial:D10}-{save}{suffix}");

    [LoggerMessage(
        LogLevel.Information,
        "The search index was saved in {Folder}, up to record {Mark} of the post log: {Segments} segments, {Bytes} "
        + "bytes")]
    private partial void LogSaved(string folder, uint mark, int segments, long bytes);

    [LoggerMessage(
        LogLevel.Warning,
        "The search index could not be saved in {Folder}, and the next start will take longer; nothing is lost: "
        + "{Reason}")]
    private partial void LogNotSaved(string folder, string reason, Exception exception);

    /// <param name="Changes">Which version of the changes is saved with it.</param>
    private sealed record Kept(SavedSegment Saved, long Changes);
}
