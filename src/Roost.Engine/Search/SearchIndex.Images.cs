using System.Buffers;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search;

public sealed partial class SearchIndex
{
    /// <summary>An index of segments that were written before, oldest first; it takes them all.</summary>
    /// <remarks>
    /// What happened after a segment was written (posts, edits, deletions, counters) is to be told again, from the
    /// least mark of all segments on; telling twice what is there already does no harm. An edit whose new form was in
    /// no segment is taken back until then.
    /// </remarks>
    /// <exception cref="ArgumentException">They are not in order. All are disposed, and there is no index.</exception>
    public static SearchIndex Open(SearchIndexOptions options, IReadOnlyList<SearchMapping> segments)
    {
        var index = new SearchIndex(options);
        for (var i = 0; i < segments.Count; i++)
        {
            if (i > 0 && segments[i].Serial <= segments[i - 1].Serial)
            {
                for (; i < segments.Count; i++) segments[i].Dispose();
                index.Dispose();
                throw new ArgumentException("The segments are not in order; give the oldest first.", nameof(segments));
            }
            index.Append(segments[i].Take());
        }
        index.FindEdits();
        return index;
    }

    /// <summary>
    /// Makes the newest segment, which was written while it was active, the active one again, so that it grows on.
    /// Others may search; nothing may have been written since <see cref="Open"/>. Some 2 µs a post.
    /// </summary>
    /// <returns>False if there is none, or it is full, or the budget does not suffice: it stays as it is.</returns>
    public bool Resume(CancellationToken cancellation = default)
    {
        if (_active.Rows.Count > 0 || _segments.Length < 2 || _segments[^2] is not SealedSegment last
            || last.Rows.Count >= _options.SegmentPostsMax)
            return false;
        var resumed = MakeActive(last.Rows.Serial);
        if (!Unsealer.Run(last, resumed, HasRoom, cancellation))
        {
            resumed.Rows.Dispose();
            resumed.Dispose();
            return false;
        }
        foreach (var (seq, place) in _edited)
        {
            if (place.Rows == last.Rows)
                _edited[seq] = (resumed.Rows, place.Doc);
        }
        lock (_change)
        {
            Volatile.Write(ref _segments, [.. _segments[..^2], resumed]);
            Retire_NeedsLock(last, last.Bytes);
            Retire_NeedsLock(last.Rows, last.Rows.Bytes);
            Retire_NeedsLock(_active, _active.Bytes);
            Retire_NeedsLock(_active.Rows, _active.Rows.Bytes);
            _active = resumed;
            CountOthers_NeedsLock();
        }
        _gate.Collect();
        return true;

        bool HasRoom() => Bytes + resumed.Bytes + resumed.Rows.Bytes + ((long)ChunksPerPost * _options.ChunkBytes)
            <= _options.BytesMax;
    }

    /// <summary>Writes a sealed segment as it is now, for <see cref="SearchMapping"/>. Any thread, beside all
    /// others.</summary>
    /// <param name="serial">See <see cref="SearchSegment.Serial"/>.</param>
    /// <param name="mark">
    /// The caller's: up to where in the log everything had been told to the index when this is called.
    /// </param>
    /// <exception cref="ArgumentException">There is no sealed segment of that serial.</exception>
    public void WriteSegment(uint serial, long mark, IBufferWriter<byte> to)
    {
        var ticket = _gate.Enter();
        try
        {
            ImageFile.Write(FindSealed(serial), mark, to);
        }
        finally
        {
            _gate.Leave(ticket);
        }
    }

    /// <summary>
    /// Writes the active segment as if it were sealed now, for <see cref="Resume"/>. Any thread, beside the writer and
    /// those who search; one at a time with <see cref="SealNext"/>.
    /// </summary>
    /// <returns>Its serial; 0 if it is empty, and nothing was written.</returns>
    public uint WriteActive(long mark, IBufferWriter<byte> to, CancellationToken cancellation = default)
    {
        var ticket = _gate.Enter();
        try
        {
            var active = (ActiveSegment)Volatile.Read(ref _segments)[^1];
            if (active.Rows.Count == 0)
                return 0;
            using var buffer = new OwnedBuffer(this);
            using var compact = new SealedSegment(
                active.Rows, Sealer.Seal(active, _options.HashSeed, buffer.Bytes, cancellation));
            ImageFile.Write(compact, mark, to);
            return active.Rows.Serial;
        }
        finally
        {
            _gate.Leave(ticket);
        }
    }

