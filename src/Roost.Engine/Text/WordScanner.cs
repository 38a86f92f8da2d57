using System.Text;

namespace Roost.Engine.Text;

/// <summary>
/// The word rules of <see cref="Tokenizer"/>, on stretches of one text that hold neither links nor mentions nor
/// hashtags. Every step goes forward, so a stretch costs its length.
/// </summary>
internal ref partial struct WordScanner(ReadOnlySpan<char> text, TokenList to)
{
    /// <summary>What ASCII's letters, digits and <c>_</c> fold into; 0 for what parts or joins words.</summary>
    private static readonly byte[] _ascii = BuildAscii();

    private readonly ReadOnlySpan<char> _text = text;
    private int _end;

    public TokenList To { get; } = to;

    /// <summary>Set for terms that are indexed and not asked for.</summary>
    public bool IsExtra { get; set; }

    /// <summary>Set where words are those of a link.</summary>
    public bool LinkWords { get; set; }

    /// <summary>Adds the terms between two places of the text, until a position is reached.</summary>
    public void Scan(int start, int end, int positionsEnd)
    {
        _end = end;
        if (TryScanAscii(start, positionsEnd))
            return;
        var at = start;
        while (at < end && To.Positions < positionsEnd)
        {
            var kind = ClassAt(at, out var length);
            at = kind switch
            {
                CharClass.Letter or CharClass.Digit or CharClass.Connector => Word(at),
                CharClass.Ideograph => Run(at, CharClass.Ideograph),
                CharClass.Cluster => Run(at, CharClass.Cluster),
                CharClass.Emoji => Emoji(at),
                CharClass.Dollar => Cashtag(at, start),
                _ => at + length,
            };
        }
    }

    /// <summary>Adds a stretch as one term, its first character included, and takes a position for it.</summary>
    public void AddWhole(int start, int end, TokenKind kind)
    {
        var (offset, stretchEnd) = (To.Used, _end);
        _end = end;
        for (var at = start; at < end;)
            at += Write(at, offset);
        _end = stretchEnd;
        Add(offset, To.Used, kind, IsExtra, start, end);
        To.Positions++;
    }

    private readonly CharClass ClassAt(int at, out int length) => CharClasses.At(_text[.._end], at, out length);

    private readonly CharClass ClassAt(int at) => at < _end ? ClassAt(at, out _) : CharClass.Other;

    private int Word(int start)
    {
        var offset = To.Used;
        var apart = new Apostrophes();
        var before = CharClass.Other;
        var isNumber = true;
        var at = start;
        while (true)
        {
            at = Ascii(at, offset, ref before, ref isNumber);
            if (at == _end)
                break;
            var found = ClassAt(at, out var length);
            switch (found)
            {
                case CharClass.Letter or CharClass.Digit or CharClass.Connector:
                    isNumber &= found == CharClass.Digit;
                    before = found;
                    Write(at, offset);
                    break;
                case CharClass.Extend:
                    Write(at, offset);
                    break;
                case CharClass.Apostrophe when before == CharClass.Letter && ClassAt(at + 1) == CharClass.Letter:
                    apart.Note(To.Used - offset);
                    break;
                case CharClass.MidLetter when before == CharClass.Letter && ClassAt(at + 1) == CharClass.Letter:
                    break;
                case CharClass.MidNumber when before == CharClass.Digit && ClassAt(at + 1) == CharClass.Digit:
                    Write(at, offset);
                    break;
                default:
                    AddWord(offset, apart, isNumber, start, at);
                    return at;
            }
            at += length;
        }
        AddWord(offset, apart, isNumber, start, at);
        return at;
    }

    /// <summary>
    /// Writes the letters, digits and <c>_</c> of ASCII that come next, which most words are made of; returns where
    /// they end. <b>Hot path.</b>
    /// </summary>
    private readonly int Ascii(int at, int offset, ref CharClass before, ref bool isNumber)
    {
        var rest = _text[at.._end];
        var left = Math.Max(0, TokenList.TermBytesMax + 1 - (To.Used - offset));
        var room = To.Room(left + TokenList.CharacterBytesMax);
        var ascii = _ascii.AsSpan();
        var length = 0;
        var areDigits = true;
        for (; length < rest.Length; length++)
        {
            var unit = rest[length];
            if (unit >= ascii.Length)
                break;
            var folded = ascii[unit];
            if (folded == 0)
                break;
            if (length < left)
                room[length] = folded;
            areDigits &= folded <= (byte)'9';
        }
        if (length == 0)
            return at;
        To.Advance(Math.Min(length, left));
        isNumber &= areDigits;
        before = CharClasses.Of(rest[length - 1]);
        return at + length;
    }

    private static byte[] BuildAscii()
    {
        var folded = new byte[128];
        Span<byte> one = stackalloc byte[TokenList.CharacterBytesMax];
        for (var unit = 0; unit < folded.Length; unit++)
        {
            if (CharClasses.Of((char)unit) is CharClass.Letter or CharClass.Digit or CharClass.Connector
                && Folding.Write((char)unit, one) == 1)
                folded[unit] = one[0];
        }
        return folded;
    }

    private void AddWord(int offset, in Apostrophes apart, bool isNumber, int start, int end)
    {
        var term = To.Bytes[offset..];
        if (term.IndexOfAnyExcept((byte)'_') < 0)
            return;
        var kind = LinkWords ? TokenKind.LinkWord : isNumber ? TokenKind.Number : TokenKind.Word;
        Add(offset, To.Used, kind, IsExtra, start, end);
        if (apart.First > 0)
        {
            AddPart(offset, offset + apart.First, kind, start, end);
            AddPart(offset + apart.Last, To.Used, kind, start, end);
        }
        To.Positions++;
    }

    /// <summary>A part of <c>l'amour</c> or <c>john's</c> that is worth finding alone.</summary>
    private readonly void AddPart(int offset, int end, TokenKind kind, int start, int textEnd)
    {
        var part = To.Bytes[offset..end];
        var isEnding = part.SequenceEqual("ll"u8) || part.SequenceEqual("re"u8) || part.SequenceEqual("ve"u8);
        if (part.Length >= 2 && !isEnding)
            Add(offset, end, kind, true, start, textEnd);
    }

    /// <summary>The pictures that make one: <c>👩‍🚀</c>; a flag's two letters. Colours and variants are left
    /// out.</summary>
    private int Emoji(int start)
    {
        var offset = To.Used;
        var first = RuneAt(start, out var at);
        if (IsVariant(first))
            return at;
        AppendRune(first);
        var firstEnd = To.Used;
        if (IsFlagLetter(first) && ClassAt(at) == CharClass.Emoji && IsFlagLetter(RuneAt(at, out var flagEnd)))
        {
            AppendRune(RuneAt(at, out _));
            Add(offset, To.Used, TokenKind.Emoji, IsExtra, start, flagEnd);
            To.Positions++;
            return flagEnd;
        }
        while (at < _end)
        {
            var next = RuneAt(at, out var nextEnd);
            if (IsVariant(next))
                at = nextEnd;
            else if (next.Value == '\u200D' && ClassAt(nextEnd) == CharClass.Emoji)
            {
                if (To.Used - offset < TokenList.TermBytesMax)
                {
                    AppendRune(next);
                    AppendRune(RuneAt(nextEnd, out at));
                }
                else
                    RuneAt(nextEnd, out at);
            }
            else
                break;
        }
        Add(offset, To.Used, TokenKind.Emoji, IsExtra, start, at);
        if (To.Used > firstEnd)
            Add(offset, firstEnd, TokenKind.Emoji, true, start, at);
        To.Positions++;
        return at;
    }

    /// <summary><c>$</c> and one to six letters, perhaps a class of shares: <c>$BRK.B</c>.</summary>
    private int Cashtag(int start, int stretchStart)
    {
        var at = start + 1;
        while (at < _end && at - start <= 6 && char.IsAsciiLetter(_text[at]))
            at++;
        var isAlone = start == stretchStart
            || CharClasses.Of(_text[start - 1]) is not (CharClass.Letter or CharClass.Digit);
        if (at == start + 1 || !isAlone || ClassAt(at) is CharClass.Letter or CharClass.Digit or CharClass.Connector)
            return start + 1;
        var name = at;
        if (at + 1 < _end && _text[at] is '.' or '_' && char.IsAsciiLetter(_text[at + 1])
            && ClassAt(at + 2) is not (CharClass.Letter or CharClass.Digit))
            at += 2;
        var position = To.Positions;
        AddWhole(start, at, TokenKind.Cashtag);
        var offset = To.Terms[^1].Start;
        Add(offset + 1, offset + name - start, TokenKind.Word, true, start, at, position);
        return at;
    }

    private readonly void Add(int offset, int end, TokenKind kind, bool isExtra, int start, int textEnd) =>
        Add(offset, end, kind, isExtra, start, textEnd, To.Positions);

    private readonly void Add(
        int offset, int end, TokenKind kind, bool isExtra, int start, int textEnd, int position) =>
        To.Add(offset, end, kind, isExtra, position, start, textEnd);

    /// <summary>Writes one character folded, unless its term is long enough; returns the units that it took.</summary>
    private readonly int Write(int at, int offset)
    {
        var unit = _text[at];
        var isRoom = To.Used - offset <= TokenList.TermBytesMax;
        if (!char.IsSurrogate(unit))
        {
            if (isRoom)
                To.Advance(Folding.Write(unit, To.Room()));
            return 1;
        }
        var rune = RuneAt(at, out var next);
        if (isRoom)
            To.Advance(Folding.WriteAstral(rune, To.Room()));
        return next - at;
    }

    private readonly Rune RuneAt(int at, out int next)
    {
        Rune.DecodeFromUtf16(_text[at.._end], out var rune, out var units);
        next = at + units;
        return rune;
    }

    private readonly void AppendRune(Rune rune) => To.Advance(rune.EncodeToUtf8(To.Room()));

    private static bool IsFlagLetter(Rune rune) => rune.Value is >= 0x1F1E6 and <= 0x1F1FF;

    private static bool IsVariant(Rune rune) => rune.Value is (>= 0xFE00 and <= 0xFE0F) or (>= 0x1F3FB and <= 0x1F3FF);

    /// <summary>Where in a word its first and last apostrophe were, in bytes written; 0 for none.</summary>
    private struct Apostrophes
    {
        public int First { get; private set; }

        public int Last { get; private set; }

        public void Note(int bytes)
        {
            First = First == 0 ? bytes : First;
            Last = bytes;
        }
    }
}
