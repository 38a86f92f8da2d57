namespace Roost.Engine.Search.Segments;

/// <summary>Sets of small numbers, docs or terms, as words of 64 bits, the lowest bit for the least number.</summary>
internal static class BitWords
{
    /// <summary>Numbers of a word.</summary>
    public const uint WordLength = 1u << WordBits;

    private const int WordBits = 6;
    private const uint WordMask = 63;

    /// <summary>How many words the numbers below <paramref name="count"/> take.</summary>
    public static int WordsFor(uint count) => (int)((count + WordMask) >> WordBits);

    public static bool Has(ReadOnlySpan<ulong> words, uint number) =>
        (words[(int)(number >> WordBits)] >> (int)(number & WordMask) & 1) != 0;

    /// <summary>Puts a number in. One thread, while others read.</summary>
    /// <returns>Whether it was not there.</returns>
    public static bool Add(Span<ulong> words, uint number)
    {
        ref var word = ref words[(int)(number >> WordBits)];
        var bit = 1UL << (int)(number & WordMask);
        if ((word & bit) != 0)
            return false;
        Volatile.Write(ref word, word | bit);
        return true;
    }
}
