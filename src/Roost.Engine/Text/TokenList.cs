using System.Buffers.Binary;
using Roost.Engine.Search;

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
    private TermToken[] _terms = new TermToken[128];
    private Token[] _tokens = new Token[128];

    public int Count { get; private set; }

    /// <summary>For the index: slices of <see cref="Bytes"/>, with positions that never fall.</summary>
    public ReadOnlySpan<TermToken> Terms => _terms.AsSpan(0, Count);

    /// <summary>What each of <see cref="Terms"/> is, in the same order.</summary>
    public ReadOnlySpan<Token> Tokens => _tokens.AsSpan(0, Count);

    /// <summary>The buffer that terms are slices of; valid until the next text.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Used);

    /// <summary>How far the text's positions reach.</summary>
    public int Positions { get; internal set; }

    internal int Used { get; private set; }

    /// <summary>The bytes of the term at <paramref name="index"/>.</summary>
    public ReadOnlySpan<byte> TermAt(int index) => _bytes.AsSpan(_terms[index].Start, _terms[index].Length);

    public void Clear() => Count = Positions = Used = 0;

    /// <summary>
    /// Adds a term that no text has, under a key that begins with a byte below blank: what a post is about, rather than
    /// what it says.
    /// </summary>
    public void AddKey(ReadOnlySpan<byte> key)
    {
        var offset = Used;
        while (_bytes.Length - Used < key.Length)
            Array.Resize(ref _bytes, _bytes.Length * 2);
        key.CopyTo(_bytes.AsSpan(Used));
        Advance(key.Length);
        Add(offset, Used, TokenKind.Word, true, Positions, 0, 0);
        Positions++;
    }

    /// <summary>Where the next character is written; tell with <see cref="Advance"/> how much of it was.</summary>
    internal Span<byte> Room() => Room(CharacterBytesMax);

    /// <summary>The same for several.</summary>
    internal Span<byte> Room(int bytes)
    {
        while (_bytes.Length - Used < bytes)
            Array.Resize(ref _bytes, _bytes.Length * 2);
        return _bytes.AsSpan(Used);
    }

    /// <summary>
    /// Up to eight bytes of the term at <paramref name="index"/> as one number, the first lowest, zeros above.
    /// </summary>
    /// <param name="from">Which bytes: from this one on.</param>
    internal ulong Eight(int index, int from)
    {
        var start = _terms[index].Start + from;
        var length = _terms[index].Length - from;
        if (_bytes.Length - start < sizeof(ulong))
        {
            Span<byte> padded = stackalloc byte[sizeof(ulong)];
            padded.Clear();
            _bytes.AsSpan(start, Math.Min(length, sizeof(ulong))).CopyTo(padded);
            return BinaryPrimitives.ReadUInt64LittleEndian(padded);
        }
        var eight = BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(start));
        return length >= sizeof(ulong) ? eight : eight & ((1UL << (8 * length)) - 1);
    }

    internal void Advance(int bytes) => Used += bytes;

    /// <summary>Adds what was written from <paramref name="offset"/> to <paramref name="end"/>; nothing when that is
    /// nothing.</summary>
    internal void Add(int offset, int end, TokenKind kind, bool isExtra, int position, int textStart, int textEnd)
    {
        var length = CutLength(offset, end);
        if (length == 0)
            return;
        if (Count == _tokens.Length)
        {
            Array.Resize(ref _tokens, Count * 2);
            Array.Resize(ref _terms, Count * 2);
        }
        _terms[Count] = new TermToken(offset, length, position);
        _tokens[Count++] = new Token(kind, isExtra, textStart, textEnd);
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
