namespace Roost.Engine.Graph;

/// <summary>The two array operations that immutable sorted lists are made of.</summary>
internal static class Splicing
{
    /// <summary>A copy with <paramref name="remove"/> elements from <paramref name="at"/> on replaced by others.</summary>
    public static T[] Splice<T>(ReadOnlySpan<T> source, int at, int remove, ReadOnlySpan<T> insert)
    {
        var result = GC.AllocateUninitializedArray<T>(source.Length - remove + insert.Length);
        source[..at].CopyTo(result);
        insert.CopyTo(result.AsSpan(at));
        source[(at + remove)..].CopyTo(result.AsSpan(at + insert.Length));
        return result;
    }

    /// <summary>Index, not below <paramref name="from"/>, of the last element that is at most <paramref name="id"/>; <paramref name="from"/> when all are greater.</summary>
    public static int LastAtMost(ReadOnlySpan<int> ascending, int from, int id)
    {
        var found = ascending[from..].BinarySearch(id);
        return found >= 0 ? from + found : Math.Max(from, from + ~found - 1);
    }

    /// <summary>How many elements are below <paramref name="id"/>.</summary>
    public static int CountBelow(ReadOnlySpan<int> ascending, int id)
    {
        var found = ascending.BinarySearch(id);
        return found >= 0 ? found : ~found;
    }
}
