using System.Buffers.Binary;
using Roost.Engine.Memory;

namespace Roost.Services.Graph.Snapshots;

/// <summary>
/// The first 96 bytes of <c>graph.snapshot</c>, little-endian:
/// <code>
///   0  magic   8 bytes "RoostFol"    8  version u32     12  crc32c u32 over the other bytes
///  16  token   i64                  24  seq     i64     32  follows i64
///  40  followers: offset i64, bytes i64                 56  followees: offset i64, bytes i64      72 … 96  zero
/// </code>
/// A side is a row of pieces, each <c>account i32 | ints i32 | crc32c u32 | zero u32 | ints × 4 bytes</c>; the checksum
/// is over the piece's account, its length, and its ints. See <see cref="Engine.Graph.GraphPiece"/> for what they are.
/// </summary>
/// <param name="Token">By which the database knows the file.</param>
/// <param name="Seq">The newest event that is in it.</param>
/// <param name="Follows">How many there are.</param>
internal readonly record struct SnapshotHeader(
    long Token, long Seq, long Follows, SnapshotSection Followers, SnapshotSection Followees)
{
    public const int Bytes = 96;
    public const int PieceHeaderBytes = 16;

    private const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "RoostFol"u8;

    public void Write(Span<byte> to)
    {
        to[..Bytes].Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Version);
        ReadOnlySpan<long> numbers =
            [Token, Seq, Follows, Followers.Offset, Followers.Bytes, Followees.Offset, Followees.Bytes];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(to[(16 + (i * 8))..], numbers[i]);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], Checksum(to));
    }

    /// <summary>Null, or why this is no header that can be used.</summary>
    public static string? Read(ReadOnlySpan<byte> from, long fileBytes, out SnapshotHeader header)
    {
        header = default;
        if (from.Length < Bytes || !from[..8].SequenceEqual(Magic))
            return "it is not a snapshot of the graph";
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[12..]) != Checksum(from))
            return "the checksum of its header does not match";
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[8..]) is var version && version != Version)
            return $"it is of version {version}, and this Roost knows version {Version}";
        Span<long> numbers = stackalloc long[7];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(from[(16 + (i * 8))..]);
        header = new SnapshotHeader(
            numbers[0], numbers[1], numbers[2], new(numbers[3], numbers[4]), new(numbers[5], numbers[6]));
        return header.Followers.Offset == Bytes && header.Followees.Offset == header.Followers.End
            && header.Followees.End == fileBytes
            ? null : $"it has {fileBytes} bytes, not as many as it says";
    }

    private static uint Checksum(ReadOnlySpan<byte> header) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, header[..12]), header[16..Bytes]));
}

/// <summary>Where one side is.</summary>
internal readonly record struct SnapshotSection(long Offset, long Bytes)
{
    public long End => Offset + Bytes;
}
