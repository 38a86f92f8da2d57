using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// How a post's terms are written one after the other, in the order of its text: the <i>forward list</i>. A term is a
/// number in a segment; frequent terms have small ones.
/// <code>
///  code      1xxxxxxx … 0xxxxxxx     seven bits a byte, high ones first; a clear top bit ends the code
///  0         the next term has the same position as the one before
///  1 … 15    the next term's position is that much further
///  16 …      term 0, 1, 2, …, at the position after that of the term before
/// </code>
/// </summary>
/// <remarks>
/// A code is found as a string of bytes with one condition, that the byte before it ends a code (or begins the list).
/// So whether a post has a term is answered by comparing 32 places at once, without decoding: two to four loads for a
/// post of usual length, and no branch that depends on its text.
/// </remarks>
internal static unsafe class ForwardCode
{
    /// <summary>Codes from here on are terms' numbers.</summary>
    public const uint Controls = 16;

    /// <summary>Longest code, in bytes.</summary>
    public const int LengthMax = 5;

    /// <summary>Greatest step that one code takes.</summary>
    private const int StepMax = 15;

    /// <summary>Bytes behind a list that <see cref="Contains"/> may read.</summary>
    public const int OverRead = 40;

    /// <summary>How many bytes <see cref="Write"/> takes.</summary>
    public static int Length(uint value) => value switch
    {
        < 1u << 7 => 1,
        < 1u << 14 => 2,
        < 1u << 21 => 3,
        < 1u << 28 => 4,
        _ => 5,
    };

    /// <summary>Writes a number, and says how many bytes it took.</summary>
    public static int Write(byte* to, uint value)
    {
        if (value < 1u << 7)
        {
            to[0] = (byte)value;
            return 1;
        }
        if (value < 1u << 14)
        {
            to[0] = (byte)(0x80 | (value >> 7));
            to[1] = (byte)(value & 0x7F);
            return 2;
        }
        var length = Length(value);
        for (var i = length - 1; i >= 0; i--)
        {
            to[i] = (byte)((value & 0x7F) | (i == length - 1 ? 0u : 0x80u));
            value >>= 7;
        }
        return length;
    }

    /// <summary>Reads the number at <paramref name="at"/> and moves behind it.</summary>
    public static uint Read(ref byte* at)
    {
        uint value = 0;
        uint read;
        do
        {
            read = *at++;
            value = (value << 7) | (read & 0x7F);
        }
        while (read >= 0x80);
        return value;
    }

    /// <summary>Writes what leads from the position of the term before to the next one's; says how many
    /// bytes.</summary>
    /// <param name="step">By how much the position grows, 0 and up.</param>
    public static int WriteStep(byte* to, int step)
    {
        if (step == 1)
            return 0;
        if (step == 0)
        {
            *to = 0;
            return 1;
        }
        var length = 0;
        for (var left = step - 1; left > 0; left -= StepMax)
            to[length++] = (byte)Math.Min(left, StepMax);
        return length;
    }

    /// <summary>How many bytes <see cref="WriteStep"/> takes.</summary>
    public static int StepLength(int step) =>
        step switch { 1 => 0, 0 => 1, _ => (step - 1 + StepMax - 1) / StepMax };

    /// <summary>Whether several terms have the same position.</summary>
    public static bool HasSamePlaces(byte* codes, int length) => Contains(codes, length, CodePattern.SamePlace);

    /// <summary>Whether the list has the term. <b>Hot path.</b></summary>
    /// <param name="codes">The list's first byte; the byte before it must have a clear top bit.</param>
    /// <param name="length">Of the list, in bytes; <see cref="OverRead"/> bytes behind it must be readable.</param>
    public static bool Contains(byte* codes, int length, in CodePattern pattern)
    {
        for (var i = 0; i <= length - pattern.Length; i += Vector256<byte>.Count)
        {
            var at = codes + i;
            var hits = Vector256.Equals(Vector256.Load(at), Vector256.Create(pattern.Byte(0)));
            for (var k = 1; k < pattern.Length; k++)
                hits &= Vector256.Equals(Vector256.Load(at + k), Vector256.Create(pattern.Byte(k)));
            var mask = hits.ExtractMostSignificantBits() & ~Vector256.Load(at - 1).ExtractMostSignificantBits();
            var places = length - pattern.Length + 1 - i;
            if (places < Vector256<byte>.Count)
                mask &= (1u << places) - 1;
            if (mask != 0)
                return true;
        }
        return false;
    }
}

/// <summary>A term's code, or those of two neighbours, as <see cref="ForwardCode.Contains"/> looks for them.</summary>
internal readonly struct CodePattern
{
    private readonly ulong _bytes;

    public unsafe CodePattern(uint term)
    {
        Term = term;
        var bytes = stackalloc byte[8];
        Length = ForwardCode.Write(bytes, term + ForwardCode.Controls);
        for (var i = 0; i < Length; i++)
            _bytes |= (ulong)bytes[i] << (8 * i);
    }

    /// <summary>What says that the next term has the position of the one before.</summary>
    public static CodePattern SamePlace { get; } = new(0, 1);

    private CodePattern(ulong bytes, int length) => (_bytes, Length) = (bytes, length);

    public uint Term { get; }

    public int Length { get; }

    /// <summary>This term's code and right after it the next one's; of no length if they are too long for
    /// that.</summary>
    public CodePattern Then(in CodePattern next) => Length + next.Length > sizeof(ulong)
        ? default
        : new CodePattern(_bytes | (next._bytes << (8 * Length)), Length + next.Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte Byte(int index) => (byte)(_bytes >> (8 * index));
}

/// <summary>Walks a forward list term by term.</summary>
internal unsafe ref struct ForwardReader(byte* codes, int length)
{
    private readonly byte* _end = codes + length;
    private byte* _at = codes;

    /// <summary>The term's number.</summary>
    public uint Term { get; private set; }

    public int Position { get; private set; } = -1;

    public bool MoveNext()
    {
        var position = Position + 1;
        while (_at < _end)
        {
            var code = ForwardCode.Read(ref _at);
            if (code >= ForwardCode.Controls)
            {
                Term = code - ForwardCode.Controls;
                Position = position;
                return true;
            }
            position += code == 0 ? -1 : (int)code;
        }
        return false;
    }
}
