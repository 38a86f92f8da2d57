using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Roost.Engine.Ids;
using Roost.Engine.Memory;

namespace Roost.Engine.Graph;

/// <summary>
/// An immutable ascending set of account ids without duplicates: one side of one account's adjacency as it was when
/// asked.
/// </summary>
/// <remarks>
/// A small value: copy it freely, keep it as long as you like, read it on any thread. Later follows do not
/// change it, they make other sets that share most of its memory. It is read by <see cref="Blocks"/>: up to 1,024 ids
/// at a time, in place. <c>default</c> is the empty set.
/// </remarks>
public readonly struct SortedIds
{
    private const int TreeStart = -1;
    private const int CacheLineBytes = 64;

    // Null, the array that the ids lie in, or IdBlocks; then the start is TreeStart. The count is at hand without a
    // look at either, which may be a cache miss.
    private readonly object? _list;
    private readonly int _start;
    private readonly int _count;

    /// <summary>A part of an array that nobody changes any more.</summary>
    internal SortedIds(int[] array, int start, int count) => (_list, _start, _count) = (array, start, count);

    internal SortedIds(IdBlocks tree) => (_list, _start, _count) = (tree, TreeStart, tree.Count);

    public static SortedIds Empty => default;

    public int Count => _count;

    /// <summary>
    /// The ids in place, ascending, up to 1,024 at a time: <c>foreach (ReadOnlySpan&lt;int&gt; block in
    /// ids.Blocks)</c>.
    /// </summary>
    public IdBlockCursor Blocks => new(this);

    internal bool IsDefault => _list is null;

    internal IdBlocks? Tree => _start == TreeStart ? Unsafe.As<IdBlocks>(_list) : null;

    internal int[] FlatArray => Unsafe.As<int[]>(_list)!;

    internal int FlatStart => _start;

    /// <summary>All ids of a set that is no tree.</summary>
    internal ReadOnlySpan<int> Flat => _count == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(FlatArray), _start), _count);

    /// <summary>
    /// Asks for a short list's first and last id, a long one's first two lines, a tree's first. The object may be moved
    /// meanwhile: then the wrong line is fetched, no more. <b>Hot path.</b>
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal unsafe void Prefetch()
    {
        var address = (byte*)(_start == TreeStart || _list is null
            ? *(void**)Unsafe.AsPointer(ref Unsafe.AsRef(in _list))
            : Unsafe.AsPointer(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(FlatArray), _start)));
        Processor.Prefetch(address);
        Processor.Prefetch(address + Math.Min(_count * sizeof(int), CacheLineBytes));
    }

    /// <summary>Cost: O(log n), at most three small binary searches.</summary>
    public bool Contains(AccountId id) =>
        Tree is { } tree ? tree.Contains(id.Value) : Flat.BinarySearch(id.Value) >= 0;

    /// <summary>Whether both have the same ids.</summary>
    public bool SetEquals(SortedIds other) => Count == other.Count && (Tree is null && other.Tree is null
        ? Flat.SequenceEqual(other.Flat) : ToArray().AsSpan().SequenceEqual(other.ToArray()));

    /// <summary>Copies all ids, ascending, to the start of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentException">It is shorter than <see cref="Count"/>.</exception>
    public void CopyTo(Span<int> destination)
    {
        if (destination.Length < Count)
            throw new ArgumentException(
                $"The destination has room for {destination.Length} ids, the set has {Count}.", nameof(destination));
        foreach (var block in Blocks)
        {
            block.CopyTo(destination);
            destination = destination[block.Length..];
        }
    }

    public int[] ToArray()
    {
        var ids = GC.AllocateUninitializedArray<int>(_count);
        CopyTo(ids);
        return ids;
    }

    /// <summary>
    /// Pages: copies the ids above <paramref name="after"/>, ascending, as many as there is room for. Begin with 0, go
    /// on with the last id copied, end when fewer come than there was room for. Cost: O(log n) and the copying, however
    /// deep the page.
    /// </summary>
    /// <returns>How many were copied.</returns>
    public int NextPage(int after, Span<int> destination)
    {
        var count = 0;
        var cursor = new IdBlockCursor(this);
        if (after == int.MaxValue || !cursor.SkipTo(after + 1))
            return 0;
        var block = cursor.Current[Splicing.CountBelow(cursor.Current, after + 1)..];
        while (true)
        {
            var copied = Math.Min(block.Length, destination.Length - count);
            block[..copied].CopyTo(destination[count..]);
            count += copied;
            if (count == destination.Length || !cursor.MoveNext())
                return count;
            block = cursor.Current;
        }
    }

    /// <summary>This set and one more id. Cost as of one follow: O(√n) at most, not O(n).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is nobody's.</exception>
    public SortedIds With(AccountId id)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(id.Value, nameof(id));
        if (Tree is { } tree)
            return tree.With(id.Value, 0) is { } more ? new SortedIds(more) : this;
        var found = Flat.BinarySearch(id.Value);
        return found >= 0 ? this : Of(Splicing.Splice(Flat, ~found, 0, [id.Value]));
    }

    /// <summary>This set without one id.</summary>
    public SortedIds Without(AccountId id)
    {
        if (Tree is { } tree)
        {
            if (tree.Without(id.Value, 0) is not { } fewer)
                return this;
            var rest = new SortedIds(fewer);
            return fewer.Count > IdBlocks.FlatAgain ? rest : Of(rest.ToArray());
        }
        var found = Flat.BinarySearch(id.Value);
        return found < 0 ? this : Of(Splicing.Splice(Flat, found, 1, []));
    }

    /// <param name="ascending">Positive, strictly ascending; copied.</param>
    /// <exception cref="ArgumentException">They are not; the message says where.</exception>
    public static SortedIds FromSorted(ReadOnlySpan<int> ascending)
    {
        var last = 0;
        for (var i = 0; i < ascending.Length; i++)
        {
            if (ascending[i] <= last)
                throw new ArgumentException(
                    $"Ids must be positive and strictly ascending, but at index {i} {ascending[i]} follows {last}; "
                        + "for ids in any order there is FromUnsorted.",
                    nameof(ascending));
            last = ascending[i];
        }
        return Of(ascending.ToArray());
    }

    /// <param name="ids">Positive, in any order, duplicates allowed; copied.</param>
    /// <exception cref="ArgumentException">One is not positive.</exception>
    public static SortedIds FromUnsorted(params ReadOnlySpan<int> ids)
    {
        var sorted = ids.ToArray();
        Array.Sort(sorted);
        if (sorted.Length > 0 && sorted[0] <= 0)
            throw new ArgumentException($"Ids are positive; {sorted[0]} is none.", nameof(ids));
        var count = 0;
        foreach (var id in sorted)
        {
            if (count == 0 || sorted[count - 1] != id)
                sorted[count++] = id;
        }
        return Of(sorted, count);
    }

    /// <summary>
    /// The ids that are in both. To work through them without a copy of all, use <see cref="Intersection"/>.
    /// </summary>
    public static SortedIds Intersect(SortedIds a, SortedIds b)
    {
        var ids = GC.AllocateUninitializedArray<int>(Math.Min(a.Count, b.Count));
        return Of(ids, Intersect(a, b, ids));
    }

    /// <summary>Copies the ids that are in both, ascending, to the start of <paramref name="destination"/>.</summary>
    /// <returns>How many there are.</returns>
    /// <exception cref="ArgumentException">There is no room for all of them; the smaller count is always
    /// enough.</exception>
    public static int Intersect(SortedIds a, SortedIds b, Span<int> destination)
    {
        var count = 0;
        var both = new Intersection(a, b, stackalloc int[Intersection.BufferLength]);
        while (both.MoveNext())
        {
            if (both.Current.Length > destination.Length - count)
                throw new ArgumentException(
                    $"The destination has no room for more than {destination.Length} ids.", nameof(destination));
            both.Current.CopyTo(destination[count..]);
            count += both.Current.Length;
        }
        return count;
    }

    /// <summary>How many ids are in both.</summary>
    public static int IntersectCount(SortedIds a, SortedIds b)
    {
        var count = 0;
        var both = new Intersection(a, b, stackalloc int[Intersection.BufferLength], countsOnly: true);
        while (both.MoveNext())
            count += both.Current.Length;
        return count;
    }

    private static SortedIds Of(int[] ids) => Of(ids, ids.Length);

    /// <param name="ids">Nobody changes it any more.</param>
    private static SortedIds Of(int[] ids, int count) => count > IdBlocks.BlockMax
        ? new SortedIds(IdBlocks.Over(ids, 0, count, version: 0)) : new SortedIds(ids, 0, count);
}
