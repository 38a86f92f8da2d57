using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>Reads single records back, and serves none whose bytes are not what was written.</summary>
internal static class RecordReader
{
    public static LogRecord Read(LogColumns columns, SegmentList segments, uint seq)
    {
        var (segment, nextFirstSeq) = segments.Find(seq);
        var offset = columns.Offset(seq);
        // The next record's place tells this one's length, so that one read does.
        var end = seq < columns.Count && seq + 1 != nextFirstSeq ? columns.Offset(seq + 1) : 0;
        try
        {
            var record = new byte[end == 0 ? LengthFromDisk(segment, seq, offset) : (int)(end - offset)];
            var read = SegmentScan.ReadFully(segment.File, record, offset);
            if (ProblemWith(record.AsSpan(0, read), columns, seq) is { } problem)
                throw Damaged(segment, seq, offset, problem);
            if (columns[seq].Kind == RecordKind.Lost)
                throw Damaged(segment, seq, offset, "it was lost, and a repair accepted that");
            return new LogRecord(seq, RecordFormat.Header(record), record.AsMemory(RecordFormat.HeaderBytes));
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            throw new ServiceException(
                ErrorCode.Unavailable, "The server could not read its disk. Try again later.",
                $"Record {seq}, {segment.Path} at offset {offset}: {failure.Message}", failure);
        }
    }

    private static int LengthFromDisk(Segment segment, uint seq, uint offset)
    {
        Span<byte> prefix = stackalloc byte[4];
        var length = SegmentScan.ReadFully(segment.File, prefix, offset) == 4 ? RecordFormat.LengthAt(prefix) : 0;
        return length > 0 ? length : throw Damaged(segment, seq, offset, "its length is impossible");
    }

    private static string? ProblemWith(ReadOnlySpan<byte> record, LogColumns columns, uint seq)
    {
        if (record.Length < RecordFormat.HeaderBytes || RecordFormat.LengthAt(record) != record.Length)
            return "its length is not that of the record written there";
        if (!RecordFormat.IsIntact(record)) return "its checksum does not match";
        return RecordFormat.Seq(record) == seq && RecordFormat.Id(record).Value == columns[seq].Id
            ? null
            : $"it is record {RecordFormat.Seq(record)} with id {RecordFormat.Id(record)}, not the one written there";
    }

    private static ServiceException Damaged(Segment segment, uint seq, uint offset, string problem) => new(
        ErrorCode.DataDamaged, "What is stored of this post is damaged and is not shown.",
        $"Record {seq}, segment {segment.Path} at offset {offset}: {problem}. Run `roost check` on this data "
        + "directory.");
}
