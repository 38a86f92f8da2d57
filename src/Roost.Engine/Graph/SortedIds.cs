using Roost.Engine.Ids;

namespace Roost.Engine.Graph;

/// <summary>
/// An immutable ascending set of account ids without duplicates: one side of one account's adjacency as it was when
/// asked.
/// </summary>
/// <remarks>
/// A value of one reference: copy it freely, keep it as long as you like, read it on any thread. Later follows do not
/// change it, they make other sets that share most of its memory. It is read by <see cref="Blocks"/>: up to 1,024 ids
/// at a time, in place. <c>default</c> is the empty set.
/// </remarks>
public readonly struct SortedIds
{
    private readonly object? _list;

    internal SortedIds(object? list) => _list = list;

    public static SortedIds Empty => default;

    public int Count => IdList.Count(_list);

    /// <summary>
    /// The ids in place, ascending, up to 1,024 at a time: <c>foreach (ReadOnlySpan&lt;int&gt; block in
    /// ids.Blocks)</c>.
    /// </summary>
    public IdBlockCursor Blocks => new(_list);

    internal object? List => _list;

    /// <summary>Cost: O(log n), at most three small binary searches.</summary>
    public bool Contains(AccountId id) => IdList.Contains(_list, id.Value);

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

    public int[] ToArray() => IdList.ToArray(_list);

    /// <summary>
    /// Pages: copies the ids above <paramref name="after"/>, ascending, as many as there is room for. Begin with 0, go
    /// on with the last id copied, end when fewer come than there was room for. Cost: O(log n) and the copying, however
    /// deep the page.
    /// </summary>
    /// <returns>How many were copied.</returns>
    public int NextPage(int after, Span<int> destination)
    {
        var count = 0;
        var cursor = new IdBlockCursor(_list);
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
        return new SortedIds(IdList.With(_list, id.Value));
    }

    /// <summary>This set without one id.</summary>
    public SortedIds Without(AccountId id) => new(IdList.Without(_list, id.Value));

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
        return new SortedIds(IdList.Build(ascending, 0));
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
        return new SortedIds(IdList.Build(sorted.AsSpan(0, count), 0));
    }

    /// <summary>
    /// The ids that are in both. To work through them without a copy of all, use <see cref="Intersection"/>.
    /// </summary>
    public static SortedIds Intersect(SortedIds a, SortedIds b)
    {
        var ids = GC.AllocateUninitializedArray<int>(Math.Min(a.Count, b.Count));
        return new SortedIds(IdList.Build(ids.AsSpan(0, Intersect(a, b, ids)), 0));
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
        var both = new Intersection(a, b, stackalloc int[Intersection.BufferLength]);
        while (both.MoveNext())
            count += both.Current.Length;
        return count;
    }
}
