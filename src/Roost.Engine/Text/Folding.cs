using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Roost.Engine.Text;

/// <summary>
/// What search takes for the same: case, accents, width and other compatible forms, Arabic and Hebrew points, digits of
/// all scripts. <c>Ａ</c>, <c>à</c> and <c>𝐀</c> are <c>a</c>; <c>ß</c> is <c>ss</c>; <c>٣</c> is <c>3</c>. Marks that
/// belong to the spelling (vowels of Thai and Hindi, voiced kana) stay. Folding what is folded changes nothing.
/// </summary>
/// <remarks>
/// One table of 128 KiB for UTF-16 units, made at first use (some milliseconds), since the runtime without ICU knows no
/// decompositions. A cell holds what the unit folds into; 0 where it is dropped; in the range of surrogates, which
/// stand for nothing alone, the place of a text that is longer than one unit.
/// </remarks>
public static partial class Folding
{
    private const int ExpansionsFrom = 0xD800;
    private const int ExpansionsEnd = 0xE000;

    private static readonly List<byte[]> _expansions = [];
    private static readonly ushort[] _units = Build();
    private static readonly FrozenDictionary<int, byte[]> _astral = Groups()
        .SelectMany(group => group.Sources.EnumerateRunes().Select(rune => (rune.Value, group.Target)))
        .Where(pair => pair.Value > char.MaxValue)
        .ToFrozenDictionary(pair => pair.Value, pair => Encoding.UTF8.GetBytes(pair.Target));

    /// <summary>Whether a character beyond the first 65,536 stands for letters or digits:
    /// <c>𝐀</c>, <c>🅐</c>.</summary>
    internal static bool IsAstralLetter(int codePoint) => _astral.ContainsKey(codePoint);

    /// <summary>Writes what a UTF-16 unit, no surrogate, folds into: 0 to 16 bytes of UTF-8; returns how
    /// many.</summary>
    internal static int Write(char unit, Span<byte> to)
    {
        var folded = _units[unit];
        if (folded < 0x80)
        {
            to[0] = (byte)folded;
            return folded == 0 ? 0 : 1;
        }
        if (folded is >= ExpansionsFrom and < ExpansionsEnd)
        {
            var expansion = _expansions[folded - ExpansionsFrom];
            expansion.CopyTo(to);
            return expansion.Length;
        }
        return WriteUtf8(folded, to);
    }

    /// <summary>The same for a character that takes two UTF-16 units.</summary>
    internal static int WriteAstral(Rune rune, Span<byte> to)
    {
        if (!_astral.TryGetValue(rune.Value, out var folded))
            return Rune.ToLowerInvariant(rune).EncodeToUtf8(to);
        folded.CopyTo(to);
        return folded.Length;
    }

    /// <summary>A whole text folded: for names and tags, off the hot path.</summary>
    public static string Fold(ReadOnlySpan<char> text)
    {
        var bytes = new ArrayBufferWriter<byte>(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            var room = bytes.GetSpan(16);
            bytes.Advance(rune.IsBmp ? Write((char)rune.Value, room) : WriteAstral(rune, room));
        }
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static int WriteUtf8(int unit, Span<byte> to)
    {
        if (unit < 0x800)
        {
            to[1] = (byte)(0x80 | (unit & 0x3F));
            to[0] = (byte)(0xC0 | (unit >> 6));
            return 2;
        }
        to[2] = (byte)(0x80 | (unit & 0x3F));
        to[1] = (byte)(0x80 | ((unit >> 6) & 0x3F));
        to[0] = (byte)(0xE0 | (unit >> 12));
        return 3;
    }

    private static ushort[] Build()
    {
        var units = new ushort[char.MaxValue + 1];
        for (var c = 0; c <= char.MaxValue; c++)
        {
            var digit = CharUnicodeInfo.GetDecimalDigitValue((char)c);
            units[c] = IsDropped(c) ? (ushort)0 : digit >= 0 ? (ushort)('0' + digit) : char.ToLowerInvariant((char)c);
        }
        foreach (var (target, sources) in Groups())
        {
            var cell = target.Length == 1 ? target[0] : Expansion(target);
            foreach (var source in sources.Where(source => !char.IsSurrogate(source)))
                units[source] = cell;
        }
        return units;
    }

    private static char Expansion(string target)
    {
        _expansions.Add(Encoding.UTF8.GetBytes(target));
        return (char)(ExpansionsFrom + _expansions.Count - 1);
    }

    private static IEnumerable<(string Target, string Sources)> Groups() =>
        from @group in Table.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
        let parts = @group.Split('=')
        select (parts[0], parts[1]);

    /// <summary>Accents, points and joiners. Keep in step with <c>eng/folding.cs</c>.</summary>
    private static bool IsDropped(int unit) => unit is (>= 0x0300 and <= 0x036F) or (>= 0x0591 and <= 0x05C7)
        or (>= 0x0610 and <= 0x061A) or 0x0640 or (>= 0x064B and <= 0x065F) or 0x0670 or (>= 0x06D6 and <= 0x06ED)
        or 0x093C or 0x09BC or (>= 0x1AB0 and <= 0x1AFF) or (>= 0x1DC0 and <= 0x1DFF) or (>= 0x20D0 and <= 0x20FF)
        or 0x00AD or (>= 0x200B and <= 0x200F) or 0x2060 or (>= 0xFE00 and <= 0xFE0F) or 0xFEFF
        or (>= 0x0483 and <= 0x0487);
}
