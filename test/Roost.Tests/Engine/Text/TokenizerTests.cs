using System.Text;
using Roost.Engine.Text;
using Xunit;

namespace Roost.Tests.Engine.Text;

/// <summary>Terms are written as <c>position:term</c>; those that are indexed and not asked for, in brackets.</summary>
public sealed class TokenizerTests
{
    [Theory]
    [InlineData("Hello, World!", "0:hello 1:world")]
    [InlineData("Crème BRÛLÉE straße Ｗｉｄｅ 𝐁𝐨𝐥𝐝 ﬁn", "0:creme 1:brulee 2:strasse 3:wide 4:bold 5:fin")]
    [InlineData("cre\u0300me", "0:creme")]
    [InlineData("don't", "0:dont (0:don)")]
    [InlineData("l’amour John's we'll", "0:lamour (0:amour) 1:johns (1:john) 2:well (2:we)")]
    [InlineData("'quoted' words'", "0:quoted 1:words")]
    [InlineData("3.14 1,000 v2.0 2026.", "0:3.14 1:1,000 2:v2.0 3:2026")]
    [InlineData("covid19 snake_case ___", "0:covid19 1:snake_case")]
    [InlineData("end.Start example.com", "0:end 1:start 2:example 3:com")]
    [InlineData("col·lecció ١٢٣", "0:colleccio 1:123")]
    [InlineData("ПРИВЕТ Ёлка ΣΟΦΟΣ", "0:привет 1:елка 2:σοφοσ")]
    [InlineData("कि‍ताब", "0:किताब")]
    public void Words_are_folded_and_numbered(string text, string terms) => Assert.Equal(terms, Terms(text));

    [Theory]
    [InlineData("#Roost rocks", "0:#roost (0:roost) 1:rocks")]
    [InlineData("#東京 x", "0:#東京 (0:東京) (1:京) 2:x")]
    [InlineData("@Ann hi", "0:@ann 1:hi")]
    [InlineData("@ann@other.example hi", "0:@ann@other.example (0:@ann) 1:hi")]
    [InlineData("ann@example.com", "0:ann 1:example 2:com")]
    [InlineData("$TSLA up", "0:$tsla (0:tsla) 1:up")]
    [InlineData("$BRK.B $5 US$ a$b", "0:$brk.b (0:brk) 1:5 2:us 3:a 4:b")]
    public void Hashtags_mentions_and_cashtags_keep_their_sign(string text, string terms) =>
        Assert.Equal(terms, Terms(text));

    [Theory]
    [InlineData("see https://www.Example.com/some-Path/x?utm=1#top now",
        "0:see 1:example 2:com 3:some 4:path 5:x 6:now")]
    [InlineData("https://de.wikipedia.org/wiki/Z%C3%BCrich", "0:de 1:wikipedia 2:org 3:wiki 4:z 5:rich")]
    public void Links_are_found_by_the_words_of_host_and_path(string text, string terms) =>
        Assert.Equal(terms, Terms(text));

    [Theory]
    [InlineData("東京都", "0:東京 1:京都 (2:都)")]
    [InlineData("猫", "0:猫")]
    [InlineData("カﾞ ｶﾞｷ が か\u3099", "0:ガ 1:ガキ (2:キ) 3:が 4:が")]
    [InlineData("서울에서 \u1112\u1161\u11ab", "0:서울 1:울에 2:에서 (3:서) 4:한")]
    [InlineData("hello世界abc", "0:hello 1:世界 (2:界) 3:abc")]
    [InlineData("สวัสดี", "0:สวั 1:วัส 2:สดี (3:ดี)")]
    [InlineData("เด็กไทย", "0:เด็ก 1:กไท 2:ไทย (3:ย)")]
    public void Scripts_without_spaces_become_pairs(string text, string terms) => Assert.Equal(terms, Terms(text));

    [Theory]
    [InlineData("👍🏽👍", "0:👍 1:👍")]
    [InlineData("❤️", "0:❤")]
    [InlineData("👩🏽‍🚀", "0:👩‍🚀 (0:👩)")]
    [InlineData("🇨🇭🇫🇷", "0:🇨🇭 1:🇫🇷")]
    public void Emojis_are_terms_without_their_colour(string text, string terms) => Assert.Equal(terms, Terms(text));

    [Theory]
    [InlineData("")]
    [InlineData(" .,;'!?…")]
    [InlineData("\uD800 \uDC00\uD800")]
    [InlineData("\u0301\u200D")]
    public void What_says_nothing_has_no_terms(string text) => Assert.Equal("", Terms(text));

    [Fact]
    public void A_word_too_long_is_cut_at_a_whole_character()
    {
        var list = new TokenList();

        Tokenizer.Tokenize(new string('é', 500) + " " + new string('я', 500), list);

        Assert.Equal(2, list.Count);
        Assert.Equal(TokenList.TermBytesMax, list.TermAt(0).Length);
        Assert.Equal(new string('я', TokenList.TermBytesMax / 2), Encoding.UTF8.GetString(list.TermAt(1)));
    }

    [Fact]
    public void What_is_appended_stands_apart_from_what_was_there()
    {
        var list = new TokenList();

        Tokenizer.Tokenize("new", list);
        Tokenizer.Append("york", list);

        Assert.Equal([0, 2], list.Terms.ToArray().Select(term => term.Position));
    }

    [Fact]
    public void Every_term_knows_where_it_stood()
    {
        const string text = "Ann’s @bob #Tag https://x.example/y 東京 👍🏽!";
        var list = new TokenList();

        Tokenizer.Tokenize(text, list);

        Assert.Equal(
            ["Ann’s", "@bob", "#Tag", "x", "example", "y", "東京", "👍🏽"],
            list.Tokens.ToArray().Where(token => !token.IsExtra).Select(token => text[token.Start..token.End]));
    }

    internal static string Terms(string text)
    {
        var list = new TokenList();
        Tokenizer.Tokenize(text, list);
        return string.Join(' ', Enumerable.Range(0, list.Count).Select(i =>
        {
            var term = $"{list.Terms[i].Position}:{Encoding.UTF8.GetString(list.TermAt(i))}";
            return list.Tokens[i].IsExtra ? $"({term})" : term;
        }));
    }
}
