namespace Roost.Services.Posts.Log;

/// <summary>The parts of an open log, as recovery hands them over. Owns and closes them.</summary>
/// <param name="Store">What makes groups durable.</param>
internal sealed record LoadedLog(
    LogColumns Columns, SegmentList Segments, LogTail Tail, SegmentWriter Writer, SegmentSealer Sealer,
    DurableMark Mark, IGroupStore Store)
    : IAsyncDisposable
{
    /// <summary>Takes a group in that is written and durable: it belongs to its segment, its newest bytes are kept in
    /// memory, and its rows can be read. The writer only.</summary>
    /// <param name="offset">Where in the active segment it begins.</param>
    public void Take(ReadOnlySpan<byte> group, uint firstSeq, long offset)
    {
        Writer.Accept(group.Length, firstSeq);
        Tail.Append(Writer.Active!.StreamStart + offset, group);
        var seq = firstSeq;
        for (; !group.IsEmpty; seq++)
        {
            var record = group[..RecordFormat.LengthAt(group)];
            var row = LogRow.Of(record);
            row.Target = Columns.SeqOf(RecordFormat.Target(record).Value, seq - 1);
            Columns.Set(seq, row, (uint)offset);
            offset += record.Length;
            group = group[record.Length..];
        }
        Columns.Publish(seq - 1);
    }

    public async ValueTask DisposeAsync()
    {
        Writer.Dispose();
        await Sealer.DisposeAsync();
        Segments.Close();
        Mark.Dispose();
        // Again, perhaps: whoever ends writing gives it back first.
        await Store.DisposeAsync();
    }
}
