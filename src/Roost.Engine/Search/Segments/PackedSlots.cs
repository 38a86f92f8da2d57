using System.Numerics;
using System.Runtime.CompilerServices;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// A table of terms by their hash, open addressing, 4/5 full, that says which term may be the one.
/// <code>
///  slot    rank + 1 (as many bits as terms need) | 5 bits of the hash; 0: empty.      one behind the other, bit by bit
/// </code>
/// </summary>
/// <param name="slots">How many there are.</param>
/// <param name="bits">Of a slot.</param>
internal readonly unsafe struct PackedSlots(byte* bytes, uint slots, int bits)
{
    private const int HashBits = 5;
    private const uint HashMask = (1u << HashBits) - 1;

    private readonly uint _mask = (uint)((1UL << bits) - 1);

    /// <summary>How many slots so many terms take.</summary>
    public static uint SlotsFor(uint terms) => (uint)((terms * 5L / 4) + 1);

    /// <summary>Bits of a slot that has one of so many terms.</summary>
    public static int BitsFor(uint terms) => HashBits + 32 - BitOperations.LeadingZeroCount(terms);

    /// <summary>Bytes that they take.</summary>
    public static long Length(uint slots, int bits) => (((long)slots * bits) + 7) / 8;

    /// <summary>The slot where the search for a hash begins.</summary>
    public uint First(uint hash) => (uint)(((ulong)hash * slots) >> 32);

    public uint Next(uint at) => at + 1 == slots ? 0 : at + 1;

    /// <summary>What is in a slot, 0 for nothing.</summary>
    public uint this[uint at]
    {
        get
        {
            var bit = (ulong)at * (uint)bits;
            return (uint)(Unsafe.ReadUnaligned<ulong>(bytes + (bit >> 3)) >> (int)(bit & 7)) & _mask;
        }
    }

    /// <summary>Whether what is in a slot may be of a term of this hash.</summary>
    public static bool MayBe(uint slot, uint hash) => ((slot ^ hash) & HashMask) == 0;

    public static uint Rank(uint slot) => (slot >> HashBits) - 1;

    /// <summary>Puts a term in; there must be room, and 8 zeros behind the table. For who writes it.</summary>
    public void Put(uint hash, uint rank)
    {
        var at = First(hash);
        while (this[at] != 0) at = Next(at);
        var bit = (ulong)at * (uint)bits;
        ref var word = ref Unsafe.AsRef<byte>(bytes + (bit >> 3));
        var slot = (ulong)(((rank + 1) << HashBits) | (hash & HashMask)) << (int)(bit & 7);
        Unsafe.WriteUnaligned(ref word, Unsafe.ReadUnaligned<ulong>(ref word) | slot);
    }
}
