using System.Numerics;

namespace Roost.Engine.Graph;

/// <summary>
/// The ids that two sets have in common, ascending, block by block and without memory of its own: the fan-out of a
/// reply goes to those who follow both its author and the one answered, and both may have millions.
/// <code>
/// var both = new Intersection(a, b, stackalloc int[Intersection.BufferLength]);
/// while (both.MoveNext())
///     Deliver(both.Current);
/// </code>
/// </summary>
/// <remarks>
/// <b>Hot path</b> (<c>roost-bench graph</c>). When one set is much smaller, each of its ids is looked up in the other.
/// Else blocks that cannot overlap are skipped by searching the directories; of two that do,
/// <list type="bullet">
/// <item>those that both have bits are intersected 64 ids at a step;</item>
/// <item>the ids of one are looked up in the bits of the other, if that has them;</item>
/// <item>those of similar length are merged eight ids against eight at a time, and a short one is looked up in a long
/// one by galloping.</item>
/// </list>
/// Hence O(n + m) with a small constant for equals, and O(n log m) for a few ids against millions.
/// </remarks>
public ref struct Intersection
{
    /// <summary>Length that the buffer must have: a block's ids and room for one vector store beyond.</summary>
    public const int BufferLength = IdBlocks.BlockMax + IdMerge.StoreSlack;

    /// <summary>A set this many times larger has, for each id of the other, some cache lines to itself.</summary>
    private const int SparseRatio = 32;

    private readonly Span<int> _buffer;
    private readonly bool _isSparse;
    private readonly bool _countsOnly;
    private readonly SortedIds _many;
    private IdBlockCursor _cursorA;
    private IdBlockCursor _cursorB;
    private ReadOnlySpan<int> _a;
    private ReadOnlySpan<int> _b;
    private int _count;

    /// <param name="buffer">At least <see cref="BufferLength"/>, the caller's; <see cref="Current"/> lies in
    /// it.</param>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    public Intersection(SortedIds a, SortedIds b, Span<int> buffer) : this(a, b, buffer, countsOnly: false)
    {
    }

    /// <param name="countsOnly">Only the length of <see cref="Current"/> is asked for: what is in it means
    /// nothing.</param>
    internal Intersection(SortedIds a, SortedIds b, Span<int> buffer, bool countsOnly)
    {
        if (buffer.Length < BufferLength)
            throw new ArgumentException(
                $"The buffer has {buffer.Length} slots and needs {BufferLength}.", nameof(buffer));
        _buffer = buffer;
        _countsOnly = countsOnly;
        if (a.Count > b.Count)
            (a, b) = (b, a);
        _many = b;
        _isSparse = b.Count / SparseRatio > a.Count;
        _cursorA = a.Blocks;
        _cursorB = b.Blocks;
        if (_cursorA.MoveNext() && _cursorB.MoveNext())
        {
            _a = _cursorA.Current;
            _b = _cursorB.Current;
        }
    }

    /// <summary>The next ids in common: 1 to 1,024, valid until the next call.</summary>
    public readonly ReadOnlySpan<int> Current => _buffer[.._count];

    /// <summary>Finds the next ids in common; false when there are no more.</summary>
    public bool MoveNext()
    {
        // Once a set has ended both spans are left empty, and so they stay.
        while (!_a.IsEmpty && !_b.IsEmpty)
        {
            _count = 0;
            if (_isSparse)
                LookUp();
            else if (_a[^1] < _b[0])
                Skip(ref _cursorA, ref _a, _b[0]);
            else if (_b[^1] < _a[0])
                Skip(ref _cursorB, ref _b, _a[0]);
            else
                IntersectBlocks();
            if (_count > 0)
                return true;
        }
        return false;
    }

    /// <summary>Looks the ids of a block of the smaller set up in the larger: each on its own, so that their cache
    /// misses overlap.</summary>
    private void LookUp()
    {
        var count = 0;
        var buffer = _buffer;
        if (_many.Tree is { } tree)
        {
            foreach (var id in _a)
            {
                buffer[count] = id;
                count += tree.Contains(id) ? 1 : 0;
            }
        }
        else
            count = IdMerge.Gallop(_a, _b, buffer, out _, out _);
        _count = count;
        _a = _cursorA.MoveNext() ? _cursorA.Current : [];
    }

    /// <summary>Of two blocks that overlap: what they have in common up to the last id of one of them.</summary>
    private void IntersectBlocks()
    {
        var wordsA = _cursorA.Block?.Words;
        var wordsB = _cursorB.Block?.Words;
        if (wordsA is null && wordsB is null)
        {
            _count = IdMerge.Intersect(_a, _b, _buffer, out var usedA, out var usedB);
            Advance(usedA, usedB);
            return;
        }
        var from = Math.Max(_a[0], _b[0]);
        var to = Math.Min(_a[^1], _b[^1]);
        var doneA = _a[^1] == to ? _a.Length : Splicing.CountBelow(_a, to + 1);
        var doneB = _b[^1] == to ? _b.Length : Splicing.CountBelow(_b, to + 1);
        if (wordsA is not null && wordsB is not null)
            AndWords(wordsA, _cursorA.Block!.FirstWord, wordsB, _cursorB.Block!.FirstWord, from, to);
        else if (wordsA is not null)
            TestBits(_b[Splicing.CountBelow(_b, from)..doneB], wordsA, _cursorA.Block!.FirstWord);
        else
            TestBits(_a[Splicing.CountBelow(_a, from)..doneA], wordsB!, _cursorB.Block!.FirstWord);
        Advance(doneA, doneB);
    }

    private void Advance(int usedA, int usedB)
    {
        _a = _a[usedA..];
        _b = _b[usedB..];
        if (_a.IsEmpty && _cursorA.MoveNext())
            _a = _cursorA.Current;
        if (_b.IsEmpty && _cursorB.MoveNext())
            _b = _cursorB.Current;
    }

    /// <summary>Ids from one to another, both included, that both have. No id of one block above the last is the other
    /// block's.</summary>
    private void AndWords(
        ReadOnlySpan<ulong> wordsA, int firstA, ReadOnlySpan<ulong> wordsB, int firstB, int from, int to)
    {
        var first = from >> 6;
        var words = (to >> 6) - first + 1;
        wordsA = wordsA.Slice(first - firstA, words);
        wordsB = wordsB.Slice(first - firstB, words);
        var count = 0;
        var mask = ulong.MaxValue << from;
        for (var i = 0; i < wordsA.Length; i++)
        {
            var both = wordsA[i] & wordsB[i] & mask;
            mask = ulong.MaxValue;
            if (!_countsOnly)
                Decode(both, (first + i) << 6, _buffer[count..]);
            count += BitOperations.PopCount(both);
        }
        _count = count;
    }

    /// <summary>Writes the ids that a word has, eight at a time, whether there are as many or not: the processor cannot
    /// foresee how many there are.</summary>
    private static void Decode(ulong word, int from, Span<int> ids)
    {
        for (; word != 0; ids = ids[8..])
        {
            var eight = ids[..8];
            for (var i = 0; i < 8; i++)
            {
                eight[i] = from + BitOperations.TrailingZeroCount(word);
                word &= word - 1;
            }
        }
    }

    private void TestBits(ReadOnlySpan<int> ids, ReadOnlySpan<ulong> words, int firstWord)
    {
        var count = 0;
        var buffer = _buffer;
        foreach (var id in ids)
        {
            buffer[count] = id;
            count += (int)(words[(id >> 6) - firstWord] >> id) & 1;
        }
        _count = count;
    }

    private static void Skip(ref IdBlockCursor cursor, ref ReadOnlySpan<int> ids, int to) =>
        ids = cursor.SkipTo(to) ? cursor.Current : [];
}
