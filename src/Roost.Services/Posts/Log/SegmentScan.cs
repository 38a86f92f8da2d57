using Microsoft.Win32.SafeHandles;

namespace Roost.Services.Posts.Log;

/// <summary>How far the records of a segment are good.</summary>
/// <param name="LastSeq">The last good record; first seq - 1 when there is none.</param>
/// <param name="End">Where it ends.</param>
/// <param name="CompleteSeq">The last record of the last group that is wholly there.</param>
/// <param name="CompleteEnd">Where that ends.</param>
/// <param name="FileBytes">Length of the file.</param>
/// <param name="Problem">
/// What is wrong at <paramref name="End"/>, in words; null when the file ends there with a whole group.
/// </param>
internal readonly record struct ScanResult(
    uint LastSeq, long End, uint CompleteSeq, long CompleteEnd, long FileBytes, string? Problem)
{
    /// <summary>
    /// The group that is torn, if any is: that of the records after <see cref="CompleteSeq"/>. Groups follow each other
    /// without a gap.
    /// </summary>
    public uint TornGroup => CompleteSeq + 1;
}

/// <summary>Receives one good record, in order; <paramref name="record"/> is only lent.</summary>
internal delegate void RecordVisitor(ReadOnlySpan<byte> record, uint offset);

/// <summary>Where a scan begins, and what must be there.</summary>
/// <param name="Offset">In the file.</param>
/// <param name="Seq">Of the record there.</param>
/// <param name="Group">Of that record.</param>
/// <param name="PreviousId">Id of the record before, 0 for none.</param>
internal readonly record struct ScanStart(long Offset, uint Seq, uint Group, long PreviousId)
{
    public static ScanStart OfSegment(uint firstSeq, long previousId) =>
        new(SegmentFormat.HeaderBytes, firstSeq, firstSeq, previousId);
}

/// <summary>Reads a segment to its end, in pieces of a few MiB, and checks all that a segment alone can tell.</summary>
internal sealed class SegmentScan(SafeFileHandle file, ScanStart start)
{
    private const int BufferBytes = 4 << 20;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly long _fileBytes = RandomAccess.GetLength(file);
    private int _begin;
    private int _filled;
    private long _bufferOffset = start.Offset;

    /// <summary>Visits every good record, until the first that is not. To be called once.</summary>
    public ScanResult Run(RecordVisitor visit)
    {
        var result = new ScanResult(start.Seq - 1, start.Offset, start.Seq - 1, start.Offset, _fileBytes, null);
        var lastId = start.PreviousId;
        var group = start.Group;
        while (result.End < _fileBytes)
        {
            var seq = result.LastSeq + 1;
            if (TryTake(out var record, out var problem)) problem = ProblemWith(record, seq, group, lastId);
            if (problem is not null)
                return result with { Problem = problem };

            visit(record, (uint)result.End);
            lastId = RecordFormat.Id(record).Value;
            result = result with { LastSeq = seq, End = result.End + record.Length };
            if (!RecordFormat.EndsGroup(record)) continue;
            group = seq + 1;
            result = result with { CompleteSeq = seq, CompleteEnd = result.End };
        }
        return result.CompleteSeq == result.LastSeq
            ? result
            : result with { Problem = "the last group of records is incomplete" };
    }

    /// <summary>
    /// Looks at every byte from an offset on for an intact record of a group after <paramref name="tornGroup"/>. If
    /// there is one, the torn group had been made durable before.
    /// </summary>
    /// <returns>Its offset in the file, or -1.</returns>
    public static long FindLaterGroup(SafeFileHandle file, long from, uint tornGroup) =>
        Find(file, from, (record, _) => RecordFormat.Group(record) > tornGroup)?.Offset ?? -1;

    /// <summary>
    /// Looks at every byte from an offset on for an intact record that can follow record <paramref name="seq"/>: those
    /// in between must have had room, and ids ascend. So no text that somebody made to look like a record is taken for
    /// one far away.
    /// </summary>
    /// <returns>Where a scan can go on, or null.</returns>
    public static ScanStart? FindLaterRecord(SafeFileHandle file, long from, uint seq, long previousId) =>
        Find(file, from, (record, offset) => RecordFormat.Seq(record) > seq
            && RecordFormat.Id(record).Value > previousId
            && (RecordFormat.Seq(record) - seq - 1L) * RecordFormat.HeaderBytes <= offset - from) is { } start
            ? start with { PreviousId = previousId }
            : null;

    /// <summary>What is wrong with a whole record at this place, or null.</summary>
    public static string? ProblemWith(ReadOnlySpan<byte> record, uint seq, uint group, long lastId)
    {
        if (!RecordFormat.IsIntact(record)) return "its checksum does not match";
        if (RecordFormat.Seq(record) != seq) return $"it is record {RecordFormat.Seq(record)}, and {seq} belongs there";
        if (RecordFormat.Group(record) != group) return $"it is of group {RecordFormat.Group(record)}, not {group}";
        var id = RecordFormat.Id(record).Value;
        return id > lastId ? null : $"its id {id} is not above {lastId}, the one before it";
    }

    /// <summary>Reads until the buffer is full or the file ends.</summary>
    public static int ReadFully(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var read = RandomAccess.Read(file, buffer[total..], offset + total);
            if (read == 0) break;
            total += read;
        }
        return total;
    }

    private static ScanStart? Find(SafeFileHandle file, long from, IsWanted isWanted)
    {
        var rest = new byte[Math.Max(0, RandomAccess.GetLength(file) - from)];
        var bytes = rest.AsSpan(0, ReadFully(file, rest, from));
        for (var i = 0; i + RecordFormat.HeaderBytes <= bytes.Length; i++)
        {
            var candidate = bytes[i..];
            var length = RecordFormat.LengthAt(candidate);
            if (length == 0 || length > candidate.Length) continue;
            var (group, seq) = (RecordFormat.Group(candidate), RecordFormat.Seq(candidate));
            if (seq < group || !isWanted(candidate, from + i)) continue;
            if (RecordFormat.IsIntact(candidate[..length])) return new ScanStart(from + i, seq, group, 0);
        }
        return null;
    }

    private bool TryTake(out ReadOnlySpan<byte> record, out string? problem)
    {
        record = default;
        problem = "it is cut short";
        if (!Have(RecordFormat.HeaderBytes)) return false;
        var length = RecordFormat.LengthAt(_buffer.AsSpan(_begin));
        if (length == 0)
        {
            problem = "its length is impossible";
            return false;
        }
        if (!Have(length)) return false;
        record = _buffer.AsSpan(_begin, length);
        _begin += length;
        problem = null;
        return true;
    }

    private bool Have(int bytes)
    {
        if (_filled - _begin >= bytes) return true;
        _buffer.AsSpan(_begin, _filled - _begin).CopyTo(_buffer);
        _filled -= _begin;
        _begin = 0;
        var read = ReadFully(file, _buffer.AsSpan(_filled), _bufferOffset);
        _bufferOffset += read;
        _filled += read;
        return _filled >= bytes;
    }

    private delegate bool IsWanted(ReadOnlySpan<byte> record, long offset);
}
