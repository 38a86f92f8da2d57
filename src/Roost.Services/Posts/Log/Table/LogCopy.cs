using System.Buffers;
using Microsoft.Extensions.Logging;
using Roost.Rpc;

namespace Roost.Services.Posts.Log.Table;

/// <summary>
/// Copies a log that was in files alone into the table that has its truth from then on: groups as they are, some at a
/// time. Broken off, it goes on where it ended.
/// </summary>
internal sealed partial class LogCopy(PostLogOptions options, LogTable table, ILogger logger)
{
    private const int BytesAtOnce = 1 << 20;
    private const uint ToldEvery = 1_000_000;

    /// <param name="copied">The newest record that is there already.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: the table has another log; <see
    /// cref="ErrorCode.DataDamaged"/>: a record cannot be read; else the server failed.</exception>
    public void Run(LoadedLog log, uint copied)
    {
        var count = log.Columns.Count;
        if (copied > count || (copied > 0 && !IsSame(log, copied))) throw Foreign(copied);
        LogCopying(options.Directory, count - copied, table.Place);
        foreach (var segment in log.Segments.All)
        {
            var (_, nextFirst) = log.Segments.Find(segment.FirstSeq);
            var last = nextFirst == 0 ? count : nextFirst - 1;
            if (copied < last) Copy(log, segment, Math.Max(segment.FirstSeq, copied + 1), last);
        }
        LogCopied(count, table.Place);
    }

    private void Copy(LoadedLog log, Segment segment, uint first, uint last)
    {
        var records = new ArrayBufferWriter<byte>(BytesAtOnce);
        var done = first - 1;
        var start = new ScanStart(
            log.Columns.Offset(first), first, first, first == 1 ? 0 : log.Columns[first - 1].Id);
        var result = new SegmentScan(segment.File, start).Run((record, _) =>
        {
            var seq = RecordFormat.Seq(record);
            if (seq > last) return;
            records.Write(record);
            if (seq < last && (!RecordFormat.EndsGroup(record) || records.WrittenCount < BytesAtOnce)) return;
            table.Append(records.WrittenMemory);
            records.ResetWrittenCount();
            if (seq / ToldEvery > done / ToldEvery) LogCopied(seq, table.Place);
            done = seq;
        });
        if (done < last) throw LogRecovery.Damaged(segment.Path, result.End, $"record {done + 1} cannot be copied");
    }

    private bool IsSame(LoadedLog log, uint seq)
    {
        var there = table.Read(seq);
        return there?.Length >= RecordFormat.HeaderBytes && RecordFormat.Id(there).Value == log.Columns[seq].Id;
    }

    private ServiceException Foreign(uint copied) => new(
        ErrorCode.Conflict,
        $"The data directory has posts of its own in {options.Directory}, and the database has others. Give the right "
        + "database with --database; nothing was changed.",
        $"{table.Place} has {copied} records.");

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "The post log in {Directory} is copied into the database, {Count} records: from now on {Place} has the truth")]
    private partial void LogCopying(string directory, uint count, string place);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} records of posts are in {Place}")]
    private partial void LogCopied(uint count, string place);
}
