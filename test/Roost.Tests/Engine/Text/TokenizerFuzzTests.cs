using System.Text;
using CsCheck;
using Roost.Engine.Search;
using Roost.Engine.Text;
using Xunit;

namespace Roost.Tests.Engine.Text;

public sealed class TokenizerFuzzTests
{
    private const int Megabyte = 1_000_000;

    /// <summary>Pieces that mean something, whole and in parts, so that random texts hit every rule.</summary>
    private static readonly string[] _pieces =
    [
        "#", "@", "$", "_", "'", "’", ".", ",", "/", ":", "%", "?", "http://", "https://www.", "ann", "É", "ß", "3", "٣", " ",
        "\n", "東", "京", "か", "\u3099", "ｶ", "ﾞ", "한", "\u1112", "\u1161", "\u11AB", "เ", "ก", "า", "\u0E31", "្", "👍", "🏽",
        "\u200D", "\uFE0F", "🇨", "\u0301", "𝐀", "\uD83D", "\uDE00", "\uFFFF", "\0", "·", "क", "\u093F", "ﷺ", "ﬁ", "a@b.c", "(", ")",
    ];

    private static readonly Gen<string> _texts =
        Gen.Int[0, _pieces.Length - 1].Array[0, 60].Select(places => string.Concat(places.Select(i => _pieces[i])));

    private static readonly Gen<string> _anything =
        Gen.UShort.Array[0, 80].Select(units => new string(Array.ConvertAll(units, unit => (char)unit)));

    [Fact]
    public void Any_text_becomes_whole_terms_in_order() =>
        Gen.OneOf(_texts, _anything).Sample(AssertSound, iter: 20_000);

    [Fact]
    public void A_term_is_its_own_folding() => _texts.Sample(text =>
    {
        var list = Tokenized(text);

        for (var i = 0; i < list.Count; i++)
        {
            var term = Encoding.UTF8.GetString(list.TermAt(i));
            // What joins pictures is dropped from words.
            if (list.Tokens[i].Kind == TokenKind.Emoji)
                continue;
            Assert.True(Folding.Fold(term) == term, $"'{term}' folds into '{Folding.Fold(term)}', in {Escaped(text)}.");
        }
    }, iter: 10_000);

    /// <summary>The naive model: for words of plain letters, digits and blanks.</summary>
    [Fact]
    public void Plain_words_are_what_stands_between_the_blanks() => Gen.Char["abcABCxyz019 \n"].Array[0, 60].Sample(characters =>
    {
        var text = new string(characters);

        var list = Tokenized(text);

        Assert.Equal(
            text.ToLowerInvariant().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
            Enumerable.Range(0, list.Count).Select(i => Encoding.UTF8.GetString(list.TermAt(i))));
    }, iter: 5_000);

    /// <summary>Stretches of ASCII go a way of their own; one sign beyond it at the end, and they go the general
    /// way.</summary>
    [Fact]
    public void Ascii_alone_says_what_it_says_beside_other_signs() => Gen.OneOf(
        Gen.Char["abzAZ059__''..,,$$ -@#/:h\0"].Array[0, 200],
        Gen.Char["ab1' "].Array[0, 200],
        Gen.Char["aZ"].Array[90, 300]).Sample(characters =>
    {
        // The last stretch, behind links and names, is the one that differs.
        var text = new string(characters) + " ";

        var (alone, beside) = (Tokenized(text), Tokenized(text + "\u2026"));

        Assert.True(Told(alone).SequenceEqual(Told(beside)), $"In {Escaped(text)}: {string.Join(' ', Told(alone))}");
        Assert.Equal(beside.Positions, alone.Positions);
    }, iter: 30_000);

    [Fact]
    public void A_text_of_a_million_equal_pieces_costs_a_bounded_number_of_steps_each()
    {
        foreach (var piece in _pieces.Append("h").Append("#1").Append("@-.").Append("a'").Append("http://a.("))
        {
            var text = new StringBuilder().Insert(0, piece, Megabyte / piece.Length).ToString();

            var list = Tokenized(text);

            // The bytes written bound the work: every step writes or goes on.
            Assert.True(list.Bytes.Length <= 12 * Megabyte, $"{Escaped(piece)}: {list.Bytes.Length:N0} bytes.");
            Assert.True(list.Count <= 3 * Megabyte, $"{Escaped(piece)}: {list.Count:N0} terms.");
        }
    }

    [Fact]
    public void Tokenizing_allocates_nothing_once_the_list_has_grown()
    {
        var text = string.Concat(_pieces) + " don't #東京 @a@b.example $TSLA https://x.example/y/z 👩🏽‍🚀 สวัสดี";
        var list = new TokenList();
        for (var i = 0; i < 100; i++)
            TokenizeAndDetect(text, list);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            TokenizeAndDetect(text, list);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void TokenizeAndDetect(string text, TokenList list)
    {
        Tokenizer.Tokenize(text, list);
        LanguageDetector.Detect(text, list);
    }

    private static void AssertSound(string text)
    {
        var list = Tokenized(text);
        LanguageDetector.Detect(text, list);

        var position = 0;
        for (var i = 0; i < list.Count; i++)
        {
            var (term, token) = (list.Terms[i], list.Tokens[i]);
            Assert.InRange(term.Length, 1, Math.Min(TokenList.TermBytesMax, SearchTerm.LengthMax));
            Assert.InRange(term.Position, position, list.Positions - 1);
            Assert.InRange(token.Start, 0, token.End - 1);
            Assert.InRange(token.End, 1, text.Length);
            // Throws on what is no UTF-8.
            new UTF8Encoding(false, true).GetString(list.TermAt(i));
            position = term.Position;
        }
    }

    private static List<string> Told(TokenList list) =>
    [
        .. Enumerable.Range(0, list.Count).Select(
            i => $"{Encoding.UTF8.GetString(list.TermAt(i))}|{list.Terms[i].Position}|{list.Tokens[i]}"),
    ];

    private static TokenList Tokenized(string text)
    {
        var list = new TokenList();
        Tokenizer.Tokenize(text, list);
        return list;
    }

    private static string Escaped(string text) => string.Concat(text.Select(c => c < 0x7F ? $"{c}" : $"\\u{(int)c:X4}"));
}
