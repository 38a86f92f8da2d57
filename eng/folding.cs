// Writes src/Roost.Engine/Text/Folding.Table.cs: which characters search takes for which others, beyond case. The
// server runs without ICU, where .NET knows case but not decompositions; this script needs ICU. Run from anywhere in
// the repository: dotnet run eng/folding.cs
#:property InvariantGlobalization=false
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

const int ColumnsMax = 90;

// What Unicode does not decompose, and yet people type for each other.
var equals = new Dictionary<string, string>
{
    ["ß"] = "ss", ["æ"] = "ae", ["œ"] = "oe", ["ø"] = "o", ["ł"] = "l", ["đ"] = "d", ["ð"] = "d", ["þ"] = "th",
    ["ı"] = "i", ["ħ"] = "h", ["ŧ"] = "t", ["ς"] = "σ",
    // Arabic: final ya and ta marbuta.
    ["ى"] = "ي", ["ة"] = "ه",
};

var byTarget = new SortedDictionary<string, StringBuilder>(StringComparer.Ordinal);
foreach (var (first, last) in new[] { (0x80, 0xFFFD), (0x1D400, 0x1D7FF), (0x1F110, 0x1F189) })
{
    for (var value = first; value <= last; value++)
    {
        if (!Rune.IsValid(value) || !IsFolded(value))
            continue;
        var source = char.ConvertFromUtf32(value);
        var target = Fold(source);
        var isPlain = target.Length > 0 && target.All(char.IsLetterOrDigit);
        if (!isPlain || string.Equals(target, source.ToLowerInvariant(), StringComparison.Ordinal))
            continue;
        if (!byTarget.TryGetValue(target, out var sources))
            byTarget[target] = sources = new StringBuilder();
        sources.Append(source);
    }
}
File.WriteAllText(Path.Combine(Root(), "src/Roost.Engine/Text/Folding.Table.cs"), Code());
Console.WriteLine($"{byTarget.Values.Sum(s => s.Length)} UTF-16 units fold into {byTarget.Count} targets.");

// Hangul, Thai, Lao and Khmer are searched as they are written; phonetic letters, squared words and Arabic ligatures of
// several letters are not worth their lines.
static bool IsFolded(int value) => Rune.GetUnicodeCategory(new Rune(value)) is
    UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
    or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter or UnicodeCategory.OtherNumber
    or UnicodeCategory.LetterNumber or UnicodeCategory.OtherSymbol
    && value is not ((>= 0x02B0 and <= 0x02FF) or (>= 0x1D2C and <= 0x1DBF) or (>= 0x3200 and <= 0x33FF)
        or (>= 0xFBEA and <= 0xFDFF) or (>= 0x0E00 and <= 0x0EFF) or (>= 0x1100 and <= 0x11FF)
        or (>= 0x1780 and <= 0x17FF)
        or (>= 0xAC00 and <= 0xD7FF));

string Fold(string source)
{
    var apart = source.Normalize(NormalizationForm.FormKC).ToLowerInvariant().Normalize(NormalizationForm.FormD);
    var kept = new StringBuilder();
    foreach (var rune in apart.EnumerateRunes())
    {
        if (!IsDropped(rune.Value))
            kept.Append(equals.GetValueOrDefault(rune.ToString(), rune.ToString()));
    }
    return kept.ToString().Normalize(NormalizationForm.FormC).ToLowerInvariant();
}

// Keep in step with Folding.IsDropped.
static bool IsDropped(int value) => value is (>= 0x0300 and <= 0x036F) or (>= 0x0591 and <= 0x05C7)
    or (>= 0x0610 and <= 0x061A) or 0x0640 or (>= 0x064B and <= 0x065F) or 0x0670 or (>= 0x06D6 and <= 0x06ED)
    or 0x093C or 0x09BC or (>= 0x1AB0 and <= 0x1AFF) or (>= 0x1DC0 and <= 0x1DFF) or (>= 0x20D0 and <= 0x20FF);

string Code()
{
    var code = new StringBuilder();
    code.Append("// Written by eng/folding.cs; change that.\nnamespace Roost.Engine.Text;\n\n");
    code.Append("public static partial class Folding\n{\n");
    code.Append("    // Groups: the target, '=', and the characters that fold into it. White space divides them.\n");
    code.Append("    private const string Table =\n        \"\"\"\n       ");
    var columns = 0;
    // A target with many sources takes several groups.
    var groups =
        from pair in byTarget
        from some in pair.Value.ToString().EnumerateRunes().Chunk(ColumnsMax / 2)
        select (pair.Key, string.Concat(some));
    foreach (var (target, sources) in groups)
    {
        if (columns > 0 && columns + sources.Length > ColumnsMax)
        {
            code.Append("\n       ");
            columns = 0;
        }
        code.Append(' ').Append(target).Append('=').Append(sources);
        columns += target.Length + sources.Length + 2;
    }
    code.Append("\n        \"\"\";\n}\n");
    return code.ToString();
}

static string Root([CallerFilePath] string file = "") => Path.GetDirectoryName(Path.GetDirectoryName(file))!;
