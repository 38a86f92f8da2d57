using Xunit;

namespace Roost.Tests.Web;

/// <summary>Texts put together of what is special to JSON, HTML, XML, or posts.</summary>
internal static class SpecialTexts
{
    private static readonly string[] _pieces =
    [
        "word", " ", "\n", "\r\n\n", "\t", "\"", "\\", "'", "<b>", "&", "\u0001", "\u007F", "\u0085", "\u00A0", "é",
        "ß", "東京タワー", "\u2028", "\uFEFF", "\uE000", "\u0378", "🦉", "\uD800", "\uDC00", "\uFFFE", "#tag", "#東京",
        "#TAG ", " @alice", " @Bob", " @nobody", " @alice@roost.example", "https://a.example/x?y=1&z=\"2\"#f ",
        "http://b.example ", ":owl:", " :", "e\u0301",
    ];

    public static string Next(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => _pieces[random.Next(_pieces.Length)]));

    /// <summary>As <c>ROOST_SEED</c> has it; told with the test, so that what failed can be had again.</summary>
    public static Random NewRandom()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20261127");
        TestContext.Current.TestOutputHelper!.WriteLine($"ROOST_SEED={seed}");
        return new Random(seed);
    }
}
