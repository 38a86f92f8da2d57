namespace Roost.Engine.Text;

public enum TokenKind : byte
{
    /// <summary>A word of a script with spaces.</summary>
    Word,
    /// <summary>Digits, with <c>.</c> and <c>,</c> between them.</summary>
    Number,
    /// <summary><c>#word</c>; the term begins with <c>#</c>.</summary>
    Hashtag,
    /// <summary><c>@name</c> or <c>@name@domain</c>; the term begins with <c>@</c>.</summary>
    Mention,
    /// <summary><c>$AAPL</c>; the term begins with <c>$</c>.</summary>
    Cashtag,
    /// <summary>A word of a link's host or path.</summary>
    LinkWord,
    /// <summary>One picture, without its colour.</summary>
    Emoji,
    /// <summary>Two neighbouring signs, or clusters of them, of a script without spaces.</summary>
    Pair,
    /// <summary>The last sign before such a script ends. Every sign begins one term: a query for a single sign is a
    /// query for a prefix.</summary>
    PairEnd,
}

/// <summary>What a term of a text is; the term itself stands beside it in <see cref="TokenList.Terms"/>.</summary>
/// <param name="IsExtra">
/// Another way to find what a term at the same position says: indexed, but no part of a query. <c>#roost</c> is found
/// by <c>roost</c> too; who asks for <c>#roost</c> does not want every <c>roost</c>.
/// </param>
/// <param name="Start">Where in the text it begins, in UTF-16 units.</param>
/// <param name="End">Where in the text it ends.</param>
public readonly record struct Token(TokenKind Kind, bool IsExtra, int Start, int End);
