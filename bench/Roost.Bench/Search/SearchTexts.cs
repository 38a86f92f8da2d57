using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Roost.Engine.Search;

namespace Roost.Bench.Search;

/// <summary>
/// Texts to search, as terms: real ones multiplied, or made up by Zipf's law. Any number of posts can be made of them;
/// the same number is always the same post, so that nothing of millions need be kept.
/// </summary>
/// <remarks>
/// A post is the first part of one real text and the second of another, so words follow each other as they do, their
/// frequencies stay, and no two posts are alike. A word that is in one text only gets the post's number added: so new
/// words keep coming at the rate of the real texts, where most of them are names and parts of links.
/// </remarks>
internal sealed class SearchTexts
{
    private const int MadeUpWords = 200_000;
    private const int MadeUpTexts = 100_000;

    private readonly List<int[]> _texts = [];
    private readonly List<byte[]> _words = [];
    private readonly List<int> _textsOfWord = [];
    private readonly Dictionary<string, int> _numbers = [];
    private readonly List<LanguageCode> _languages = [];

    private SearchTexts(string origin) => Origin = origin;

    public string Origin { get; private set; }

    /// <summary>The real texts in ROOST_DATA, or made-up ones, which <see cref="Origin"/> says.</summary>
    public static SearchTexts Load(int seed)
    {
        var directory = Environment.GetEnvironmentVariable("ROOST_DATA");
        var texts = string.IsNullOrEmpty(directory) ? MakeUp(seed) : Read(directory);
        texts.Origin += $"; {texts._texts.Count:#,0} of them, {texts._texts.Average(text => text.Length):0.0} terms "
            + $"each, {texts._words.Count:#,0} different";
        return texts;
    }

    /// <summary>Fills in a post's terms.</summary>
    public void Fill(uint post, SearchInput input)
    {
        input.Clear();
        var first = Mix(post, 1);
        var head = _texts[(int)(first % (uint)_texts.Count)];
        var second = _texts[(int)(Mix(post, 2) % (uint)_texts.Count)];
        input.Language = _languages[(int)(first % (uint)_texts.Count)];
        Append(head.AsSpan(0, (head.Length + 1) / 2), post, input);
        Append(second.AsSpan(second.Length / 2), post, input);
    }

    /// <summary>A post's terms as a text.</summary>
    public string Line(uint post, SearchInput input)
    {
        Fill(post, input);
        var words = Enumerable.Range(0, input.Tokens.Length).Select(
            word => Encoding.UTF8.GetString(input.Term(word)));
        return string.Join(' ', words) is { Length: > 0 } some ? some : "nothing";
    }

    /// <summary>The texts of the first posts.</summary>
    public string[] Lines(int posts)
    {
        var input = new SearchInput();
        return [.. Enumerable.Range(1, posts).Select(post => Line((uint)post, input))];
    }

    private void Append(ReadOnlySpan<int> words, uint post, SearchInput input)
    {
        Span<byte> made = stackalloc byte[SearchTerm.LengthMax];
        foreach (var word in words)
        {
            if (_textsOfWord[word] > 1)
            {
                input.Add(_words[word]);
                continue;
            }
            _words[word].CopyTo(made);
            post.TryFormat(made[_words[word].Length..], out var digits, default, CultureInfo.InvariantCulture);
            input.Add(made[..(_words[word].Length + digits)]);
        }
    }

    private static SearchTexts Read(string directory)
    {
        var texts = new SearchTexts("real texts (stocknet.tsv.gz, xlmt.tar.gz)");
        using (var stocknet = new StreamReader(
            new GZipStream(File.OpenRead(Path.Combine(directory, "stocknet.tsv.gz")), CompressionMode.Decompress)))
        {
            while (stocknet.ReadLine() is { } line)
            {
                var fields = line.Split('\t');
                if (fields[5] is "P" or "R")
                    texts.Add(fields[^1].Replace("\\n", "\n", StringComparison.Ordinal), "en");
            }
        }
        using var tar = new TarReader(
            new GZipStream(File.OpenRead(Path.Combine(directory, "xlmt.tar.gz")), CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is null)
                continue;
            using var lines = new StreamReader(entry.DataStream);
            var language = entry.Name.Split('_', '.')[1][..2];
            while (lines.ReadLine() is { } line) texts.Add(line, language);
        }
        return texts;
    }

    private static SearchTexts MakeUp(int seed)
    {
        var texts = new SearchTexts($"MADE-UP texts by Zipf's law, seed {seed}, since ROOST_DATA is not set");
        var random = new Random(seed);
        for (var i = 0; i < MadeUpTexts; i++)
        {
            var words = Enumerable.Range(0, random.Next(4, 22)).Select(
                _ => $"w{(int)Math.Pow(MadeUpWords, random.NextDouble())}");
            texts.Add(string.Join(' ', words), i % 5 == 0 ? "de" : "en");
        }
        return texts;
    }

    /// <summary>Runs of letters, digits and marks, in small letters; a sign before says what they are.</summary>
    private void Add(string text, string language)
    {
        var numbers = new List<int>();
        var word = new StringBuilder();
        foreach (var rune in (text + " ").EnumerateRunes())
        {
            var isWord = Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
            if (isWord || (word.Length == 0 && rune.Value is '#' or '@' or '$'))
            {
                word.Append(Rune.ToLowerInvariant(rune).ToString());
                continue;
            }
            if (word.Length > 0 && Encoding.UTF8.GetByteCount(word.ToString()) <= 100)
                numbers.Add(Number(word.ToString()));
            word.Clear();
        }
        if (numbers.Count == 0)
            return;
        foreach (var number in numbers.Distinct()) _textsOfWord[number]++;
        _texts.Add([.. numbers]);
        _ = LanguageCode.TryParse(language, out var code);
        _languages.Add(code);
    }

    private int Number(string word)
    {
        if (_numbers.TryGetValue(word, out var number))
            return number;
        number = _words.Count;
        _numbers.Add(word, number);
        _words.Add(Encoding.UTF8.GetBytes(word));
        _textsOfWord.Add(0);
        return number;
    }

    /// <summary>SplitMix64's finisher (Steele, Lea, Flood, 2014).</summary>
    private static uint Mix(uint post, uint salt)
    {
        var mixed = (((ulong)post << 8) | salt) * 0x9E37_79B9_7F4A_7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        return (uint)(mixed >> 32);
    }
}
