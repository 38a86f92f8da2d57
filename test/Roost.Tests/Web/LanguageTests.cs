using System.Net;
using System.Text.RegularExpressions;
using Roost.Tests.Walls;
using Roost.Web.Pages.Languages;
using Xunit;

namespace Roost.Tests.Web;

/// <summary>Pages in the reader's language.</summary>
public sealed partial class LanguageTests
{
    [Fact]
    public void French_has_every_text_that_pages_show()
    {
        var known = Language.French.Keys.ToHashSet(StringComparer.Ordinal);

        string[] missing = [.. TextsOfPages().Where(text => !known.Contains(text)).Distinct()];

        Assert.True(missing.Length == 0, "fr.txt lacks:\n" + string.Join('\n', missing));
    }

    [Fact]
    public void French_has_the_same_places_for_values_as_English()
    {
        foreach (var key in Language.French.Keys.Where(key => !key.Contains('|', StringComparison.Ordinal)))
        {
            var text = Language.French.Text(key);
            foreach (Match place in Place().Matches(text))
                Assert.True(key.Contains(place.Value, StringComparison.Ordinal), $"'{text}' has {place}, '{key}' has not.");
        }
    }

    [Theory]
    [InlineData(null, "fr", "fr")]
    [InlineData(null, "de-DE, fr-CA;q=0.8, en;q=0.5", "fr")]
    [InlineData(null, "en-GB, fr;q=0.9", "en")]
    [InlineData(null, "fr;q=0, en", "en")]
    [InlineData(null, "frr, *;q=0.1", "en")]
    [InlineData(null, "", "en")]
    [InlineData(null, ";;q=,,q=x;q=fr", "en")]
    [InlineData("en", "fr", "en")]
    [InlineData("xx", "fr", "fr")]
    public void What_was_chosen_comes_before_what_the_browser_asks_for(string? chosen, string accepted, string code) =>
        Assert.Equal(code, Language.Of(chosen, accepted).Code);

    [Fact]
    public void Numbers_and_plurals_follow_the_language()
    {
        Assert.Equal("1,234 posts", Language.English.Count(1_234, "1 post", "{0} posts"));
        Assert.Equal("0 message", Language.French.Count(0, "1 post", "{0} posts"));
        Assert.Equal("1\u202F234 messages", Language.French.Count(1_234, "1 post", "{0} posts"));
        Assert.Equal("1,5\u00A0Mo", Language.French.Size(1_500_000));
        Assert.Equal("512\u00A0bytes", Language.English.Size(512));
        Assert.Equal("3 févr. 2026", Language.French.Date(new DateTimeOffset(2026, 2, 3, 9, 0, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void What_services_refuse_is_said_in_French_with_its_values()
    {
        Assert.Equal(
            "Le message a 501 caractères\u202F; la limite est 500.",
            Language.French.Problem("Text has 501 characters; the limit is 500."));
        Assert.Equal(
            "La question ne peut pas être lue. Au caractère 5\u00A0: ce guillemet n’est pas fermé.",
            Language.French.Problem("The query cannot be read. At character 5: this quote is not closed."));
        Assert.Equal(
            "La question ne peut pas être lue. Au caractère 8\u00A0: before: prend une date\u00A0: 2026, 2026-11 ou 2026-11-25, "
            + "et non «\u00A0filters\u00A0».",
            Language.French.Problem(
                "The query cannot be read. At character 8: before: takes a date: 2026, 2026-11 or 2026-11-25, not 'filters'."));
        Assert.Equal("Nobody has translated this.", Language.French.Problem("Nobody has translated this."));
    }

    [Fact]
    public async Task A_page_speaks_what_the_browser_asks_for_until_its_reader_chooses()
    {
        await using var host = await WebHost.StartAsync();
        host.Network.AddAccount("alice");
        var browser = new Browser(host);
        await browser.SignInAsync("alice", "correct horse");

        var french = await host.GetAsync("/about", null, ("Accept-Language", "fr"));
        Assert.Contains("<html lang=\"fr\">", french.Body, StringComparison.Ordinal);
        Assert.Contains("propos de", french.Body, StringComparison.Ordinal);
        Assert.Equal("fr", french.Header("Content-Language"));

        (await browser.SubmitAsync(await browser.GetAsync("/settings"), "/settings/reading", ("pages_language", "fr")))
            .Is(HttpStatusCode.SeeOther);
        Assert.Contains("<html lang=\"fr\">", (await browser.GetAsync("/")).Body, StringComparison.Ordinal);
    }

    private static IEnumerable<string> TextsOfPages()
    {
        var root = Path.Combine(RepositoryRoot.Path, "src", "Roost.Web");
        foreach (var file in Directory.EnumerateFiles(root, "*.*", SearchOption.AllDirectories))
        {
            if (Path.GetExtension(file) is not (".cs" or ".razor") || Path.GetFileName(file) is "Language.cs" or "Worded.cs") continue;
            var text = File.ReadAllText(file);
            foreach (Match one in Said().Matches(text)) yield return Regex.Unescape(one.Groups[1].Value);
            foreach (Match one in Counted().Matches(text))
                yield return Regex.Unescape(one.Groups[1].Value) + "|" + Regex.Unescape(one.Groups[2].Value);
        }
    }

    [GeneratedRegex(@"\bT\(\s*""((?:[^""\\]|\\.)*)""")]
    private static partial Regex Said();

    [GeneratedRegex(@"\bN\([^""]*?,\s*""((?:[^""\\]|\\.)*)"",\s*""((?:[^""\\]|\\.)*)""")]
    private static partial Regex Counted();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();
}
