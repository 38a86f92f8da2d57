using System.Buffers.Binary;
using Roost.Engine.Ids;
using Roost.Engine.Memory;

namespace Roost.Services.Posts.Log;

/// <summary>
/// How a record lies on disk. All numbers are little-endian.
/// <code>
///   0  length    u32   bytes after the checksum: 52 + payload
///   4  crc32c    u32   over bytes 0–3 and 8 to the end (Castagnoli polynomial, RFC 3720 §B.4)
///   8  seq       u32   the record's place in the log
///  12  group     u32   seq of the first record of its commit group
///  16  kind      u8    <see cref="RecordKind"/>
///  17  flags     u8    the owner's
///  18  framing   u8    bit 0: the last record of its group; the others are 0
///  19  zero      u8
///  20  author    i32
///  24  id        i64
///  32  at        i64   Unix milliseconds
///  40  target    i64   id of the record that this one is about, or 0
///  48  key       u64
///  56  answered  i32
///  60  payload   length - 52 bytes
/// </code>
/// A group is what one <c>fdatasync</c> made durable. Group and framing tell, after a crash, a torn group that nobody
/// was answered for (cut off whole) from damage to records that were acknowledged (a later group exists: it was begun
/// only after this one was durable).
/// </summary>
public static class RecordFormat
{
    /// <summary>
    /// The largest payload of a record: 1 MiB, far above the largest post; also bounds what a damaged length can ask
    /// for.
    /// </summary>
    public const int PayloadBytesMax = 1 << 20;

    /// <summary>Bytes of a record besides its payload.</summary>
    public const int HeaderBytes = 60;

    internal const int RecordBytesMax = HeaderBytes + PayloadBytesMax;

    private const int UncheckedBytes = 8;
    private const byte LastOfGroup = 1;

    /// <summary>Writes a record, without the mark of a group's last; see <see cref="EndGroup"/>.</summary>
    internal static void Encode(
        Span<byte> record, uint seq, uint group, in RecordHeader header, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(HeaderBytes - UncheckedBytes + payload.Length));
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], seq);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], group);
        record[16] = (byte)header.Kind;
        record[17] = header.Flags;
        record[18] = 0;
        record[19] = 0;
        BinaryPrimitives.WriteInt32LittleEndian(record[20..], header.Author.Value);
        BinaryPrimitives.WriteInt64LittleEndian(record[24..], header.Id.Value);
        BinaryPrimitives.WriteInt64LittleEndian(record[32..], header.AtUnixMilliseconds);
        BinaryPrimitives.WriteInt64LittleEndian(record[40..], header.Target.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(record[48..], header.Key);
        BinaryPrimitives.WriteInt32LittleEndian(record[56..], header.Answered.Value);
        payload.CopyTo(record[HeaderBytes..]);
        Seal(record[..(HeaderBytes + payload.Length)]);
    }

    /// <summary>Marks an encoded record as the last of its group.</summary>
    internal static void EndGroup(Span<byte> record)
    {
        record[18] = LastOfGroup;
        Seal(record);
    }

    /// <summary>Makes an encoded record a group of its own.</summary>
    internal static void StandAlone(Span<byte> record)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], Seq(record));
        EndGroup(record);
    }

    /// <summary>
    /// Length of the whole record that starts here, or 0 when the length cannot be one. Needs 4 bytes.
    /// </summary>
    internal static int LengthAt(ReadOnlySpan<byte> record)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(record);
        return length is < HeaderBytes - UncheckedBytes or > RecordBytesMax - UncheckedBytes
            ? 0
            : (int)length + UncheckedBytes;
    }

    /// <summary>Whether these bytes, exactly one record by its length, are what was once written.</summary>
    internal static bool IsIntact(ReadOnlySpan<byte> record) =>
        Checksum(record) == ChecksumOf(record)
        && (IsAppended(Kind(record)) || Kind(record) == RecordKind.Lost);

    /// <summary>Whether records of this kind are appended: all but holes.</summary>
    internal static bool IsAppended(RecordKind kind) =>
        kind is >= RecordKind.Post and <= RecordKind.QuoteRule and not RecordKind.Lost;

    /// <summary>The one that it carries, over all its other bytes.</summary>
    internal static uint Checksum(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt32LittleEndian(record[4..]);

    internal static uint Seq(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt32LittleEndian(record[8..]);
    internal static uint Group(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt32LittleEndian(record[12..]);
    internal static bool EndsGroup(ReadOnlySpan<byte> record) => (record[18] & LastOfGroup) != 0;
    internal static PostId Id(ReadOnlySpan<byte> record) => new(BinaryPrimitives.ReadInt64LittleEndian(record[24..]));
    internal static PostId Target(ReadOnlySpan<byte> record) =>
        new(BinaryPrimitives.ReadInt64LittleEndian(record[40..]));

    internal static RecordHeader Header(ReadOnlySpan<byte> record) => new(
        Kind(record),
        record[17],
        Id(record),
        BinaryPrimitives.ReadInt64LittleEndian(record[32..]),
        new AccountId(BinaryPrimitives.ReadInt32LittleEndian(record[20..])),
        new AccountId(BinaryPrimitives.ReadInt32LittleEndian(record[56..])),
        Target(record),
        BinaryPrimitives.ReadUInt64LittleEndian(record[48..]));

    private static RecordKind Kind(ReadOnlySpan<byte> record) => (RecordKind)record[16];

    private static void Seal(Span<byte> record) =>
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], ChecksumOf(record));

    private static uint ChecksumOf(ReadOnlySpan<byte> record) => Crc32C.Finish(
        Crc32C.Add(Crc32C.Add(Crc32C.Start, record[..4]), record[UncheckedBytes..]));
}
