using Microsoft.Extensions.Logging;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log.Table;

/// <summary>A table of a server: a group is durable when it is committed there, and its segment is a cache, from which
/// it is read.</summary>
internal sealed partial class TableStore(LogTable table, Disk disk, ILogger logger) : IGroupStore
{
    private volatile bool _isClosed;

    public void Commit(ReadOnlyMemory<byte> group) => table.Append(group);

    public bool? IsStored() => table.IsStored();

    public byte[]? Mend(Segment segment, uint seq, uint offset, long end)
    {
        // Given back already, by a process that is stopping.
        if (_isClosed) return null;
        if (table.Read(seq) is not { } record || TableGroups.ProblemWith(
            seq, record, seq, record.Length < RecordFormat.HeaderBytes ? 0 : RecordFormat.Group(record), 0) is not null)
        {
            return null;
        }
        // Else it is not known where the next one begins; who asked is answered all the same.
        if (offset + record.Length == end) PutBack(segment, seq, offset, record);
        return record;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isClosed) return;
        _isClosed = true;
        await table.DisposeAsync();
    }

    private void PutBack(Segment segment, uint seq, uint offset, byte[] record)
    {
        try
        {
            using var file = Disk.OpenForWriting(segment.Path);
            disk.Write(file, segment.Path, record, offset);
            LogMended(seq, segment.Path, offset);
        }
        catch (Exception failure) when (Disk.IsDiskFailure(failure))
        {
            LogNotMended(failure, seq, segment.Path, offset);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Record {Seq} was damaged in {Path} at offset {Offset}, and was fetched from the database again: check this "
        + "device")]
    private partial void LogMended(uint seq, string path, uint offset);

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Record {Seq} is damaged in {Path} at offset {Offset}, and cannot be written there; it is read from the "
        + "database")]
    private partial void LogNotMended(Exception failure, uint seq, string path, uint offset);
}
