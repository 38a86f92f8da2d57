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
/// <b>Hot path</b> (<c>roost-bench inbox</c>). When one set is much smaller, each of its ids is looked up in the other.
/// Else blocks that cannot overlap are skipped by searching the directories; of two that do, those of similar length
/// are merged eight ids against eight at a time, and a short one is looked up in a long one by galloping. Hence O(n +
/// m) with a small constant for equals, and O(n log m) for a few ids against millions.
/// </remarks>
public ref struct Intersection
{
    /// <summary>Length that the buffer must have: a block's ids and room for one vector store beyond.</summary>
    public const int BufferLength = IdBlocks.BlockMax + IdMerge.StoreSlack;

    /// <summary>A set this many times larger has, for each id of the other, a good part of a block to itself.</summary>
    private const int SparseRatio = 64;

    private readonly Span<int> _buffer;
    private readonly bool _isSparse;
    private IdBlockCursor _cursorA;
    private IdBlockCursor _cursorB;
    private ReadOnlySpan<int> _a;
    private ReadOnlySpan<int> _b;
    private int _count;

    /// <param name="buffer">At least <see cref="BufferLength"/>, the caller's; <see cref="Current"/> lies in
    /// it.</param>
    /// <exception cref="ArgumentException">The buffer is too short.</exception>
    public Intersection(SortedIds a, SortedIds b, Span<int> buffer)
    {
        if (buffer.Length < BufferLength)
            throw new ArgumentException(
                $"The buffer has {buffer.Length} slots and needs {BufferLength}.", nameof(buffer));
        _buffer = buffer;
        if (a.Count > b.Count)
            (a, b) = (b, a);
        _isSparse = b.Count / SparseRatio > a.Count;
        _cursorA = new IdBlockCursor(a.List);
        _cursorB = new IdBlockCursor(b.List);
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
            if (_a[^1] < _b[0])
            {
                Skip(ref _cursorA, ref _a, _b[0]);
                continue;
            }
            if (_b[^1] < _a[0])
            {
                Skip(ref _cursorB, ref _b, _a[0]);
                continue;
            }
            if (_isSparse)
                LookUp();
            else
                Merge();
            if (_count > 0)
                return true;
        }
        return false;
    }

    /// <summary>Looks the ids of a block of the smaller set up in the larger.</summary>
    private void LookUp()
    {
        _count = 0;
        foreach (var id in _a)
        {
            if (id > _b[^1])
            {
                Skip(ref _cursorB, ref _b, id);
                if (_b.IsEmpty)
                    return;
            }
            var place = Splicing.CountBelow(_b, id);
            _buffer[_count] = id;
            _count += _b[place] == id ? 1 : 0;
        }
        _a = _cursorA.MoveNext() ? _cursorA.Current : [];
    }

    private void Merge()
    {
        _count = IdMerge.Intersect(_a, _b, _buffer, out var usedA, out var usedB);
        _a = _a[usedA..];
        _b = _b[usedB..];
        if (_a.IsEmpty && _cursorA.MoveNext())
            _a = _cursorA.Current;
        if (_b.IsEmpty && _cursorB.MoveNext())
            _b = _cursorB.Current;
    }

    private static void Skip(ref IdBlockCursor cursor, ref ReadOnlySpan<int> ids, int to) =>
        ids = cursor.SkipTo(to) ? cursor.Current : [];
}
