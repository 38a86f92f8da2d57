using System.Globalization;
using System.Text;

namespace Roost.Engine.Text;

/// <summary>What a character means to the tokenizer: the word break properties of UAX #29 as far as posts need
/// them.</summary>
internal enum CharClass : byte
{
    /// <summary>Blanks, punctuation, and what stands for nothing: between words.</summary>
    Other,
    Letter,
    Digit,
    /// <summary>Belongs to the character before: marks, joiners.</summary>
    Extend,
    /// <summary><c>_</c> and its like: part of a word, no word alone.</summary>
    Connector,
    /// <summary>Joins letters on both sides: <c>don't</c>.</summary>
    Apostrophe,
    /// <summary>The same, without parts of their own: the Catalan <c>l·l</c>.</summary>
    MidLetter,
    /// <summary>Joins digits on both sides: <c>3.14</c>.</summary>
    MidNumber,
    /// <summary>Chinese, Japanese, Korean: written without spaces, a sign a sound or meaning.</summary>
    Ideograph,
    /// <summary>Thai, Lao, Khmer, Burmese: written without spaces, a sound a cluster of signs.</summary>
    Cluster,
    Emoji,
    Dollar,
    /// <summary>Half of a character beyond the first 65,536: look at both.</summary>
    Surrogate,
}

/// <summary>The class of each character: a table of 64 KiB made at first use, ranges beyond it.</summary>
internal static class CharClasses
{
    private static readonly CharClass[] _units = Build();

    public static CharClass Of(char unit) => _units[unit];

    /// <summary>The class of the character at a place, and how many units it takes: 1 where a surrogate is
    /// alone.</summary>
    public static CharClass At(ReadOnlySpan<char> text, int at, out int length)
    {
        length = 1;
        var found = _units[text[at]];
        if (found != CharClass.Surrogate)
            return found;
        if (at + 1 >= text.Length || !char.IsSurrogatePair(text[at], text[at + 1]))
            return CharClass.Other;
        length = 2;
        return OfAstral(char.ConvertToUtf32(text[at], text[at + 1]));
    }

    private static CharClass OfAstral(int value)
    {
        if (Folding.IsAstralLetter(value))
            return CharClass.Letter;
        if (value is >= 0x1F000 and <= 0x1FAFF)
            return CharClass.Emoji;
        if (value is >= 0x20000 and <= 0x3FFFF or >= 0x1AFF0 and <= 0x1B16F)
            return CharClass.Ideograph;
        return OfCategory(Rune.GetUnicodeCategory(new Rune(value)));
    }

    private static CharClass[] Build()
    {
        var classes = new CharClass[char.MaxValue + 1];
        for (var unit = 0; unit <= char.MaxValue; unit++)
            classes[unit] = OfUnit((char)unit);
        return classes;
    }

    private static CharClass OfUnit(char unit)
    {
        if (char.IsSurrogate(unit))
            return CharClass.Surrogate;
        var usual = OfCategory(CharUnicodeInfo.GetUnicodeCategory(unit));
        return unit switch
        {
            '\'' or '\u2019' or '\u02BC' or '\uFF07' => CharClass.Apostrophe,
            '\u00B7' or '\u0387' or '\u2027' or '\u05F4' => CharClass.MidLetter,
            '.' or ',' or '\u066B' or '\u066C' or '\uFF0E' or '\uFF0C' => CharClass.MidNumber,
            '$' => CharClass.Dollar,
            // Marks of voice, narrow ones too.
            '\u3099' or '\u309A' or '\uFF9E' or '\uFF9F' or '\u00AD' or '\u200C' or '\u200D' => CharClass.Extend,
            _ when usual is CharClass.Letter && IsIdeograph(unit) => CharClass.Ideograph,
            _ when usual is CharClass.Letter or CharClass.Extend && IsCluster(unit) =>
                usual == CharClass.Extend ? CharClass.Extend : CharClass.Cluster,
            _ when IsEmoji(unit) => CharClass.Emoji,
            _ => usual,
        };
    }

    private static CharClass OfCategory(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber =>
            CharClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.OtherNumber => CharClass.Digit,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark =>
            CharClass.Extend,
        UnicodeCategory.ConnectorPunctuation => CharClass.Connector,
        _ => CharClass.Other,
    };

    /// <summary>Hangul, kana with their marks of length and repetition, Bopomofo, Han, and their narrow and wide
    /// forms.</summary>
    private static bool IsIdeograph(char unit) => unit is (>= '\u1100' and <= '\u11FF')
        or (>= '\u2E80' and <= '\u2FDF') or (>= '\u3005' and <= '\u4DBF') or (>= '\u4E00' and <= '\u9FFF')
        or (>= '\uA960' and <= '\uA97F')
        or (>= '\uAC00' and <= '\uD7FF') or (>= '\uF900' and <= '\uFAFF') or (>= '\uFF66' and <= '\uFFDC');

    private static bool IsCluster(char unit) =>
        unit is (>= '\u0E00' and <= '\u0EFF') or (>= '\u1000' and <= '\u109F') or (>= '\u1780' and <= '\u17FF');

    /// <summary>The pictures among the symbols; arrows and signs of mathematics are punctuation to search.</summary>
    private static bool IsEmoji(char unit) => unit is '\u231A' or '\u231B' or (>= '\u23E9' and <= '\u23FA')
        or (>= '\u2600' and <= '\u27BF') or (>= '\u2B05' and <= '\u2B55');
}
