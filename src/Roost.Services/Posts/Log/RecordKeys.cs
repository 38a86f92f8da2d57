namespace Roost.Services.Posts.Log;

/// <summary>
/// Reads the keys of many records in the order in which they lie, in pieces of a mebibyte: some ten times as fast as
/// one by one. Every record is verified; one that is damaged, and is nowhere else, is passed over, since whoever reads
/// it will be told.
/// </summary>
internal static class RecordKeys
{
    private const int PieceBytes = 1 << 20;

    /// <param name="seqs">Ascending.</param>
    public static IEnumerable<(uint Seq, ulong Key)> Read(LoadedLog log, IEnumerable<uint> seqs)
    {
        var columns = log.Columns;
        var piece = new byte[PieceBytes];
        var (segment, nextFirstSeq) = (default(Segment), 0u);
        var (begin, filled) = (0L, 0);
        foreach (var seq in seqs)
        {
            if (segment is null || (nextFirstSeq != 0 && seq >= nextFirstSeq))
            {
                (segment, nextFirstSeq) = log.Segments.Find(seq);
                filled = 0;
            }
            var offset = columns.Offset(seq);
            var isLast = seq == columns.Count || seq + 1 == nextFirstSeq;
            var length = (int)((isLast ? segment.Length : columns.Offset(seq + 1)) - offset);
            if (length is < RecordFormat.HeaderBytes or > RecordFormat.RecordBytesMax)
                continue;
            if (offset < begin || offset + length > begin + filled)
            {
                if (length > piece.Length)
                    piece = new byte[length];
                (begin, filled) = (offset, SegmentScan.ReadFully(segment.File, piece, offset));
            }
            var isThere = length <= filled - (offset - begin);
            if ((isThere && TryKey(piece.AsSpan((int)(offset - begin), length), seq, out var key))
                || TryKey(RecordReader.Mended(log, segment, nextFirstSeq, seq), seq, out key))
            {
                yield return (seq, key);
            }
        }
    }

    private static bool TryKey(ReadOnlySpan<byte> record, uint seq, out ulong key)
    {
        key = 0;
        if (record.Length < RecordFormat.HeaderBytes || RecordFormat.LengthAt(record) != record.Length
            || !RecordFormat.IsIntact(record)
            || RecordFormat.Seq(record) != seq)
        {
            return false;
        }
        key = RecordFormat.Header(record).Key;
        return true;
    }
}
