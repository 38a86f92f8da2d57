using System.Runtime.InteropServices;
using Roost.Engine.Columns;
using Roost.Engine.Ids;

namespace Roost.Services.Posts.Log;

/// <summary>
/// What memory holds of a record: 32 bytes, so that all of it is in one cache line (two rows a line).
/// Written as it is to index files.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct LogRow
{
    [FieldOffset(0)] public long Id;
    [FieldOffset(8)] public long At;
    [FieldOffset(16)] public int Author;
    [FieldOffset(20)] public int Answered;
    [FieldOffset(24)] public uint Target;
    [FieldOffset(28)] public RecordKind Kind;
    [FieldOffset(29)] public byte Flags;
    // Bytes 30 and 31 are zero: two rows are alike when their bytes are.

    /// <summary>The row of an encoded record, its target not yet resolved.</summary>
    public static LogRow Of(ReadOnlySpan<byte> record)
    {
        var header = RecordFormat.Header(record);
        return new LogRow
        {
            Id = header.Id.Value,
            At = header.AtUnixMilliseconds,
            Author = header.Author.Value,
            Answered = header.Answered.Value,
            Kind = header.Kind,
            Flags = header.Flags,
        };
    }
}

/// <summary>
/// The rows of all records by seq, and where in its segment each begins: 36 bytes a record. They never move, so that
/// readers need no lock.
/// </summary>
/// <remarks>
/// One writer. It fills rows above <see cref="Count"/>, then moves the count with release semantics; a reader that has
/// read the count (acquire) sees all rows up to it.
/// </remarks>
internal sealed class LogColumns
{
    private const uint ChunkRows = GrowingColumn<LogRow>.ChunkLength;

    private readonly GrowingColumn<LogRow> _rows = new();
    private readonly GrowingColumn<uint> _offsets = new();
    private uint _count;

    /// <summary>Guards growing while loading, when several threads fill rows of their own.</summary>
    private readonly Lock _growing = new();

    /// <summary>The newest seq that has a row.</summary>
    public uint Count => Volatile.Read(ref _count);

    public ref readonly LogRow this[uint seq] => ref _rows.At(seq - 1);

    /// <summary>Asks the processor for a row.</summary>
    public void Prefetch(uint seq) => _rows.Prefetch(seq - 1);

    public uint Offset(uint seq) => _offsets[seq - 1];

    public RecordMeta Meta(uint seq)
    {
        ref readonly var row = ref this[seq];
        return new RecordMeta(
            seq, row.Kind, row.Flags, new PostId(row.Id), row.At, new AccountId(row.Author),
            new AccountId(row.Answered), row.Target);
    }

    /// <summary>Adds the next row. The writer only; unseen until <see cref="Publish"/>.</summary>
    public void Set(uint seq, in LogRow row, uint offset)
    {
        _rows[seq - 1] = row;
        _offsets[seq - 1] = offset;
    }

    /// <summary>
    /// Adds rows side by side while loading, unseen as after <see cref="Set"/>. Several threads may, each its own rows.
    /// </summary>
    public void Fill(uint first, ReadOnlySpan<LogRow> rows, ReadOnlySpan<uint> offsets)
    {
        if (rows.IsEmpty) return;
        lock (_growing)
        {
            _rows.EnsureCapacity(first - 1 + (uint)rows.Length);
            _offsets.EnsureCapacity(first - 1 + (uint)rows.Length);
        }
        while (!rows.IsEmpty)
        {
            var count = (int)Math.Min((uint)rows.Length, ChunkRows - (first - 1) % ChunkRows);
            rows[..count].CopyTo(MemoryMarshal.CreateSpan(ref _rows.At(first - 1), count));
            offsets[..count].CopyTo(MemoryMarshal.CreateSpan(ref _offsets.At(first - 1), count));
            rows = rows[count..];
            offsets = offsets[count..];
            first += (uint)count;
        }
    }

    /// <summary>Shows readers all rows up to this seq; while loading also takes rows back.</summary>
    public void Publish(uint count) => Volatile.Write(ref _count, count);

    /// <summary>The first seq from 1 to <paramref name="last"/> whose id is at least this one, or last + 1.</summary>
    public uint LowerBound(long id, uint last)
    {
        if (last == 0 || this[last].Id < id) return last + 1;
        uint low = 1, high = last;
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (this[middle].Id < id) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>The seq of this id among the first <paramref name="last"/>, or 0.</summary>
    public uint SeqOf(long id, uint last)
    {
        if (id == 0) return 0;
        var seq = LowerBound(id, last);
        return seq <= last && this[seq].Id == id ? seq : 0;
    }
}
