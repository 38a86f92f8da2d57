using Roost.Engine.Text;

namespace Roost.Engine.Search;

/// <summary>
/// A language as ISO 639 writes it: two or three small letters, five bits each (a = 1). 0 (<c>default</c>) is
/// unknown.
/// </summary>
public readonly record struct LanguageCode(ushort Value)
{
    /// <summary>Reads <c>en</c>, <c>EN</c>, <c>nds</c>; of <c>pt-BR</c> only <c>pt</c> counts.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out LanguageCode code)
    {
        var value = 0;
        foreach (var letter in LanguageTag.PrimaryIn(text)) value = (value << 5) | ((letter | 0x20) - 'a' + 1);
        code = new LanguageCode((ushort)value);
        return value != 0;
    }

    /// <summary>The letters, or <c>und</c> (ISO 639-2: undetermined) for none.</summary>
    public override string ToString()
    {
        if (Value == 0)
            return "und";
        Span<char> letters = stackalloc char[3];
        var count = 0;
        for (var shift = 10; shift >= 0; shift -= 5)
        {
            var letter = (Value >> shift) & 31;
            if (letter != 0)
                letters[count++] = (char)('a' + letter - 1);
        }
        return new string(letters[..count]);
    }
}
