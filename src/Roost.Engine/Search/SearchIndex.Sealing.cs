using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search;

public sealed partial class SearchIndex
{
    private NativeBuffer? _sealing;

    /// <summary>Bytes of all but the active segment, kept for the writer to add up quickly.</summary>
    private long _otherBytes;

    private long _retiredBytes;

    /// <summary>What the index is made of, oldest first. Any thread.</summary>
    public IReadOnlyList<SearchSegment> Segments
    {
        get
        {
            var segments = Volatile.Read(ref _segments);
            var described = new SearchSegment[segments.Length];
            for (var i = 0; i < segments.Length; i++)
            {
                var segment = segments[i];
                var form = segment.MappedBytes > 0 ? SearchSegmentForm.Mapped
                    : segment is SealedSegment ? SearchSegmentForm.Sealed
                    : i == segments.Length - 1 ? SearchSegmentForm.Active : SearchSegmentForm.Closed;
                described[i] = new SearchSegment(
                    segment.Rows.Serial, form, (int)segment.Rows.Count, segment.Bytes + segment.Rows.Bytes)
                {
                    MappedBytes = segment.MappedBytes,
                    Changes = segment.Rows.Changes?.Version ?? 0,
                };
            }
            return described;
        }
    }

    /// <summary>
    /// Begins a new segment, so that the one before can be sealed; happens by itself when a segment is full. Does
    /// nothing when the active one is empty. The writer only.
    /// </summary>
    public void CloseActive()
    {
        if (_active.Rows.Count == 0)
            return;
        var next = MakeActive(_active.Rows.Serial + 1);
        lock (_change)
        {
            Volatile.Write(ref _segments, [.. _segments, next]);
            _active = next;
            CountOthers_NeedsLock();
        }
    }

    /// <summary>
    /// Rewrites the oldest closed segment compactly. Takes some seconds for 2^23 posts, while others search and the
    /// writer writes. Any thread, one at a time.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public bool SealNext(CancellationToken cancellation = default)
    {
        var segments = Volatile.Read(ref _segments);
        if (Array.Find(segments[..^1], segment => segment is ActiveSegment) is not ActiveSegment closed)
            return false;
        using var buffer = new OwnedBuffer(this);
        var image = Sealer.Seal(closed, _options.HashSeed, buffer.Bytes, cancellation);
        var compact = new SealedSegment(closed.Rows, image);
        closed.Rows.Close();
        lock (_change)
        {
            buffer.Release_NeedsLock();
            Volatile.Write(ref _segments, [.. _segments.Select(one => one == closed ? compact : one)]);
            Retire_NeedsLock(closed, closed.Bytes);
            CountOthers_NeedsLock();
        }
        _gate.Collect();
        return true;
    }

    /// <summary>
    /// Takes the oldest segment that is in memory out, or the oldest one where all are mapped; never the active one.
    /// The writer only.
    /// </summary>
    /// <returns>Its serial, or 0 if there was none.</returns>
    public uint DropOldest()
    {
        Segment dropped;
        lock (_change)
        {
            if (_segments.Length == 1)
                return 0;
            dropped = Array.Find(_segments[..^1], segment => segment.MappedBytes == 0) ?? _segments[0];
            Volatile.Write(ref _segments, [.. _segments.Where(segment => segment != dropped)]);
            Retire_NeedsLock(dropped, dropped.Bytes);
            Retire_NeedsLock(dropped.Rows, dropped.Rows.Bytes);
            CountOthers_NeedsLock();
        }
        foreach (var (seq, place) in _edited)
        {
            if (place.Rows == dropped.Rows)
                _edited.Remove(seq);
        }
        _gate.Collect();
        return dropped.Rows.Serial;
    }

    private void Retire_NeedsLock(IDisposable replaced, long bytes)
    {
        _retiredBytes += bytes;
        _gate.Retire(new Retirement(this, replaced, bytes));
    }

    private void CountOthers_NeedsLock()
    {
        var bytes = _retiredBytes;
        foreach (var segment in _segments[..^1]) bytes += segment.Bytes + segment.Rows.Bytes;
        Volatile.Write(ref _otherBytes, bytes);
    }

    /// <summary>Counts bytes out when they are freed.</summary>
    private sealed class Retirement(SearchIndex index, IDisposable replaced, long bytes) : IDisposable
    {
        public void Dispose()
        {
            replaced.Dispose();
            lock (index._change)
            {
                index._retiredBytes -= bytes;
                index.CountOthers_NeedsLock();
            }
        }
    }

    /// <summary>A buffer that counts while it is filled and is freed unless it was released.</summary>
    private sealed class OwnedBuffer : IDisposable
    {
        private readonly SearchIndex _index;
        private bool _isReleased;

        public OwnedBuffer(SearchIndex index)
        {
            _index = index;
            lock (index._change)
            {
                if (index._sealing is not null)
                    throw new InvalidOperationException("Another thread is sealing; one at a time.");
                index._sealing = Bytes;
            }
        }

        public NativeBuffer Bytes { get; } = new();

        public void Release_NeedsLock()
        {
            _isReleased = true;
            _index._sealing = null;
        }

        public void Dispose()
        {
            if (_isReleased)
                return;
            lock (_index._change) _index._sealing = null;
            Bytes.Dispose();
        }
    }
}

/// <summary>A part of the index.</summary>
/// <param name="Serial">1, 2, 3, … in the order of their making; never used again.</param>
/// <param name="Bytes">Of memory, rows included.</param>
public readonly record struct SearchSegment(uint Serial, SearchSegmentForm Form, int Posts, long Bytes)
{
    /// <summary>Of its image, if that is mapped: memory that the system can take back.</summary>
    public long MappedBytes { get; init; }

    /// <summary>Another number after every change to what a mapped image says, 0 if there was none.</summary>
    public long Changes { get; init; }
}

/// <summary>The forms a segment goes through.</summary>
public enum SearchSegmentForm
{
    /// <summary>Posts are added to it.</summary>
    Active,

    /// <summary>Full, and waiting to be sealed.</summary>
    Closed,

    /// <summary>Compact, in memory.</summary>
    Sealed,

    /// <summary>Compact, and read where an image of it is mapped.</summary>
    Mapped,
}
