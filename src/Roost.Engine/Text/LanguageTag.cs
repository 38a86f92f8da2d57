namespace Roost.Engine.Text;

/// <summary>Language tags as people and programs write them (RFC 5646): <c>pt-BR</c>, <c>en_GB</c>,
/// <c>NDS</c>.</summary>
public static class LanguageTag
{
    /// <summary>The primary subtag (§2.2.1) as it is written, two or three ASCII letters; empty when it is
    /// something else.</summary>
    public static ReadOnlySpan<char> PrimaryIn(ReadOnlySpan<char> tag)
    {
        var end = tag.IndexOfAny('-', '_');
        var letters = end < 0 ? tag : tag[..end];
        if (letters.Length is not (2 or 3)) return default;
        foreach (var letter in letters)
        {
            if (!char.IsAsciiLetter(letter)) return default;
        }
        return letters;
    }

    /// <summary>The primary subtag in lower case, or null.</summary>
    public static string? PrimaryOf(string? tag)
    {
        var primary = PrimaryIn(tag);
        return primary.IsEmpty ? null : primary.ToString().ToLowerInvariant();
    }
}
