using System.Runtime.CompilerServices;

namespace Roost.Engine.Graph;

/// <summary>
/// The three forms of an immutable id list behind one reference, so that an account's side of the graph is one object,
/// and its ids and their version are published together by storing that reference:
/// <code>
///  null                          never changed: no ids, version 0
///  int[]      [ version, id, id, … ]    up to 1,024 ids
///  IdBlocks                      more
/// </code>
/// Lists of blocks go back to one array at half of that, so that an account on the border does not change form at every
/// follow.
/// </summary>
internal static class IdList
{
    private const int FlatAgain = IdBlocks.BlockMax / 2;

    /// <summary>
    /// The flat form's ids; empty for null. Only where <paramref name="list"/> is no <see cref="IdBlocks"/>.
    /// </summary>
    /// <remarks>Unchecked, since a cast to <c>int[]</c> is a call (a <c>uint[]</c> would pass it) and this is on every
    /// hot path.</remarks>
    public static ReadOnlySpan<int> Flat(object? list) => list is null ? [] : Unsafe.As<int[]>(list).AsSpan(1);

    public static int Version(object? list) => list switch
    {
        null => 0,
        IdBlocks blocks => blocks.Version,
        _ => Unsafe.As<int[]>(list)[0],
    };

    public static int Count(object? list) => list is IdBlocks blocks ? blocks.Count : Flat(list).Length;

    public static bool Contains(object? list, int id) =>
        list is IdBlocks blocks ? blocks.Contains(id) : Flat(list).BinarySearch(id) >= 0;

    /// <param name="ascending">Strictly ascending.</param>
    public static object? Build(ReadOnlySpan<int> ascending, int version)
    {
        if (ascending.Length > IdBlocks.BlockMax)
            return IdBlocks.Build(ascending, version);
        if (ascending.IsEmpty && version == 0)
            return null;
        var flat = GC.AllocateUninitializedArray<int>(ascending.Length + 1);
        flat[0] = version;
        ascending.CopyTo(flat.AsSpan(1));
        return flat;
    }

    /// <summary>The list with the id and one version on; the same object when it has the id already.</summary>
    public static object? With(object? list, int id)
    {
        var version = unchecked(Version(list) + 1);
        if (list is IdBlocks blocks)
            return blocks.With(id, version) ?? list;

        var ids = Flat(list);
        var found = ids.BinarySearch(id);
        if (found >= 0)
            return list;
        if (ids.Length == IdBlocks.BlockMax)
            return IdBlocks.Build(Splicing.Splice(ids, ~found, 0, [id]), version);
        var flat = GC.AllocateUninitializedArray<int>(ids.Length + 2);
        flat[0] = version;
        ids[..~found].CopyTo(flat.AsSpan(1));
        flat[1 + ~found] = id;
        ids[~found..].CopyTo(flat.AsSpan(2 + ~found));
        return flat;
    }

    /// <summary>The list without the id and one version on; the same object when it does not have the id.</summary>
    public static object? Without(object? list, int id)
    {
        var version = unchecked(Version(list) + 1);
        if (list is IdBlocks blocks)
        {
            if (blocks.Without(id, version) is not { } fewer)
                return list;
            return fewer.Count > FlatAgain ? fewer : Build(ToArray(fewer), version);
        }
        var found = Flat(list).BinarySearch(id);
        if (found < 0)
            return list;
        var flat = Splicing.Splice(Unsafe.As<int[]>(list!), found + 1, 1, []);
        flat[0] = version;
        return flat;
    }

    /// <summary>The list with more ids and one version on.</summary>
    /// <param name="added">Not empty, strictly ascending, none of them in the list.</param>
    public static object? WithAll(object? list, ReadOnlySpan<int> added)
    {
        var version = unchecked(Version(list) + 1);
        if (list is IdBlocks && added.Length < Count(list) / 256)
        {
            foreach (var id in added)
                list = With(list, id);
            return list;
        }
        if (Count(list) == 0)
            return Build(added, version);
        return Build(Merge(ToArray(list), added), version);
    }

    public static int[] ToArray(object? list)
    {
        var ids = GC.AllocateUninitializedArray<int>(Count(list));
        new SortedIds(list).CopyTo(ids);
        return ids;
    }

    private static int[] Merge(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        var merged = GC.AllocateUninitializedArray<int>(a.Length + b.Length);
        int i = 0, j = 0, n = 0;
        while (i < a.Length && j < b.Length)
            merged[n++] = a[i] < b[j] ? a[i++] : b[j++];
        a[i..].CopyTo(merged.AsSpan(n));
        b[j..].CopyTo(merged.AsSpan(n + a.Length - i));
        return merged;
    }
}
