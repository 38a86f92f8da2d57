using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>Reads single records back, and serves none whose bytes are not what was written.</summary>
internal static class RecordReader
{
    public static LogRecord Read(LoadedLog log, uint seq)
    {
        var (segment, nextFirstSeq) = log.Segments.Find(seq);
        var offset = log.Columns.Offset(seq);
        try
        {
            var end = EndOf(log, segment, nextFirstSeq, seq);
            var record = new byte[end == 0 ? 0 : end - offset];
            var read = Copy(log, segment, offset, record);
            if (ProblemWith(record.AsSpan(0, read), log.Columns, seq) is { } problem)
                record = Mended(log, segment, nextFirstSeq, seq) ?? throw Damaged(segment, seq, offset, problem);
            if (log.Columns[seq].Kind == RecordKind.Lost)
                throw Damaged(segment, seq, offset, "it was lost, and a repair accepted that");
            return new LogRecord(seq, RecordFormat.Header(record), record.AsMemory(RecordFormat.HeaderBytes));
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            throw Unreadable(segment, seq, offset, failure);
        }
    }

    /// <summary>A record that is damaged in its segment, from where the truth is; null when that is the segment
    /// itself.</summary>
    /// <exception cref="ServiceException">It cannot be asked for now.</exception>
    public static byte[]? Mended(LoadedLog log, Segment segment, uint nextFirstSeq, uint seq)
    {
        var end = seq == log.Columns.Count || seq + 1 == nextFirstSeq ? segment.Length : log.Columns.Offset(seq + 1);
        return log.Store.Mend(segment, seq, log.Columns.Offset(seq), end) is { } record
            && ProblemWith(record, log.Columns, seq) is null
            ? record
            : null;
    }

    /// <summary>Where in its segment a record ends, which mostly the next one's place tells; 0 when its length is
    /// impossible.</summary>
    public static long EndOf(LoadedLog log, Segment segment, uint nextFirstSeq, uint seq)
    {
        if (seq < log.Columns.Count && seq + 1 != nextFirstSeq)
            return log.Columns.Offset(seq + 1);
        var offset = log.Columns.Offset(seq);
        Span<byte> prefix = stackalloc byte[4];
        var length = Copy(log, segment, offset, prefix) == 4 ? RecordFormat.LengthAt(prefix) : 0;
        return length == 0 ? 0 : offset + length;
    }

    /// <summary>Copies bytes of records that are published, out of memory or from disk; says how many there
    /// were.</summary>
    public static int Copy(LoadedLog log, Segment segment, uint offset, Span<byte> to) =>
        log.Tail.TryCopy(segment.StreamStart + offset, to)
            ? to.Length
            : SegmentScan.ReadFully(segment.File, to, offset);

    /// <summary>Null when the bytes are those that were written as this record.</summary>
    public static string? ProblemWith(ReadOnlySpan<byte> record, LogColumns columns, uint seq)
    {
        if (record.Length < RecordFormat.HeaderBytes || RecordFormat.LengthAt(record) != record.Length)
            return "its length is not that of the record written there";
        if (!RecordFormat.IsIntact(record)) return "its checksum does not match";
        return RecordFormat.Seq(record) == seq && RecordFormat.Id(record).Value == columns[seq].Id
            ? null
            : $"it is record {RecordFormat.Seq(record)} with id {RecordFormat.Id(record)}, not the one written there";
    }

    public static ServiceException Unreadable(Segment segment, uint seq, uint offset, Exception failure) => new(
        ErrorCode.Unavailable, "The server could not read its disk. Try again later.",
        $"Record {seq}, {segment.Path} at offset {offset}: {failure.Message}", failure);

    private static ServiceException Damaged(Segment segment, uint seq, uint offset, string problem) => new(
        ErrorCode.DataDamaged, "What is stored of this post is damaged and is not shown.",
        $"Record {seq}, segment {segment.Path} at offset {offset}: {problem}. Run `roost check` on this data "
        + "directory.");
}
