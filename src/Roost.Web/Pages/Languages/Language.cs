using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Roost.Web.Pages.Languages;

/// <summary>
/// One language of the pages. Texts are named by their English form, so English needs no table and a page can be read
/// where it is written; other languages have one file each, in pairs of lines (<see cref="Parse"/>). What a file lacks
/// is shown in English; a test holds that nothing lacks. Immutable. Public, as Razor makes components public.
/// </summary>
public sealed partial class Language
{
    private const char FormsSeparator = '|';
    private const int ProblemDepthMax = 2;

    private readonly FrozenDictionary<string, string> _texts;
    private readonly (Regex Pattern, string Text)[] _patterns;

    private Language(
        string code, string name, string thousands, string point, FrozenDictionary<string, string> texts)
    {
        (Code, Name, Thousands, Point, _texts) = (code, name, thousands, point, texts);
        // The longest say the most: a sentence belongs to the first that it has the form of.
        _patterns =
        [
            .. texts.Where(pair => Placeholder().IsMatch(pair.Key))
                .Where(pair => !pair.Key.Contains(FormsSeparator, StringComparison.Ordinal))
                .OrderByDescending(pair => pair.Key.Length).Select(pair => (PatternOf(pair.Key), pair.Value)),
        ];
    }

    public static Language English { get; } = new("en", "English", ",", ".", FrozenDictionary<string, string>.Empty);

    public static Language French { get; } = new(
        "fr", "Français", "\u202F", ",", Parse(AssetFiles.Text("fr.txt")));

    /// <summary>Those that one can choose from.</summary>
    public static IReadOnlyList<Language> All { get; } = [English, French];

    /// <summary>As in HTML's <c>lang</c>.</summary>
    public string Code { get; }

    /// <summary>In the language itself.</summary>
    public string Name { get; }

    private string Thousands { get; }

    private string Point { get; }

    /// <summary>The names of all texts that the language has.</summary>
    internal IEnumerable<string> Keys => _texts.Keys;

    /// <summary>What was chosen, else the first that the browser asks for and there is, else English.</summary>
    /// <param name="chosen">A code, or null.</param>
    /// <param name="accepted">The header <c>Accept-Language</c> (RFC 9110 §12.5.4), or empty.</param>
    public static Language Of(string? chosen, string accepted)
    {
        if (All.FirstOrDefault(one => one.Code == chosen) is { } language) return language;
        // Of hostile headers only the beginning is looked at.
        var wanted = accepted.Split(',', 16).Take(15).Select(Weighed).Where(one => one.Weight > 0)
            .OrderByDescending(one => one.Weight);
        foreach (var (range, _) in wanted)
        {
            if (range == "*") return English;
            if (All.FirstOrDefault(one => range.StartsWith(one.Code, StringComparison.OrdinalIgnoreCase)
                && (range.Length == one.Code.Length || range[one.Code.Length] == '-')) is { } found)
                return found;
        }
        return English;
    }

    /// <summary>The text with that English form.</summary>
    public string Text(string english) => _texts.GetValueOrDefault(english, english);

    /// <summary>The same with values in the places of <c>{0}</c>, <c>{1}</c>, ….</summary>
    public string Text(string english, params ReadOnlySpan<object?> values) =>
        string.Format(CultureInfo.InvariantCulture, Text(english), values);

    /// <summary>A text about a number of things, which stands for <c>{0}</c>.</summary>
    public string Count(long count, string one, string many)
    {
        // Nothing and one are singular in French; a language with other rules needs a rule of its own here.
        var text = Translated(one, many) is var (a, b)
            ? count < 2 ? a : b
            : count == 1 ? one : many;
        return string.Format(CultureInfo.InvariantCulture, text, Number(count));
    }

    /// <summary>The same text as it is of one, or what goes with that, and of more, each with <c>{0}</c> where the
    /// number stands: for scripts, which know by <c>Intl.PluralRules</c> which of them to take.</summary>
    public (string One, string Many) Forms(string one, string many) => Translated(one, many) ?? (one, many);

    /// <summary>Both forms in this language; null where it has none.</summary>
    private (string One, string Many)? Translated(string one, string many) =>
        _texts.TryGetValue(one + FormsSeparator + many, out var forms) && forms.Split(FormsSeparator) is [var a, var b]
            ? (a, b)
            : null;

    /// <summary>1,234 rather than 1234.</summary>
    public string Number(long value) =>
        value.ToString("N0", CultureInfo.InvariantCulture).Replace(",", Thousands, StringComparison.Ordinal);

