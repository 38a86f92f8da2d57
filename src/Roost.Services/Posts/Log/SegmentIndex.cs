using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Roost.Engine.Memory;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log;

/// <summary>
/// The index of a sealed segment: the rows and offsets of its records, so that a start reads 36 bytes a record rather
/// than all of them. It holds nothing that the segment does not tell; missing or damaged, it is made again.
/// Little-endian:
/// <code>
///   0  magic      8 bytes  "RoostIdx"
///   8  version    u32      1
///  12  first seq  u32
///  16  count      u32      records
///  20  crc32c     u32      over bytes 0–19 and 24 to the end
///  24  log bytes  i64      length of the segment that it describes
///  32  rows       32 bytes each, as <see cref="LogRow"/>
///   …  offsets    u32 each, where the record begins in the segment
/// </code>
/// </summary>
internal static class SegmentIndex
{
    private const int HeaderBytes = 32;
    private const int RowBytes = 32;
    private const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "RoostIdx"u8;

    /// <summary>
    /// The index of records <paramref name="first"/> to <paramref name="last"/> as it stands in memory.
    /// </summary>
    public static byte[] Encode(LogColumns columns, uint first, uint last, long logBytes)
    {
        var bytes = new byte[LengthFor(first, last)];
        Encode(bytes, columns, first, last, logBytes);
        return bytes;
    }

    /// <summary>
    /// Writes the index of records <paramref name="first"/> to <paramref name="last"/> as it stands in memory.
    /// </summary>
    /// <exception cref="IOException">The disk failed; an index that was there is there still.</exception>
    public static void Write(Disk disk, string path, LogColumns columns, uint first, uint last, long logBytes)
    {
        var length = LengthFor(first, last);
        // Some megabytes each time, and every few seconds under load: lent, not made.
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var bytes = rented.AsSpan(0, length);
            Encode(bytes, columns, first, last, logBytes);
            disk.Replace(path, bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Reads the index of a segment of <paramref name="count"/> records into the columns, unpublished. Several threads
    /// may read, each another segment's.
    /// </summary>
    /// <returns>Null, or why it cannot be used.</returns>
    public static string? Load(string path, LogColumns columns, uint first, uint count, long logBytes)
    {
        if (!File.Exists(path)) return "it is missing";
        var length = new FileInfo(path).Length;
        if (length is < HeaderBytes or > int.MaxValue) return "it is not an index";
        var rented = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            var bytes = rented.AsSpan(0, (int)length);
            using (var file = Disk.OpenForReading(path))
                bytes = bytes[..SegmentScan.ReadFully(file, bytes, 0)];
            if (ProblemWith(bytes, first, count, logBytes) is { } problem) return problem;
            columns.Fill(
                first, MemoryMarshal.Cast<byte, LogRow>(bytes.Slice(HeaderBytes, (int)count * RowBytes)),
                MemoryMarshal.Cast<byte, uint>(bytes[(HeaderBytes + (int)count * RowBytes)..]));
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int LengthFor(uint first, uint last) =>
        HeaderBytes + (int)(last - first + 1) * (RowBytes + sizeof(uint));

    private static void Encode(Span<byte> bytes, LogColumns columns, uint first, uint last, long logBytes)
    {
        var count = last - first + 1;
        bytes[..HeaderBytes].Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], first);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], count);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], logBytes);
        var rows = MemoryMarshal.Cast<byte, LogRow>(bytes.Slice(HeaderBytes, (int)count * RowBytes));
        var offsets = MemoryMarshal.Cast<byte, uint>(bytes[(HeaderBytes + (int)count * RowBytes)..]);
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = columns[first + (uint)i];
            offsets[i] = columns.Offset(first + (uint)i);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], Checksum(bytes));
    }

    private static string? ProblemWith(ReadOnlySpan<byte> bytes, uint first, uint count, long logBytes)
    {
        if (bytes.Length < HeaderBytes || !bytes[..8].SequenceEqual(Magic)) return "it is not an index";
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]) != Checksum(bytes))
            return "its checksum does not match";
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Version) return "it is of another version";
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != first
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]) != count
            || bytes.Length != HeaderBytes + (long)count * (RowBytes + sizeof(uint)))
            return "it does not describe the records of its segment";
        return BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]) == logBytes
            ? null
            : "its segment has another length than it says";
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, bytes[..20]), bytes[24..]));
}
