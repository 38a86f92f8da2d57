using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Roost.Engine.Text;

/// <remarks>
/// <b>Hot path.</b> Most stretches are ASCII from end to end. They are folded as a whole, sixteen characters at a step,
/// into the list's buffer, where their words then lie; which characters belong to words is a bit for each, so that the
/// words are runs of bits. Words that may go on behind an apostrophe, full stop or comma, and cashtags, go the general
/// way.
/// </remarks>
internal ref partial struct WordScanner
{
    /// <summary>Shorter stretches are not worth it.</summary>
    private const int AsciiLengthMin = 8;

    /// <summary>Longer stretches are parted nowhere and go the general way: their bits would not fit on the
    /// stack.</summary>
    private const int AsciiLengthMax = 8_192;

    private const int WordBits = 64;

    [SkipLocalsInit]
    private bool TryScanAscii(int start, int positionsEnd)
    {
        var text = _text[start.._end];
        if (text.Length is < AsciiLengthMin or > AsciiLengthMax || !System.Text.Ascii.IsValid(text))
            return false;
        var marks = (stackalloc ulong[AsciiLengthMax / WordBits + 1])[..(text.Length / WordBits + 1)];
        var offset = To.Used;
        FoldAscii(text, To.Room(text.Length + Vector128<byte>.Count), marks);
        To.Advance(text.Length);
        var at = NextIn(marks, 0);
        while (at < text.Length && To.Positions < positionsEnd)
        {
            if (at > 0 && text[at - 1] == '$' && Cashtag(start + at - 1, start) is var cashtagEnd
                && cashtagEnd > start + at)
            {
                at = NextIn(marks, cashtagEnd - start);
                continue;
            }
            var end = NextOut(marks, at);
            if (end + 1 < text.Length && text[end] is '\'' or '.' or ',' && IsIn(marks, end + 1))
            {
                at = NextIn(marks, Word(start + at) - start);
                continue;
            }
            AddAsciiWord(offset + at, offset + end, start + at, start + end);
            at = NextIn(marks, end);
        }
        return true;
    }

    private readonly void AddAsciiWord(int offset, int offsetEnd, int start, int end)
    {
        var term = To.Bytes[offset..offsetEnd];
        if (term[0] == (byte)'_' && term.IndexOfAnyExcept((byte)'_') < 0)
            return;
        var isNumber = term[0] <= (byte)'9' && term.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;
        var kind = LinkWords ? TokenKind.LinkWord : isNumber ? TokenKind.Number : TokenKind.Word;
        Add(offset, offsetEnd, kind, IsExtra, start, end);
        To.Positions++;
    }

    /// <summary>Writes the text in small letters, and for each character whether it belongs to a word.</summary>
    /// <param name="to">With room for a vector behind the text.</param>
    private static void FoldAscii(ReadOnlySpan<char> text, Span<byte> to, Span<ulong> marks)
    {
        marks.Clear();
        Span<ushort> rest = stackalloc ushort[Vector128<byte>.Count];
        for (var at = 0; at < text.Length; at += Vector128<byte>.Count)
        {
            scoped var units = MemoryMarshal.Cast<char, ushort>(text[at..]);
            if (units.Length < Vector128<byte>.Count)
            {
                rest.Clear();
                units.CopyTo(rest);
                units = rest;
            }
            var bytes = Vector128.Narrow(
                Vector128.Create(units), Vector128.Create(units[Vector128<ushort>.Count..]));
            var areLarge = IsBetween(bytes, (byte)'A', (byte)'Z');
            var folded = bytes | (areLarge & Vector128.Create((byte)0x20));
            folded.CopyTo(to[at..]);
            var areIn = IsBetween(folded, (byte)'a', (byte)'z') | IsBetween(folded, (byte)'0', (byte)'9')
                | Vector128.Equals(folded, Vector128.Create((byte)'_'));
            marks[at / WordBits] |= (ulong)areIn.ExtractMostSignificantBits() << (at % WordBits);
        }
    }

    private static Vector128<byte> IsBetween(Vector128<byte> bytes, byte first, byte last) =>
        Vector128.LessThanOrEqual(bytes - Vector128.Create(first), Vector128.Create((byte)(last - first)));

    private static bool IsIn(ReadOnlySpan<ulong> marks, int at) => (marks[at / WordBits] >> (at % WordBits) & 1) != 0;

    /// <summary>The first place from <paramref name="at"/> on that belongs to a word; beyond the text if there is
    /// none.</summary>
    private static int NextIn(ReadOnlySpan<ulong> marks, int at) => Next(marks, at, 0);

    /// <summary>The first place from <paramref name="at"/> on that does not.</summary>
    private static int NextOut(ReadOnlySpan<ulong> marks, int at) => Next(marks, at, ulong.MaxValue);

    private static int Next(ReadOnlySpan<ulong> marks, int at, ulong inverted)
    {
        var word = at / WordBits;
        if (word >= marks.Length)
            return int.MaxValue;
        var bits = (marks[word] ^ inverted) >> (at % WordBits);
        if (bits != 0)
            return at + BitOperations.TrailingZeroCount(bits);
        while (++word < marks.Length)
        {
            bits = marks[word] ^ inverted;
            if (bits != 0)
                return word * WordBits + BitOperations.TrailingZeroCount(bits);
        }
        return int.MaxValue;
    }
}
