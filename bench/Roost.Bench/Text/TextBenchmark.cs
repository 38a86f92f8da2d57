using System.CommandLine;
using System.Text.RegularExpressions;
using Roost.Bench.Frame;
using Roost.Engine.Text;

namespace Roost.Bench.Text;

/// <summary>
/// What tokenizing and telling the language cost, beside the least that a search could do (a regular expression for
/// words, lower case); how often the language told is right; and how exactly Thai words are found without spaces.
/// Reads real posts from the directory that <c>ROOST_DATA</c> names.
/// </summary>
internal static partial class TextBenchmark
{
    public static Command Verb() => Verbs.Create(
        "text",
        "Tokenizing real posts, beside a regular expression; how well languages are told and Thai words found. "
        + "Example: ROOST_DATA=DIR roost-bench text",
        RunAsync);

    private static async Task<Report> RunAsync(ParseResult parsed, BenchSettings settings, CancellationToken ct)
    {
        var texts = RealTexts.Read(settings.Quick ? 500 : int.MaxValue);
        var report = new Report("Text of real posts");
        var all = texts.ByLanguage.SelectMany(pair => pair.Texts).Concat(texts.Thai).ToArray();
        var list = new TokenList();
        var terms = 0L;
        var measured = await Rounds.RunAsync(
            settings,
            [
                new Subject("tokenizer", () => Tokenize(all, list, ref terms)),
                new Subject("tokenizer and language", () => Detect(all, list)),
                new Subject("Regex \\w+, lower case", () => MatchWords(all)),
            ],
            ct);
        report.AddRounds($"{all.Length:N0} posts in nine languages", "post", measured, reference: measured[2]);
        AddLanguages(report, texts, list);
        ThaiPrecision.AddTo(report, texts.Thai);
        return report;
    }

    private static long Tokenize(string[] texts, TokenList list, ref long terms)
    {
        foreach (var text in texts)
        {
            Tokenizer.Tokenize(text, list);
            terms += list.Count;
        }
        return texts.Length;
    }

    private static long Detect(string[] texts, TokenList list)
    {
        foreach (var text in texts)
        {
            Tokenizer.Tokenize(text, list);
            LanguageDetector.Detect(text, list);
        }
        return texts.Length;
    }

    private static long MatchWords(string[] texts)
    {
        Span<char> lower = stackalloc char[5_000];
        foreach (var text in texts)
        {
            foreach (var word in Words().EnumerateMatches(text))
                text.AsSpan(word.Index, word.Length).ToLowerInvariant(lower);
        }
        return texts.Length;
    }

    private static void AddLanguages(Report report, RealTexts texts, TokenList list)
    {
        var table = report.AddTable(
            "Languages told (x-language tweets)", "language", "posts", "right %", "unknown %", "wrong %");
        var (posts, right, unknown) = (0, 0, 0);
        foreach (var (language, of) in texts.ByLanguage)
        {
            var told = of.Select(text =>
            {
                Tokenizer.Tokenize(text, list);
                return LanguageDetector.Detect(text, list).ToString();
            }).ToArray();
            var (rightOf, unknownOf) = (told.Count(code => code == language), told.Count(code => code == "und"));
            Add(language, of.Length, rightOf, unknownOf);
            (posts, right, unknown) = (posts + of.Length, right + rightOf, unknown + unknownOf);
        }
        Add("all", posts, right, unknown);

        void Add(string name, int count, int rightOf, int unknownOf) => table.Add(
            name, count, 100.0 * rightOf / count, 100.0 * unknownOf / count,
            100.0 * (count - rightOf - unknownOf) / count);
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Words();
}
