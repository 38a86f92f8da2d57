using System.Runtime.CompilerServices;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// A seeded hash of short byte strings: two words of the string multiplied to 128 bits and folded, as wyhash does
/// (Wang Yi, "wyhash: modern non-cryptographic hash function"). The seed keeps strangers from choosing words that
/// collide.
/// </summary>
internal static unsafe class TermHash
{
    private const ulong First = 0xA076_1D64_78BD_642F;
    private const ulong Second = 0xE703_7ED1_A0B4_28DB;

    public static uint Of(byte* at, int length, ulong seed)
    {
        var hash = seed ^ First;
        var left = length;
        while (left > 16)
        {
            hash = Mix(Unsafe.ReadUnaligned<ulong>(at) ^ Second, Unsafe.ReadUnaligned<ulong>(at + 8) ^ hash);
            at += 16;
            left -= 16;
        }
        ulong low, high;
        if (left >= 8)
        {
            low = Unsafe.ReadUnaligned<ulong>(at);
            high = Unsafe.ReadUnaligned<ulong>(at + left - 8);
        }
        else if (left >= 4)
        {
            low = Unsafe.ReadUnaligned<uint>(at);
            high = Unsafe.ReadUnaligned<uint>(at + left - 4);
        }
        else
        {
            low = left > 0 ? (ulong)((at[0] << 16) | (at[left >> 1] << 8) | at[left - 1]) : 0;
            high = 0;
        }
        var mixed = Mix(low ^ Second, high ^ hash);
        return (uint)(Mix(mixed ^ (ulong)length, First) >> 16);
    }

    private static ulong Mix(ulong left, ulong right)
    {
        var high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
