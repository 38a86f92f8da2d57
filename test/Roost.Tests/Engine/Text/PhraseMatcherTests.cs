using Roost.Engine.Text;
using Xunit;

namespace Roost.Tests.Engine.Text;

public sealed class PhraseMatcherTests
{
    [Theory]
    [InlineData("the cat sat", "cat", true, true)]
    [InlineData("concatenate", "cat", true, false)]
    [InlineData("concatenate", "cat", false, true)]
    [InlineData("CAFÉ au lait", "cafe", true, true)]
    [InlineData("cafe\u0301s", "café", true, false)]
    [InlineData("l'été_indien", "été", true, false)]
    [InlineData("#spoilers, all of them", "spoilers", true, true)]
    [InlineData("no #spoiler here", "#spoiler", true, true)]
    [InlineData("no#spoilers", "#spoiler", true, false)]
    [InlineData("日本語の文", "日本", true, true)]
    [InlineData("Сегодня матч", "МАТЧ", true, true)]
    [InlineData("матчи", "матч", true, false)]
    [InlineData("🎉🎉 party", "🎉", true, true)]
    [InlineData("a\u0301", "a", true, true)]
    [InlineData("anything", "   ", false, false)]
    [InlineData("", "x", false, false)]
    public void A_phrase_is_found_whatever_its_case_and_a_whole_word_between_borders(
        string text, string phrase, bool wholeWord, bool isFound)
    {
        var matcher = new PhraseMatcher([new Phrase(phrase, wholeWord)]);

        Assert.Equal(isFound, matcher.Find(Folding.Fold(text)) is not null);
    }

    [Fact]
    public void Any_number_of_phrases_that_overlap_are_found_as_each_alone_would_be()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20261126");
        TestContext.Current.TestOutputHelper!.WriteLine($"ROOST_SEED={seed}");
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var phrases = Enumerable.Range(0, random.Next(1, 12)).Select(
                _ => new Phrase(Text(random, random.Next(1, 5)), random.Next(2) == 0)).ToList();
            var text = Text(random, random.Next(60));

            var found = new PhraseMatcher(phrases).Find(Folding.Fold(text)) ?? [];

            var expected = Enumerable.Range(0, phrases.Count).Where(
                i => new PhraseMatcher([phrases[i]]).Find(Folding.Fold(text)) is not null);
            Assert.Equal(expected, found);
            Assert.Equal(
                Enumerable.Range(0, phrases.Count).Where(i => !phrases[i].WholeWord && phrases[i].Text.Trim().Length > 0
                    && Folding.Fold(text).Contains(Folding.Fold(phrases[i].Text).Trim(), StringComparison.Ordinal)),
                found.Where(i => !phrases[i].WholeWord));
        }
    }

    private static string Text(Random random, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => "ab É-ß日"[random.Next(7)]));
}
