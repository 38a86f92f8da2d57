namespace Roost.Engine.Text;

/// <summary>
/// Cuts a post's text, or a query's, into terms: folded UTF-8 with positions. Hashtags, mentions and links are those
/// that <see cref="PostScanner"/> finds, so what is shown as one is found as one; between them the word rules of UAX
/// #29 hold, as far as posts need them.
/// <code>
///  Don't miss #Zürich at https://www.example.com/a-b  $TSLA 👍🏽   東京都
///  0          1        2  3                           6     7     8
///  dont miss  #zurich  at example com a b             $tsla 👍    東京 京都 (都)
///  (don)      (zurich)                                (tsla)              extras in brackets
/// </code>
/// </summary>
/// <remarks>
/// <para>Words of scripts without spaces are found by pairs of neighbouring signs (Thai: of clusters of a consonant and
/// what belongs to it), asked for as a phrase: a query word is found wherever it stands, at the price of finding it
/// inside of another one now and then. Each sign begins exactly one term, so that a single sign is a prefix.</para>
/// <para>Unlike UAX #29, a full stop between letters parts words: <c>example.com</c> is a phrase of two, found in links
/// and bare.</para>
/// <para>Linear in the text's length whatever it holds; allocates nothing but what the list grows. Half of a surrogate
/// pair is punctuation.</para>
/// </remarks>
public static class Tokenizer
{
    /// <summary>More words of one link than this are left out.</summary>
    private const int LinkPositionsMax = 32;

    /// <summary>Replaces the list's content by the text's terms.</summary>
    public static void Tokenize(ReadOnlySpan<char> text, TokenList to)
    {
        to.Clear();
        Append(text, to);
    }

    /// <summary>Adds terms, a position apart from what is there: a content warning, then the text.</summary>
    public static void Append(ReadOnlySpan<char> text, TokenList to)
    {
        if (to.Positions > 0)
            to.Positions++;
        var words = new WordScanner(text, to);
        foreach (var token in new PostScanner(text))
        {
            switch (token.Kind)
            {
                case PostTokenKind.Text: words.Scan(token.Start, token.End, int.MaxValue); break;
                case PostTokenKind.Hashtag: AddHashtag(ref words, token); break;
                case PostTokenKind.Mention: AddMention(ref words, text, token); break;
                case PostTokenKind.Link: AddLink(ref words, text, token); break;
            }
        }
    }

    private static void AddHashtag(ref WordScanner words, PostToken token)
    {
        var position = words.To.Positions;
        words.AddWhole(token.Start, token.End, TokenKind.Hashtag);
        // Its words are found from where the tag stands.
        words.IsExtra = true;
        words.To.Positions = position;
        words.Scan(token.Start + 1, token.End, int.MaxValue);
        words.IsExtra = false;
        words.To.Positions = Math.Max(position + 1, words.To.Positions);
    }

    private static void AddMention(ref WordScanner words, ReadOnlySpan<char> text, PostToken token)
    {
        var mention = text.Slice(token.Start, token.Length);
        var nameEnd = token.Start + 1 + PostScanner.NameOf(mention).Length;
        var position = words.To.Positions;
        words.AddWhole(token.Start, token.End, TokenKind.Mention);
        if (nameEnd == token.End)
            return;
        // Whoever asks for @name wants @name@domain too, not the other way round.
        words.IsExtra = true;
        words.To.Positions = position;
        words.AddWhole(token.Start, nameEnd, TokenKind.Mention);
        words.IsExtra = false;
    }

    private static void AddLink(ref WordScanner words, ReadOnlySpan<char> text, PostToken token)
    {
        var link = text.Slice(token.Start, token.Length);
        var at = PostScanner.SchemeLength(link);
        if (link[at..].StartsWith("www.", StringComparison.OrdinalIgnoreCase))
            at += 4;
        var end = link.IndexOfAny('?', '#');
        link = end < 0 ? link : link[..end];
        var positionsEnd = words.To.Positions + LinkPositionsMax;
        words.LinkWords = true;
        while (at < link.Length)
        {
            var encoded = link[at..].IndexOf('%');
            var stop = encoded < 0 ? link.Length : at + encoded;
            words.Scan(token.Start + at, token.Start + stop, positionsEnd);
            // %C3 is a byte of some text, and no word.
            at = stop + 3;
        }
        words.LinkWords = false;
    }
}
