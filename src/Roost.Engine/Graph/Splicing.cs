namespace Roost.Engine.Graph;

/// <summary>The two array operations that immutable sorted lists are made of.</summary>
internal static class Splicing
{
    /// <summary>
    /// A copy with <paramref name="remove"/> elements from <paramref name="at"/> on replaced by others.
    /// </summary>
    public static T[] Splice<T>(ReadOnlySpan<T> source, int at, int remove, ReadOnlySpan<T> insert)
    {
        var result = GC.AllocateUninitializedArray<T>(source.Length - remove + insert.Length);
        source[..at].CopyTo(result);
        insert.CopyTo(result.AsSpan(at));
        source[(at + remove)..].CopyTo(result.AsSpan(at + insert.Length));
        return result;
    }

    /// <summary>
    /// Index, not below <paramref name="from"/>, of the last element that is at most <paramref name="id"/>;
    /// <paramref name="from"/> when all are greater.
    /// </summary>
    public static int LastAtMost(ReadOnlySpan<int> ascending, int from, int id)
    {
        var rest = ascending[from..];
        var below = CountBelow(rest, id);
        return below < rest.Length && rest[below] == id ? from + below : Math.Max(from, from + below - 1);
    }

    /// <summary>How many elements are below <paramref name="id"/>. <b>Hot path.</b></summary>
    /// <remarks>
    /// A binary search without branches on what it finds: to the processor these are coin tosses, and at ten of them
    /// the mispredicted half costs more than the loads. All numbers are positive, so the sign of a difference is the
    /// comparison.
    /// </remarks>
    /// <param name="ascending">Positive ids.</param>
    /// <param name="id">Positive.</param>
    public static int CountBelow(ReadOnlySpan<int> ascending, int id)
    {
        var count = 0;
        var length = ascending.Length;
        while (length > 1)
        {
            var half = length / 2;
            count += half & ((ascending[count + half - 1] - id) >> 31);
            length -= half;
        }
        return length == 1 && ascending[count] < id ? count + 1 : count;
    }
}
