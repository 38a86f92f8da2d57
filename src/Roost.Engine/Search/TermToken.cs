namespace Roost.Engine.Search;

/// <summary>
/// One term of a post, as the tokenizer hands it to the index: which bytes of the tokenizer's buffer, and where in the
/// text.
/// </summary>
/// <param name="Start">First byte in the buffer.</param>
/// <param name="Length">In bytes, 1 to <see cref="SearchTerm.LengthMax"/>.</param>
/// <param name="Position">
/// 0 for the text's first word, 1 for the second; never below that of the token before. Several terms may share one: a
/// hashtag and the words in it.
/// </param>
public readonly record struct TermToken(int Start, int Length, int Position);
