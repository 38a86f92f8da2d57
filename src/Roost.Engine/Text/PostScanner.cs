using System.Buffers;
using System.Globalization;
using System.Text;

namespace Roost.Engine.Text;

/// <summary>
/// Cuts a post's plain text into stretches of text, line ends, links, mentions and hashtags. Every character belongs
/// to exactly
/// one token, tokens come in order, and the whole takes time linear in the text whatever it holds: a link, name or
/// tag, once
/// looked at, is never looked at again from one of its later characters.
/// </summary>
/// <remarks>
/// Links, mentions and hashtags begin only where no letter, digit or <c>_</c> comes right before, so that mail
/// addresses and
/// words with <c>#</c> inside stay text. A link ends at white space, a quote or an angle bracket; punctuation at its
/// end, and a
/// closing bracket without an opening one, belong to the sentence.
/// </remarks>
public ref struct PostScanner(ReadOnlySpan<char> text)
{
    /// <summary>Longest username of an account.</summary>
    public const int UsernameLengthMax = 30;

    private static readonly SearchValues<char> _starts = SearchValues.Create("@#hH\r\n");
    private static readonly SearchValues<char> _nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    private static readonly SearchValues<char> _domainCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.:");

    private readonly ReadOnlySpan<char> _text = text;
    private PostToken _pending;
    private int _at;

    public PostToken Current { get; private set; }

    public readonly PostScanner GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_pending.Length > 0)
        {
            Current = _pending;
            _pending = default;
            return true;
        }
        var start = _at;
        while (_at < _text.Length)
        {
            var skip = _text[_at..].IndexOfAny(_starts);
            if (skip < 0) break;
            _at += skip;
            if (!TryToken(_at, out var token))
            {
                _at++;
                continue;
            }
            _at = token.End;
            if (token.Start == start)
            {
                Current = token;
                return true;
            }
            _pending = token;
            Current = new PostToken(PostTokenKind.Text, start, token.Start - start);
            return true;
        }
        _at = _text.Length;
        Current = new PostToken(PostTokenKind.Text, start, _text.Length - start);
        return Current.Length > 0;
    }

    /// <summary>The name in a mention, without what follows its second <c>@</c>.</summary>
    public static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> mention)
    {
        var second = mention[1..].IndexOf('@');
        return second < 0 ? mention[1..] : mention.Slice(1, second);
    }

    /// <summary>The domain in a mention, or empty.</summary>
    public static ReadOnlySpan<char> DomainOf(ReadOnlySpan<char> mention)
    {
        var second = mention[1..].IndexOf('@');
        return second < 0 ? [] : mention[(second + 2)..];
    }

    private readonly bool TryToken(int at, out PostToken token)
    {
        var length = _text[at] switch
        {
            '\r' or '\n' => LineEnds(at, out _),
            '@' when IsStart(at) => MentionLength(at),
            '#' when IsStart(at) => HashtagLength(at),
            'h' or 'H' when IsStart(at) => LinkLength(at),
            _ => 0,
        };
        var kind = _text[at] switch
        {
            '@' => PostTokenKind.Mention,
            '#' => PostTokenKind.Hashtag,
            '\r' or '\n' =>
                LineEnds(at, out var lines) > 0 && lines > 1 ? PostTokenKind.ParagraphBreak : PostTokenKind.LineBreak,
            _ => PostTokenKind.Link,
        };
        token = new PostToken(kind, at, length);
        return length > 0;
    }

    private readonly bool IsStart(int at)
    {
        if (at == 0) return true;
        var before = _text[at - 1];
        return before is not ('_' or '/' or '@' or '#' or '&')
            && !char.IsLetterOrDigit(before) && !char.IsLowSurrogate(before);
    }

    /// <summary>How many characters the line ends from here on take; blanks between them count along.</summary>
    private readonly int LineEnds(int at, out int lines)
    {
        lines = 0;
        var end = at;
        for (var i = at; i < _text.Length && _text[i] is '\r' or '\n' or ' ' or '\t'; i++)
        {
            if (_text[i] is ' ' or '\t') continue;
            if (_text[i] == '\r' && i + 1 < _text.Length && _text[i + 1] == '\n') i++;
            lines++;
            end = i + 1;
        }
        return end - at;
    }

    private readonly int MentionLength(int at)
    {
        var name = LengthOf(_text[(at + 1)..], _nameCharacters);
        if (name is 0 or > UsernameLengthMax) return 0;
        var end = at + 1 + name;
        if (end < _text.Length && char.IsLetterOrDigit(_text[end])) return 0;
        if (end + 1 >= _text.Length || _text[end] != '@') return end - at;

        var domain = _text.Slice(end + 1, LengthOf(_text[(end + 1)..], _domainCharacters)).TrimEnd("-.:");
        return domain.Length == 0 ? end - at : end + 1 + domain.Length - at;
    }

    private readonly int HashtagLength(int at)
    {
        var end = at + 1;
        var hasLetter = false;
        while (end < _text.Length)
        {
            if (Rune.DecodeFromUtf16(_text[end..], out var rune, out var used) != OperationStatus.Done) break;
            var isLetter = Rune.IsLetter(rune);
            if (!isLetter && !Rune.IsDigit(rune) && rune.Value != '_' && !(end > at + 1 && IsMark(rune))) break;
            hasLetter |= isLetter;
            end += used;
        }
        return hasLetter ? end - at : 0;
    }

    // Thai, Hindi and others write vowels as marks on the letter before.
    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private readonly int LinkLength(int at)
    {
        var rest = _text[at..];
        // Nearly every h begins something else.
        if (rest.Length < 8 || (rest[1] | 0x20) != 't')
            return 0;
        var scheme = SchemeLength(rest);
        if (scheme == 0 || scheme == rest.Length || !(char.IsLetterOrDigit(rest[scheme]) || rest[scheme] == '['))
            return 0;

        int opened = 0, length = scheme;
        // The link's length up to which it may be kept: after the last character that is not the sentence's
        // punctuation.
        var kept = scheme;
        for (; length < rest.Length && !EndsLink(rest[length]); length++)
        {
            var c = rest[length];
            if (c == '(') opened++;
            if (c == ')' && opened-- <= 0) break;
            if (c is not ('.' or ',' or ';' or ':' or '!' or '?' or '\'' or '*' or '(')) kept = length + 1;
        }
        return kept;
    }

    /// <summary>The length of "http://" or "https://" at the start of a text, or 0.</summary>
    public static int SchemeLength(ReadOnlySpan<char> text) =>
        text.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? 8
        : text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? 7 : 0;

    private static bool EndsLink(char c) =>
        char.IsWhiteSpace(c) || char.IsControl(c)
            || c is '<' or '>' or '"' or '`' or '\u201C' or '\u201D' or '\u3002' or '\u3001';

    private static int LengthOf(ReadOnlySpan<char> text, SearchValues<char> characters)
    {
        var end = text.IndexOfAnyExcept(characters);
        return end < 0 ? text.Length : end;
    }
}
