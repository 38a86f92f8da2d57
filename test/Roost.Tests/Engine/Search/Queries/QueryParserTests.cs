using CsCheck;
using Roost.Engine.Search.Queries;
using Xunit;

namespace Roost.Tests.Engine.Search.Queries;

public sealed class QueryParserTests
{
    private static readonly string[] _pieces =
    [
        "word", "OR", "AND", "NOT", "-", "+", "(", ")", "\"", "\"new york\"", "*", "li*", "#tag", "@ann", "$tsla", " ", " ", "from:",
        "from:ann", "to:me", "in:library", "has:media", "has:x", "is:reply", "language:en", "before:2026", "after:2026-11",
        "during:2026-11-25", "during:2026-13", "foo:bar", "https://a.example/(x)", "東京", "\uD800", "\0", ":", "é",
    ];

    private static readonly Gen<string> _texts = Gen.Int[0, _pieces.Length - 1].Array[0, 24]
        .Select(places => string.Concat(places.Select(i => _pieces[i])));

    [Theory]
    [InlineData("new york", "new york")]
    [InlineData("new AND york", "new york")]
    [InlineData("a OR b c OR d", "a OR b c OR d")]
    [InlineData("(a OR b) c", "(a OR b) c")]
    [InlineData("((a b)) ((c))", "a b c")]
    [InlineData("-spam -(a b) NOT c", "-spam -(a b) -c")]
    [InlineData("+a rock - roll", "a rock - roll")]
    [InlineData("\"OR\" or and", "\"OR\" or and")]
    [InlineData("FROM:ann HAS:media", "from:ann has:media")]
    [InlineData("lib* 10:30 re:mark https://x.example/(a)", "lib* 10:30 re:mark https://x.example/(a)")]
    public void A_query_is_read_and_printed(string text, string printed)
    {
        var (clause, error) = QueryParser.Parse(text);

        Assert.Null(error);
        Assert.Equal(printed, clause!.ToString());
    }

    [Theory]
    [InlineData("", 0, 0, "there is nothing to look for.")]
    [InlineData("cats OR", 7, 0, "a word is missing at the end.")]
    [InlineData("OR cats", 0, 2, "a word is missing before this; in quotes it is a word itself.")]
    [InlineData("(cats", 0, 1, "this parenthesis is not closed.")]
    [InlineData("cats)", 4, 1, "this closing parenthesis has no opening one.")]
    [InlineData("a ()", 3, 1, "a word is missing before this parenthesis.")]
    [InlineData("say \"hello", 4, 1, "this quote is not closed.")]
    [InlineData("cats has:pictures", 9, 8, "has: takes media, image, link, poll or embed, not 'pictures'.")]
    [InlineData("from: ann", 5, 0, "from: takes a username, or me, right after the colon.")]
    [InlineData("before:2026-13", 7, 7, "before: takes a date: 2026, 2026-11 or 2026-11-25, not '2026-13'.")]
    [InlineData("language:klingonisch", 9, 11, "language: takes a language's code, such as en, not 'klingonisch'.")]
    [InlineData("a *", 2, 1, "a prefix needs a letter at least before the star.")]
    public void A_wrong_query_is_told_where_and_what_was_expected(string text, int offset, int length, string problem)
    {
        var (clause, error) = QueryParser.Parse(text);

        Assert.Null(clause);
        Assert.Equal(new QueryError(offset, length, problem), error);
    }

    [Fact]
    public void An_error_points_at_its_place()
    {
        var error = QueryParser.Parse("cats has:x dogs").Error!;

        Assert.Equal($"cats has:x dogs{Environment.NewLine}         ^", error.Point("cats has:x dogs"));
        Assert.StartsWith("At character 10: has: takes", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('(')]
    [InlineData('-')]
    public void Nesting_ends_at_a_bound(char opening)
    {
        var error = QueryParser.Parse(new string(opening, QueryParser.LengthMax - 1) + "a").Error!;

        Assert.Equal(QueryParser.DepthMax + 1, error.Offset);
    }

    [Fact]
    public void A_query_is_bounded_in_length_and_words()
    {
        var tooLong = QueryParser.Parse(new string('a', QueryParser.LengthMax + 1)).Error!;
        var tooMany = QueryParser.Parse(string.Join(' ', Enumerable.Repeat("ab", QueryParser.ClausesMax + 1))).Error!;

        Assert.Equal(QueryParser.LengthMax, tooLong.Offset);
        Assert.Equal((QueryParser.ClausesMax * 3, 2), (tooMany.Offset, tooMany.Length));
    }

    [Fact]
    public void Any_text_is_a_query_that_reads_back_the_same_or_an_error_within_it() => _texts.Sample(text =>
    {
        var (clause, error) = QueryParser.Parse(text);

        if (clause is null)
        {
            Assert.InRange(error!.Offset, 0, text.Length);
            Assert.InRange(error.Length, 0, text.Length - error.Offset);
            Assert.NotEmpty(error.Point(text));
            return;
        }
        Assert.Null(error);
        Assert.Equal(clause, QueryParser.Parse(clause.ToString()).Clause);
    }, iter: 30_000);
}
