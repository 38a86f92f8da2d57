using Roost.Engine.Ids;
using Roost.Engine.Search;

namespace Roost.Bench.Search;

/// <summary>One post as both sides are given it: bytes, tokens, columns.</summary>
internal sealed class SearchInput
{
    public const long Start = 1_700_000_000_000;

    private const int Authors = 100_000;

    private byte[] _bytes = new byte[4_096];
    private TermToken[] _tokens = new TermToken[512];
    private int _length;
    private int _count;

    public LanguageCode Language { get; set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, _length);

    public ReadOnlySpan<TermToken> Tokens => _tokens.AsSpan(0, _count);

    public void Clear()
    {
        _length = 0;
        _count = 0;
    }

    public void Add(ReadOnlySpan<byte> term)
    {
        if (_bytes.Length < _length + term.Length)
            Array.Resize(ref _bytes, 2 * _bytes.Length);
        if (_count == _tokens.Length)
            Array.Resize(ref _tokens, 2 * _count);
        term.CopyTo(_bytes.AsSpan(_length));
        _tokens[_count] = new TermToken(_length, term.Length, _count);
        _length += term.Length;
        _count++;
    }

    public ReadOnlySpan<byte> Term(int index) => _bytes.AsSpan(_tokens[index].Start, _tokens[index].Length);

    /// <summary>One in five has media, half have a link; seven a second.</summary>
    public SearchPost Post(uint number) => new(
        number, AuthorOf(number), Start + (number * 140L), Language,
        (number % 5 == 0 ? PostFlags.HasMedia : 0) | (number % 2 == 0 ? PostFlags.HasLink : 0) | PostFlags.IsPublic);

    /// <summary>Few post much: the density falls with the number.</summary>
    private static AccountId AuthorOf(uint number)
    {
        var place = (number * 2_654_435_769 >> 8) / (double)(1 << 24);
        return new AccountId(1 + (int)(Authors * place * place * place));
    }
}
