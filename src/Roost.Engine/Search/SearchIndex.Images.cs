using System.Buffers;
using Roost.Engine.Search.Segments;

namespace Roost.Engine.Search;

public sealed partial class SearchIndex
{
    /// <summary>
    /// An index of sealed segments that were written before, oldest first. Reads every byte once, for the checksums.
    /// </summary>
    /// <remarks>
    /// What happened after a segment was written (posts, edits, deletions, counters) is to be told again, from the
    /// least mark of all segments on; telling twice what is there already does no harm. An edit whose new form was in
    /// no segment is taken back until then.
    /// </remarks>
    /// <exception cref="InvalidDataException">
    /// An image is damaged: which, and where. All owners are disposed, and there is no index.
    /// </exception>
    public static SearchIndex Open(
        SearchIndexOptions options, IReadOnlyList<SearchImage> images, out IReadOnlyList<long> marks)
    {
        var index = new SearchIndex(options);
        var read = new long[images.Count];
        var opened = 0;
        try
        {
            for (; opened < images.Count; opened++)
                index.Append(ImageFile.Open(images[opened], out read[opened]));
        }
        catch
        {
            for (var i = opened; i < images.Count; i++) images[i].Owner.Dispose();
            index.Dispose();
            throw;
        }
        index.FindEdits();
        marks = read;
        return index;
    }

    /// <summary>Writes a sealed segment as it is now, for <see cref="Open"/>. Any thread, beside all others.</summary>
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
            var segment = Array.Find(Volatile.Read(ref _segments), one => one.Rows.Serial == serial) as SealedSegment
                ?? throw new ArgumentException($"There is no sealed segment {serial}; seal it first.", nameof(serial));
            ImageFile.Write(segment, mark, to);
        }
        finally
        {
            _gate.Leave(ticket);
        }
    }

    private void Append(SealedSegment segment)
    {
        var before = _segments.Length > 1 ? _segments[^2].Rows.Serial : 0;
        if (segment.Rows.Serial <= before)
        {
            segment.Dispose();
            throw new InvalidDataException(
                $"Segment {segment.Rows.Serial} comes after {before}; give the oldest first.");
        }
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
                if ((row->Head & PostRow.Superseded) != 0 && !Has(row->Live))
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