    /// <summary>
    /// Puts a mapped image in the place of the segment that was written into it, whose memory is free then. The writer
    /// only. A search that runs meanwhile goes on in what it has: what is deleted from now on it may still find.
    /// </summary>
    /// <returns>Whether the segment was there; else the image is disposed.</returns>
    public bool Replace(SearchMapping image)
    {
        var old = Array.Find(_segments, one => one.Rows.Serial == image.Serial) as SealedSegment;
        if (old is null || old.Rows.Count != image.Posts)
        {
            image.Dispose();
            return false;
        }
        var mapped = image.Take();
        old.Rows.CopyTo(mapped.Rows);
        foreach (var (seq, place) in _edited)
        {
            if (place.Rows == old.Rows)
                _edited[seq] = (mapped.Rows, place.Doc);
        }
        lock (_change)
        {
            Volatile.Write(ref _segments, [.. _segments.Select(one => one == old ? mapped : one)]);
            Retire_NeedsLock(old, old.Bytes);
            Retire_NeedsLock(old.Rows, old.Rows.Bytes);
            CountOthers_NeedsLock();
        }
        _gate.Collect();
        return true;
    }

    /// <summary>Writes what is another in a mapped segment than its image says. Any thread, beside all
    /// others.</summary>
    /// <param name="checksum">Of the image.</param>
    /// <exception cref="ArgumentException">There is no mapped segment of that serial.</exception>
    public void WriteChanges(uint serial, uint checksum, IBufferWriter<byte> to)
    {
        var ticket = _gate.Enter();
        try
        {
            var rows = FindSealed(serial).Rows;
            if (rows.Changes is null)
                throw new ArgumentException($"Segment {serial} is not mapped; write it whole.", nameof(serial));
            ChangesFormat.Write(rows, checksum, to);
        }
        finally
        {
            _gate.Leave(ticket);
        }
    }

    /// <summary>Bytes of the parts of a segment, and of its rows. Any thread; of an active segment the writer.
    /// </summary>
    /// <exception cref="ArgumentException">There is no segment of that serial.</exception>
    public IReadOnlyList<(string Part, long Bytes)> PartsOf(uint serial)
    {
        var ticket = _gate.Enter();
        try
        {
            if (Array.Find(Volatile.Read(ref _segments), one => one.Rows.Serial == serial) is ActiveSegment active)
                return [.. active.Parts, (nameof(ImageFormat.Section.Rows), active.Rows.Bytes)];
            var segment = FindSealed(serial);
            return
            [
                .. Enum.GetValues<ImageFormat.Section>().Where(section => section < ImageFormat.Section.Languages)
                    .Select(section => (section.ToString(), segment.Place(section).Length)),
                (nameof(ImageFormat.Section.Rows), segment.Rows.Bytes),
            ];
        }
        finally
        {
            _gate.Leave(ticket);
        }
    }

    private SealedSegment FindSealed(uint serial) =>
        Array.Find(Volatile.Read(ref _segments), one => one.Rows.Serial == serial) as SealedSegment
            ?? throw new ArgumentException($"There is no sealed segment {serial}; seal it first.", nameof(serial));

    private void Append(SealedSegment segment)
    {
        var next = MakeActive(segment.Rows.Serial + 1);
        _active.Rows.Dispose();
        _active.Dispose();
        _active = next;
        _segments = [.. _segments[..^1], segment, next];
        _lastSeq = Math.Max(_lastSeq, segment.Rows.LastSeq);
        lock (_change) CountOthers_NeedsLock();
    }

    private unsafe void FindEdits()
    {
        foreach (var rows in _segments.Select(segment => segment.Rows))
        {
            for (uint doc = 0; doc < rows.Count; doc++)
            {
                var row = rows.At(doc);
                if ((row->Head & PostRow.Superseded) != 0 && !Has(rows.Live(doc)))
                    rows.TakeBack(doc);
                if ((row->Head & (PostRow.Edit | PostRow.Superseded)) == PostRow.Edit)
                    _edited[row->Seq] = (rows, doc);
            }
        }
    }

    private bool Has(ulong superseded) => Array.Exists(
        _segments,
        segment => segment.Rows.Serial == PostRow.SupersedingSerial(superseded)
            && PostRow.SupersedingDoc(superseded) < segment.Rows.Count);
}
