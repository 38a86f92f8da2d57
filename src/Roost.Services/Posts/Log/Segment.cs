using Microsoft.Win32.SafeHandles;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// A segment file as readers see it: opened for reading when first needed, then kept. Thread-safe.
/// </summary>
/// <param name="length">Bytes that are durable and belong to the log.</param>
internal sealed class Segment(string path, uint firstSeq, long length) : IDisposable
{
    private readonly Lock _opening = new();
    private SafeFileHandle? _file;
    private long _length = length;

    public string Path { get; } = path;

    public uint FirstSeq { get; } = firstSeq;

    /// <summary>Where it begins in the stream of what was written since the start (<see cref="LogTail"/>); far below 0
    /// where that was before.</summary>
    public long StreamStart { get; init; } = long.MinValue / 2;

    /// <summary>Grows, by the writer, as groups become durable.</summary>
    public long Length
    {
        get => Volatile.Read(ref _length);
        set => Volatile.Write(ref _length, value);
    }

    public SafeFileHandle File
    {
        get
        {
            if (Volatile.Read(ref _file) is { } file) return file;
            lock (_opening) return _file ??= Disk.OpenForReading(Path);
        }
    }

    public void Dispose() => _file?.Dispose();
}

/// <summary>All segments, oldest first. One writer adds; readers see whole snapshots.</summary>
internal sealed class SegmentList
{
    private Segment[] _all = [];

    public ReadOnlySpan<Segment> All => Volatile.Read(ref _all);

    public void Add(Segment segment) => Volatile.Write(ref _all, [.. _all, segment]);

    /// <summary>The segment that holds this seq, and the first seq of the one after (0 when there is none).</summary>
    public (Segment Segment, uint NextFirstSeq) Find(uint seq)
    {
        var all = All;
        int low = 0, high = all.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (all[middle].FirstSeq <= seq) low = middle;
            else high = middle - 1;
        }
        return (all[low], low + 1 < all.Length ? all[low + 1].FirstSeq : 0);
    }

    /// <summary>Closes the files; nothing is read any more.</summary>
    public void Close()
    {
        foreach (var segment in All) segment.Dispose();
    }
}
