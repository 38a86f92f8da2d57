using System.Formats.Tar;
using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Roost.Bench.Text;

/// <summary>Posts that people wrote, from the directory that <c>ROOST_DATA</c> names.</summary>
/// <param name="ByLanguage">ISO 639 codes, with the tweets of XLM-T in that language.</param>
/// <param name="Thai">The posts of Wisesight.</param>
internal sealed record RealTexts((string Language, string[] Texts)[] ByLanguage, string[] Thai)
{
    private static readonly Dictionary<string, string> _codes = new()
    {
        ["arabic"] = "ar",
        ["english"] = "en",
        ["french"] = "fr",
        ["german"] = "de",
        ["hindi"] = "hi",
        ["italian"] = "it",
        ["portuguese"] = "pt",
        ["spanish"] = "es",
    };

    public static RealTexts Read(int textsMax)
    {
        var directory = Environment.GetEnvironmentVariable("ROOST_DATA")
            ?? throw new InvalidOperationException("ROOST_DATA is not set; name the directory of the real data.");
        using var thai = new StreamReader(new GZipStream(
            File.OpenRead(Path.Combine(directory, "wisesight_thai.txt.gz")), CompressionMode.Decompress));
        return new RealTexts(
            [.. Tweets(Path.Combine(directory, "xlmt.tar.gz"), textsMax)], [.. Lines(thai).Take(textsMax)]);
    }

    private static IEnumerable<(string, string[])> Tweets(string path, int textsMax)
    {
        using var unzipped = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var tar = new TarReader(unzipped);
        while (tar.GetNextEntry() is { } entry)
        {
            var name = Path.GetFileNameWithoutExtension(entry.Name);
            var language = name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..];
            if (entry.DataStream is null || !_codes.TryGetValue(language, out var code))
                continue;
            using var reader = new StreamReader(entry.DataStream);
            yield return (code, [.. Lines(reader).Take(textsMax).Select(Unescaped)]);
        }
    }

    private static IEnumerable<string> Lines(StreamReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0)
                yield return line;
        }
    }

    /// <summary>Some of the tweets have <c>\u2019</c> where they had an apostrophe.</summary>
    private static string Unescaped(string line) => Regex.Replace(
        line, @"\\u([0-9a-fA-F]{4})", match => ((char)Convert.ToInt32(match.Groups[1].Value, 16)).ToString());
}
