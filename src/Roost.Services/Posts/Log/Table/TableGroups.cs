using System.Buffers;

namespace Roost.Services.Posts.Log.Table;

/// <summary>Receives one group of the table, whole and verified; false: that is enough.</summary>
internal delegate bool GroupVisitor(ReadOnlySpan<byte> group, uint firstSeq);

/// <summary>Reads a table's records group by group, and verifies that they are those of a log.</summary>
internal static class TableGroups
{
    /// <param name="first">Where a group begins.</param>
    /// <param name="last">Where one ends.</param>
    /// <param name="previousId">Of the record before, 0 for none.</param>
    /// <exception cref="Rpc.ServiceException"><see cref="Rpc.ErrorCode.DataDamaged"/>: a record is missing or not what
    /// was written; says which. Else the server cannot be read.</exception>
    public static void Read(LogTable table, uint first, uint last, long previousId, GroupVisitor visit)
    {
        var group = new ArrayBufferWriter<byte>();
        var (next, begin, isEnough) = (first, first, false);
        table.Read(first, last, (seq, record) =>
        {
            if (ProblemWith(seq, record, next, begin, previousId) is { } problem) throw table.Damaged(next, problem);
            group.Write(record);
            previousId = RecordFormat.Id(record).Value;
            next++;
            if (!RecordFormat.EndsGroup(record)) return true;
            isEnough = !visit(group.WrittenSpan, begin);
            group.ResetWrittenCount();
            begin = next;
            return !isEnough;
        });
        if (!isEnough && begin <= last) throw table.Damaged(next, "it is missing");
    }

    /// <summary>What is wrong with a row, or null.</summary>
    /// <param name="wanted">The seq that it should have.</param>
    /// <param name="group">The group that it should be of.</param>
    public static string? ProblemWith(long seq, ReadOnlySpan<byte> record, uint wanted, uint group, long previousId)
    {
        if (seq != wanted) return "it is missing";
        return record.Length < RecordFormat.HeaderBytes || RecordFormat.LengthAt(record) != record.Length
            ? "its length is not that of a record"
            : SegmentScan.ProblemWith(record, wanted, group, previousId);
    }
}
