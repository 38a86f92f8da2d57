using Roost.Engine.Search;

namespace Roost.Engine.Text;

/// <summary>Which script most of a text's letters are in, and what language that alone tells.</summary>
internal readonly ref struct ScriptTally
{
    /// <summary>More letters of a text than these are not looked at.</summary>
    private const int CharactersMax = 1_000;

    /// <summary>A script's first and last letter, and the language that it is taken for.</summary>
    private static readonly (char First, char Last, LanguageCode Language)[] _scripts =
    [
        ('\u0041', '\u024F', default), ('\u0370', '\u03FF', Code("el")), ('\u0400', '\u052F', Code("ru")),
        ('\u0530', '\u058F', Code("hy")), ('\u0590', '\u05FF', Code("he")), ('\u0600', '\u077F', Code("ar")),
        ('\u0900', '\u097F', Code("hi")), ('\u0980', '\u09FF', Code("bn")), ('\u0A00', '\u0A7F', Code("pa")),
        ('\u0A80', '\u0AFF', Code("gu")), ('\u0B80', '\u0BFF', Code("ta")), ('\u0C00', '\u0C7F', Code("te")),
        ('\u0C80', '\u0CFF', Code("kn")), ('\u0D00', '\u0D7F', Code("ml")), ('\u0D80', '\u0DFF', Code("si")),
        ('\u0E00', '\u0E7F', Code("th")), ('\u0E80', '\u0EFF', Code("lo")), ('\u1000', '\u109F', Code("my")),
        ('\u10A0', '\u10FF', Code("ka")), ('\u1200', '\u137F', Code("am")), ('\u1780', '\u17FF', Code("km")),
        ('\u3040', '\u30FF', Code("ja")), ('\u4E00', '\u9FFF', Code("zh")), ('\uAC00', '\uD7A3', Code("ko")),
    ];

    /// <summary>Letters that tell a script's other languages from its first.</summary>
    private static readonly (LanguageCode Among, string Letters, LanguageCode Language)[] _neighbours =
    [
        (Code("ru"), "іїєґІЇЄҐ", Code("uk")), (Code("ru"), "ўЎ", Code("be")), (Code("ru"), "ђћљњјџЂЋЉЊЈЏ", Code("sr")),
        (Code("ar"), "ٹڈڑےںھ", Code("ur")), (Code("ar"), "پچژگکی", Code("fa")), (Code("hi"), "ळ", Code("mr")),
    ];

    private static readonly byte[] _scriptOf = Build();
    private static readonly int _kana = IndexOf("ja");
    private static readonly int _han = IndexOf("zh");

    /// <summary>Whether most letters are Latin.</summary>
    public bool IsLatin { get; private init; }

    /// <summary>The language when they are not; <c>default</c> when there is no letter.</summary>
    public LanguageCode Language { get; private init; }

    public static ScriptTally Of(ReadOnlySpan<char> text)
    {
        text = text[..Math.Min(text.Length, CharactersMax)];
        // Most posts: the first word tells that there is a Latin letter, and there can be no other.
        var isAscii = System.Text.Ascii.IsValid(text);
        Span<int> counts = stackalloc int[_scripts.Length + 1];
        counts.Clear();
        for (var i = 0; i < text.Length; i++)
        {
            // Names and links are Latin whatever the language.
            if (text[i] is '@' or '#' || (text[i] == 'h' && PostScanner.SchemeLength(text[i..]) > 0))
            {
                var blank = text[i..].IndexOfAny(' ', '\n');
                i += blank < 0 ? text.Length - i : blank;
                continue;
            }
            var script = _scriptOf[text[i]];
            if (isAscii && script != 0)
                return new ScriptTally { IsLatin = true };
            counts[script]++;
        }
        var most = counts[1..].IndexOf(Most(counts[1..]));
        if (counts[most + 1] == 0)
            return default;
        // Few signs of another script say much: Japanese has as many Chinese signs as its own.
        if (most == _han && counts[_kana + 1] > 0)
            most = _kana;
        return most == 0
            ? new ScriptTally { IsLatin = true }
            : new ScriptTally { Language = Neighbour(_scripts[most].Language, text) };
    }

    private static int Most(ReadOnlySpan<int> counts)
    {
        var most = 0;
        foreach (var count in counts)
            most = Math.Max(most, count);
        return most;
    }

    private static LanguageCode Neighbour(LanguageCode usual, ReadOnlySpan<char> text)
    {
        foreach (var (among, letters, language) in _neighbours)
        {
            if (among == usual && text.IndexOfAny(letters) >= 0)
                return language;
        }
        return usual;
    }

    private static byte[] Build()
    {
        var scripts = new byte[char.MaxValue + 1];
        for (var i = 0; i < _scripts.Length; i++)
        {
            for (int c = _scripts[i].First; c <= _scripts[i].Last; c++)
                scripts[c] = char.IsLetter((char)c) ? (byte)(i + 1) : (byte)0;
        }
        return scripts;
    }

    private static int IndexOf(string language) => Array.FindIndex(_scripts, s => s.Language == Code(language));

    private static LanguageCode Code(string language) =>
        LanguageCode.TryParse(language, out var code) ? code : throw new ArgumentException(language);
}
