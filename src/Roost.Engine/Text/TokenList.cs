using System.Text;

namespace Roost.Engine.Text;

/// <summary>
/// The terms of one text, in order of position. Reused from text to text: it grows to the largest one and allocates
/// nothing afterwards. Terms are slices of one buffer and may overlap. One thread at a time.
/// </summary>
public sealed class TokenList
{
    /// <summary>Longer terms are cut, in texts and queries alike, at the last whole character.</summary>
    public const int TermBytesMax = 100;

    /// <summary>Room that folding one character may take.</summary>
    internal const int CharacterBytesMax = 16;

    private byte[] _bytes = new byte[1_024];
    private Token[] _tokens = new Token[128];

    public int Count { get; private set; }

    public ReadOnlySpan<Token> Tokens => _tokens.AsSpan(0, Count);

    /// <summary>The buffer that <see cref="Token.Offset"/> counts in; valid until the next text.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Used);

    /// <summary>How far the text's positions reach.</summary>
    public int Positions { get; internal set; }

    internal int Used { get; private set; }

    public ReadOnlySpan<byte> TermOf(in Token token) => _bytes.AsSpan(token.Offset, token.Length);

    /// <summary>A term as text, for people.</summary>
    public string TextOf(in Token token) => Encoding.UTF8.GetString(TermOf(token));

    public void Clear() => Count = Positions = Used = 0;

    /// <summary>Where the next character is written; tell with <see cref="Advance"/> how much of it was.</summary>
    internal Span<byte> Room()
    {
        if (_bytes.Length - Used < CharacterBytesMax)
            Array.Resize(ref _bytes, _bytes.Length * 2);
        return _bytes.AsSpan(Used);
    }

    internal void Advance(int bytes) => Used += bytes;

    internal void Append(byte single)
    {
        Room()[0] = single;
        Used++;
    }

    /// <summary>Adds what was written from <paramref name="offset"/> to <paramref name="end"/>; nothing when that is
    /// nothing.</summary>
    internal void Add(int offset, int end, TokenKind kind, bool isExtra, int position, int textStart, int textEnd)
    {
        var length = CutLength(offset, end);
        if (length == 0)
            return;
        if (Count == _tokens.Length)
            Array.Resize(ref _tokens, Count * 2);
        _tokens[Count++] = new Token(offset, length, kind, isExtra, position, textStart, textEnd);
    }

    private int CutLength(int offset, int end)
    {
        var length = end - offset;
        if (length <= TermBytesMax)
            return length;
        length = TermBytesMax;
        while (length > 0 && (_bytes[offset + length] & 0xC0) == 0x80)
            length--;
        return length;
    }
}
