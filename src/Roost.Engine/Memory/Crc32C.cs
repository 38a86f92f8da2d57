using System.Buffers.Binary;
using System.Numerics;

namespace Roost.Engine.Memory;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 §B.4) in the processor's own instruction where it has one: 8 bytes at a step, 3 cycles
/// each.
/// </summary>
public static class Crc32C
{
    /// <summary>Of nothing yet: what <see cref="Add"/> is given first.</summary>
    public const uint Start = uint.MaxValue;

    public static uint Of(ReadOnlySpan<byte> bytes) => Finish(Add(Start, bytes));

    /// <summary>The checksum of all bytes that were added.</summary>
    public static uint Finish(uint crc) => ~crc;

    /// <summary>Goes on with more bytes.</summary>
    public static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }
        foreach (var b in bytes) crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}
