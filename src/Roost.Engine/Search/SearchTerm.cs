using System.Text;

namespace Roost.Engine.Search;

/// <summary>
/// A term of a query: the bytes that the tokenizer makes of a word, hashtag, mention or cashtag. Compared by bytes.
/// </summary>
public readonly struct SearchTerm : IEquatable<SearchTerm>
{
    /// <summary>Longest term that the index keeps, in bytes; the tokenizer cuts what is longer.</summary>
    public const int LengthMax = 255;

    private readonly byte[]? _bytes;

    /// <summary>Copies <paramref name="bytes"/>.</summary>
    public SearchTerm(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    /// <summary>The term's UTF-8 form; nothing is folded.</summary>
    public SearchTerm(string text) => _bytes = Encoding.UTF8.GetBytes(text);

    public ReadOnlySpan<byte> Bytes => _bytes;

    public bool Equals(SearchTerm other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is SearchTerm other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    public override string ToString() => Encoding.UTF8.GetString(Bytes);

    public static bool operator ==(SearchTerm left, SearchTerm right) => left.Equals(right);
    public static bool operator !=(SearchTerm left, SearchTerm right) => !left.Equals(right);
}
