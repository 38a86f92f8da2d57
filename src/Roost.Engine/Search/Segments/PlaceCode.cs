using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// Where a term is in each of a list's docs, the positions of one posting behind those of the other: as they are put
/// together for a sealed segment, which keeps so only what <see cref="PackedPlaces"/> has no room for.
/// <code>
///  posting   the first position, then by how much each further one is greater
///  number    0 … 126: one byte.  up to 16,383: 127, then seven bits, then seven bits
///  byte      top bit clear: the posting's last
/// </code>
/// Mostly one byte a posting, and the n-th posting is found by counting top bits, 32 at a time.
/// </summary>
internal static unsafe class PlaceCode
{
    /// <summary>Bytes behind the codes that <see cref="Skip"/> may read.</summary>
    public const int OverRead = 32;

    /// <summary>Most bytes that a number takes.</summary>
    public const int LengthMax = 3;

    private const byte More = 0x80;
    private const byte Long = 127;

    /// <summary>How many bytes a number takes.</summary>
    public static int Length(int number) => number < Long ? 1 : LengthMax;

    /// <summary>Writes a number as the posting's last one; says how many bytes it took.</summary>
    public static int Write(byte* to, int number)
    {
        if (number < Long)
        {
            *to = (byte)number;
            return 1;
        }
        to[0] = More | Long;
        to[1] = (byte)(More | (number >> 7));
        to[2] = (byte)(number & 0x7F);
        return LengthMax;
    }

    /// <summary>Says of the posting whose last byte this is that another number follows.</summary>
    public static void GoOn(byte* last) => *last |= More;

    /// <summary>How many of the bytes are one posting's.</summary>
    public static int LengthOf(ReadOnlySpan<byte> codes)
    {
        var length = 1;
        while (codes[length - 1] >= More) length++;
        return length;
    }

    /// <summary>How many of the bytes are so many postings'.</summary>
    public static int LengthOf(ReadOnlySpan<byte> codes, int postings)
    {
        var length = 0;
        for (; postings > 0; postings--) length += LengthOf(codes[length..]);
        return length;
    }

    /// <summary>How many of the last bytes are one posting's.</summary>
    public static int LengthOfLast(ReadOnlySpan<byte> codes)
    {
        var length = 1;
        while (length < codes.Length && codes[^(length + 1)] >= More) length++;
        return length;
    }

    /// <summary>Where the posting begins that has so many before it. <b>Hot path.</b></summary>
    public static byte* Skip(byte* codes, int postings)
    {
        while (postings > 0)
        {
            var ends = ~Vector256.Load(codes).ExtractMostSignificantBits();
            var count = BitOperations.PopCount(ends);
            if (postings <= count)
                return codes + BitOperations.TrailingZeroCount(FromBit(ends, postings - 1)) + 1;
            postings -= count;
            codes += Vector256<byte>.Count;
        }
        return codes;
    }

    /// <summary>Bits of which the lowest is the one of <paramref name="bits"/> that has so many below it. One by one
    /// they would be counted some ten nanoseconds.</summary>
    private static uint FromBit(uint bits, int below)
    {
        if (Bmi2.IsSupported)
            return Bmi2.ParallelBitDeposit(1u << below, bits);
        for (; below > 0; below--) bits &= bits - 1;
        return bits;
    }

    /// <summary>Reads the number at <paramref name="at"/>; says whether another one of the posting follows.</summary>
    public static bool Read(ref byte* at, out int number)
    {
        int first = *at++;
        number = first & 0x7F;
        if (number < Long)
            return first >= More;
        number = ((at[0] & 0x7F) << 7) | (at[1] & 0x7F);
        at += 2;
        return at[-1] >= More;
    }

    /// <summary>Whether a posting has a position. <b>Hot path.</b></summary>
    public static bool Has(byte* posting, int position)
    {
        var at = 0;
        while (true)
        {
            var goesOn = Read(ref posting, out var number);
            at += number;
            if (at >= position || !goesOn)
                return at == position;
        }
    }
}
