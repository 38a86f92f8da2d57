using System.Text;

namespace Roost.Engine.Text;

internal ref partial struct WordScanner
{
    /// <summary>
    /// Adds a term for each two neighbouring units, and the last unit alone. A unit is a sign or, of a script that
    /// writes sounds, the cluster of signs that cannot be parted.
    /// </summary>
    private int Run(int start, CharClass script)
    {
        var (lastOffset, lastStart) = (-1, start);
        var at = start;
        while (ClassAt(at) == script)
        {
            var (offset, unitStart) = (To.Used, at);
            at = script == CharClass.Ideograph ? Sign(at) : Cluster(at);
            if (lastOffset >= 0)
            {
                Add(lastOffset, To.Used, TokenKind.Pair, IsExtra, lastStart, at);
                To.Positions++;
            }
            (lastOffset, lastStart) = (offset, unitStart);
        }
        Add(lastOffset, To.Used, TokenKind.PairEnd, IsExtra || lastStart > start, lastStart, at);
        To.Positions++;
        return at;
    }

    /// <summary>Writes one sign, put together where it was written in parts: <c>か</c> and its mark, jamo.</summary>
    private readonly int Sign(int at)
    {
        var offset = To.Used;
        var next = at + Write(at, offset);
        if (Rune.DecodeFromUtf8(To.Bytes[offset..], out var sign, out var length) == System.Buffers.OperationStatus.Done
            && To.Used - offset == length && Composed(sign.Value, ref next) is var whole && whole != sign.Value)
        {
            To.Advance(-length);
            AppendRune(new Rune(whole));
        }
        while (ClassAt(next) == CharClass.Extend)
            next += Write(next, offset);
        return next;
    }

    private readonly int Composed(int sign, ref int next)
    {
        if (sign is >= 0x1100 and <= 0x1112 && UnitAt(next) is >= 0x1161 and <= 0x1175)
        {
            sign = 0xAC00 + ((sign - 0x1100) * 21 + UnitAt(next++) - 0x1161) * 28;
            if (UnitAt(next) is > 0x11A7 and <= 0x11C2)
                sign += UnitAt(next++) - 0x11A7;
        }
        else if (UnitAt(next) is 0x3099 or 0xFF9E && IsVoiceable(sign))
        {
            next++;
            // The one pair that does not stand side by side in Unicode.
            return sign is 0x3046 or 0x30A6 ? sign + 0x4E : sign + 1;
        }
        else if (UnitAt(next) is 0x309A or 0xFF9F && sign is (>= 0x306F and <= 0x307D) or (>= 0x30CF and <= 0x30DD))
        {
            next++;
            return sign + 2;
        }
        return sign;
    }

    private readonly int UnitAt(int at) => at < _end ? _text[at] : 0;

    /// <summary>The kana of the rows k, s, t and h, and u, in either syllabary, that are not voiced yet.</summary>
    private static bool IsVoiceable(int sign)
    {
        var kana = sign is >= 0x30A1 and <= 0x30FE ? sign - 0x60 : sign;
        return kana switch
        {
            0x3046 => true,
            >= 0x304B and <= 0x3062 => (kana & 1) == 1,
            >= 0x3064 and <= 0x3069 => (kana & 1) == 0,
            >= 0x306F and <= 0x307D => kana % 3 == 0x306F % 3,
            _ => false,
        };
    }

    /// <summary>
    /// Writes a consonant with what cannot be parted from it: marks, the vowels written before and after it, and what
    /// a sign of stacking ties to it.
    /// </summary>
    private readonly int Cluster(int at)
    {
        var offset = To.Used;
        var next = at + Write(at, offset);
        var takesAnother = IsLeadingVowel(_text[at]);
        while (next < _end)
        {
            var unit = _text[next];
            var belongs = ClassAt(next) switch
            {
                CharClass.Extend => true,
                CharClass.Cluster => takesAnother || IsTrailingVowel(unit),
                _ => false,
            };
            if (!belongs)
                break;
            takesAnother = unit is '\u17D2' or '\u1039';
            next += Write(next, offset);
        }
        return next;
    }

    private static bool IsLeadingVowel(char unit) =>
        unit is (>= '\u0E40' and <= '\u0E44') or (>= '\u0EC0' and <= '\u0EC4');

    private static bool IsTrailingVowel(char unit) =>
        unit is '\u0E30' or '\u0E32' or '\u0E33' or '\u0E45' or '\u0EB0' or '\u0EB2' or '\u0EB3';
}