    /// <summary>1.5 rather than 1.50.</summary>
    /// <param name="places">How many there are behind the point at most.</param>
    public string Number(double value, int places)
    {
        var parts = value.ToString("0." + new string('#', places), CultureInfo.InvariantCulture).Split('.');
        return parts.Length == 1 ? parts[0] : parts[0] + Point + parts[1];
    }

    /// <summary>"512 bytes", "1.5 MB", in powers of a thousand.</summary>
    public string Size(long bytes)
    {
        string T(string english) => Text(english);
        return bytes switch
        {
            < 1_000 => Number(bytes) + "\u00A0" + T("bytes"),
            < 1_000_000 => Number(bytes / 1e3, 1) + "\u00A0" + T("KB"),
            < 1_000_000_000 => Number(bytes / 1e6, 1) + "\u00A0" + T("MB"),
            _ => Number(bytes / 1e9, 1) + "\u00A0" + T("GB"),
        };
    }

    /// <summary>"now", "5 min", "3 h", "2 d", then the date (UTC).</summary>
    public string Since(DateTimeOffset at, DateTimeOffset now)
    {
        var age = now - at;
        return age.TotalMinutes < 1 ? Text("now")
            : age.TotalHours < 1 ? Text("{0} min", (int)age.TotalMinutes)
            : age.TotalDays < 1 ? Text("{0} h", (int)age.TotalHours)
            : age.TotalDays < 7 ? Text("{0} d", (int)age.TotalDays)
            : Date(at);
    }

    /// <summary>"3 Feb 2026" (UTC).</summary>
    public string Date(DateTimeOffset at)
    {
        var day = at.UtcDateTime;
        var month = Text("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").Split(' ')[day.Month - 1];
        return string.Create(CultureInfo.InvariantCulture, $"{day.Day} {month} {day.Year}");
    }

    /// <summary>"3 Feb 2026, 14:05 UTC".</summary>
    public string Moment(DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{Date(at)}, {at.UtcDateTime:HH:mm} UTC");

    /// <summary>What stands before and behind the one value of a text.</summary>
    public (string Before, string After) Around(string english)
    {
        var parts = Text(english).Split("{0}", 2);
        return (parts[0], parts[1]);
    }

    /// <summary>
    /// What a service says is wrong, in this language where the sentence is known: services speak English, and their
    /// sentences have values in them, which are carried over.
    /// </summary>
    public string Problem(string english) => Problem(english, ProblemDepthMax);

    private string Problem(string english, int depth)
    {
        var sentence = english.TrimEnd('.');
        if (_texts.TryGetValue(english, out var known)) return known;
        if (_texts.TryGetValue(sentence, out known)) return english.EndsWith('.') ? known + "." : known;
        foreach (var (pattern, text) in _patterns)
        {
            if (pattern.Match(sentence) is { Success: true } match)
            {
                // What stands in quotes somebody typed. Else it may be a sentence, or a word, that is known, too.
                object[] values =
                [
                    .. match.Groups.Values.Skip(1).Select(group =>
                        depth == 0 || (group.Index > 0 && sentence[group.Index - 1] == '\'')
                            ? group.Value
                            : Problem(group.Value, depth - 1)),
                ];
                var said = string.Format(CultureInfo.InvariantCulture, text, values);
                return english.EndsWith('.') && !said.EndsWith('.') ? said + "." : said;
            }
        }
        return english;
    }

    /// <summary>Pairs of lines, <c>en: …</c> and what it is in the other language; anything else is a comment. Singular
    /// and plural stand in one line with <c>|</c> between.</summary>
    internal static FrozenDictionary<string, string> Parse(string file)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        string? key = null;
        foreach (var line in file.Split('\n'))
        {
            if (line.StartsWith("en: ", StringComparison.Ordinal)) key = line[4..];
            else if (key is not null && line.Length > 4 && line.AsSpan(2, 2) is ": ")
            {
                texts.Add(key, line[4..]);
                key = null;
            }
        }
        return texts.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static (string Range, double Weight) Weighed(string item)
    {
        var parts = item.Split(';', 2, StringSplitOptions.TrimEntries);
        if (parts.Length == 1) return (parts[0], 1);
        return parts[1].StartsWith("q=", StringComparison.Ordinal)
            && double.TryParse(
                parts[1].AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight)
                ? (parts[0], weight)
                : (parts[0], 0);
    }

    private static Regex PatternOf(string key)
    {
        var literal = Regex.Escape(key.TrimEnd('.')).Replace("\\{", "{", StringComparison.Ordinal);
        return new Regex(
            $"^{Placeholder().Replace(literal, "(.*?)")}$",
            RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Placeholder();
}
