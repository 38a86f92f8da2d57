namespace Roost.Engine.Search.Segments;

/// <summary>
/// The numbers that a segment's terms get when it is sealed: 0 for the most frequent one; those of
/// <see cref="SealedSingles"/> have <see cref="ForwardCode.FirstSingle"/> and their place among their doc's.
/// </summary>
internal sealed class TermNumbers
{
    private const uint Unseen = uint.MaxValue;
    private const uint Seen = uint.MaxValue - 1;
    private const uint Several = 0;

    private readonly ActiveSegment _segment;
    private readonly uint[] _numbers;

    /// <param name="docs">How many docs are sealed.</param>
    /// <param name="words">How many terms.</param>
    /// <param name="isDeleted">Whether a doc is left out.</param>
    public unsafe TermNumbers(ActiveSegment segment, uint docs, uint words, Func<uint, bool> isDeleted)
    {
        _segment = segment;
        _numbers = new uint[words];
        // Once: more docs may come meanwhile.
        var counts = new uint[words];
        for (uint term = 0; term < words; term++)
        {
            counts[term] = segment.Terms.Record(term)->Count;
            _numbers[term] = counts[term] > 1 ? Several : Unseen;
        }
        PlaceSingles(docs, isDeleted);
        NumberSeveral(counts);
    }

    public uint this[uint term] => _numbers[term];

    /// <summary>Whether a term is among the <see cref="SealedSingles"/>.</summary>
    public bool IsSingle(uint term) => _numbers[term] >= ForwardCode.FirstSingle;

    /// <summary>What a doc has twice would need two codes, and is not single then.</summary>
    private unsafe void PlaceSingles(uint docs, Func<uint, bool> isDeleted)
    {
        var seen = new uint[SearchPost.TokensMax];
        for (uint doc = 0; doc < docs; doc++)
        {
            if (isDeleted(doc))
                continue;
            var count = 0;
            var reader = new ForwardReader(_segment.Forward(doc, out var length), length);
            while (reader.MoveNext())
            {
                ref var number = ref _numbers[reader.Term];
                if (number == Unseen)
                    seen[count++] = reader.Term;
                number = number == Unseen ? Seen : Several;
            }
            var place = 0u;
            foreach (var term in seen.AsSpan(0, count))
            {
                if (_numbers[term] == Seen)
                    _numbers[term] = place < SealedSingles.PerDocMax ? ForwardCode.FirstSingle + place++ : Several;
            }
        }
    }

    private void NumberSeveral(uint[] counts)
    {
        var rarity = new uint[counts.Length];
        var terms = new uint[counts.Length];
        var several = 0;
        for (uint term = 0; term < counts.Length; term++)
        {
            if (_numbers[term] != Several)
                continue;
            rarity[several] = ~counts[term];
            terms[several++] = term;
        }
        Array.Sort(rarity, terms, 0, several);
        for (uint number = 0; number < several; number++) _numbers[terms[number]] = number;
    }
}
