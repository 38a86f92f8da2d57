using System.Buffers.Binary;
using System.Numerics;

namespace Roost.Services.Storage;

/// <summary>
/// CRC-32C (Castagnoli, RFC 3720 §B.4) in the processor's own instruction where it has one: 8 bytes at a step, 3 cycles
/// each.
/// </summary>
internal static class Crc32C
{
    public const uint Start = uint.MaxValue;

    public static uint Of(ReadOnlySpan<byte> bytes) => Finish(Add(Start, bytes));

    public static uint Finish(uint crc) => ~crc;

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
