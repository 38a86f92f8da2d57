using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Roost.Engine.Graph;

/// <summary>
/// Intersects two short ascending runs. <b>Hot path.</b> Three ways, chosen by length and machine: all pairs of eight
/// ids against eight (or four against four) in vectors, galloping when one run is much shorter, and a merge without
/// branches for what is left.
/// </summary>
/// <remarks>
/// The vector step: compare the eight of <c>a</c> with all eight rotations of the eight of <c>b</c>; the lanes of
/// <c>a</c> that matched are moved together by a table and stored at once. Then whichever side's last id is smaller
/// (both when equal) goes on by eight. Each id occurs once on a side, so no pair of vectors is compared twice and the
/// output ascends. Eight comparisons for up to sixteen ids, and no branch that depends on the data but "any match".
/// </remarks>
internal static class IdMerge
{
    /// <summary>The output is written by whole vectors: it needs this much room beyond the matches.</summary>
    public const int StoreSlack = 8;

    /// <summary>
    /// One run this many times longer than the other: look up instead of merging. A lookup costs about as much as
    /// stepping over so many by vectors.
    /// </summary>
    private const int GallopRatio = 32;

    private static readonly int[] _packing = PackingTable();

    /// <summary>Finds ids in common until one run is used up.</summary>
    /// <param name="output">At least the shorter run's length and <see cref="StoreSlack"/> more.</param>
    /// <param name="usedA">How much of <paramref name="a"/> is done with; it or <paramref name="usedB"/> is the whole
    /// run.</param>
    /// <returns>How many were found.</returns>
    public static int Intersect(
        ReadOnlySpan<int> a, ReadOnlySpan<int> b, Span<int> output, out int usedA, out int usedB)
    {
        if (a.Length / GallopRatio > b.Length)
            return Gallop(b, a, output, out usedB, out usedA);
        if (b.Length / GallopRatio > a.Length)
            return Gallop(a, b, output, out usedA, out usedB);

        int i = 0, j = 0, n = 0;
        if (Vector256.IsHardwareAccelerated)
            n = MergeEights(a, b, output, ref i, ref j);
        else if (Vector128.IsHardwareAccelerated)
            n = MergeFours(a, b, output, ref i, ref j);
        n = MergeRest(a, b, output, n, ref i, ref j);
        usedA = i;
        usedB = j;
        return n;
    }

    /// <summary>The last few of each run, or all where there are no vectors.</summary>
    internal static int MergeRest(
        ReadOnlySpan<int> a, ReadOnlySpan<int> b, Span<int> output, int n, ref int i, ref int j)
    {
        while (i < a.Length && j < b.Length)
        {
            int x = a[i], y = b[j];
            output[n] = x;
            n += x == y ? 1 : 0;
            i += x <= y ? 1 : 0;
            j += y <= x ? 1 : 0;
        }
        return n;
    }

    internal static int MergeEights(ReadOnlySpan<int> a, ReadOnlySpan<int> b, Span<int> output, ref int i, ref int j)
    {
        var n = 0;
        ref var startA = ref MemoryMarshal.GetReference(a);
        ref var startB = ref MemoryMarshal.GetReference(b);
        ref var packing = ref MemoryMarshal.GetArrayDataReference(_packing);
        while (i + 8 <= a.Length && j + 8 <= b.Length)
        {
            var x = Vector256.LoadUnsafe(ref startA, (nuint)i);
            var y = Vector256.LoadUnsafe(ref startB, (nuint)j);
            var z = Vector256.Shuffle(y, Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3));
            // Rotations within the halves of y and of y with its halves exchanged: all eight, by cheap shuffles.
            var match = Vector256.Equals(x, y) | Vector256.Equals(x, z)
                | Vector256.Equals(x, Vector256.Shuffle(y, Vector256.Create(1, 2, 3, 0, 5, 6, 7, 4)))
                | Vector256.Equals(x, Vector256.Shuffle(z, Vector256.Create(1, 2, 3, 0, 5, 6, 7, 4)))
                | Vector256.Equals(x, Vector256.Shuffle(y, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)))
                | Vector256.Equals(x, Vector256.Shuffle(z, Vector256.Create(2, 3, 0, 1, 6, 7, 4, 5)))
                | Vector256.Equals(x, Vector256.Shuffle(y, Vector256.Create(3, 0, 1, 2, 7, 4, 5, 6)))
                | Vector256.Equals(x, Vector256.Shuffle(z, Vector256.Create(3, 0, 1, 2, 7, 4, 5, 6)));
            var lanes = match.ExtractMostSignificantBits();
            if (lanes != 0)
            {
                var order = Vector256.LoadUnsafe(ref packing, lanes * 8);
                Vector256.ShuffleNative(x, order).CopyTo(output[n..]);
                n += BitOperations.PopCount(lanes);
            }
            int lastA = Unsafe.Add(ref startA, i + 7), lastB = Unsafe.Add(ref startB, j + 7);
            i += lastA <= lastB ? 8 : 0;
            j += lastB <= lastA ? 8 : 0;
        }
        return n;
    }

    internal static int MergeFours(ReadOnlySpan<int> a, ReadOnlySpan<int> b, Span<int> output, ref int i, ref int j)
    {
        var n = 0;
        while (i + 4 <= a.Length && j + 4 <= b.Length)
        {
            var x = Vector128.Create(a[i..]);
            var y = Vector128.Create(b[j..]);
            var match = Vector128.Equals(x, y)
                | Vector128.Equals(x, Vector128.Shuffle(y, Vector128.Create(1, 2, 3, 0)))
                | Vector128.Equals(x, Vector128.Shuffle(y, Vector128.Create(2, 3, 0, 1)))
                | Vector128.Equals(x, Vector128.Shuffle(y, Vector128.Create(3, 0, 1, 2)));
            for (var lanes = match.ExtractMostSignificantBits(); lanes != 0; lanes &= lanes - 1)
                output[n++] = a[i + BitOperations.TrailingZeroCount(lanes)];
            int lastA = a[i + 3], lastB = b[j + 3];
            i += lastA <= lastB ? 4 : 0;
            j += lastB <= lastA ? 4 : 0;
        }
        return n;
    }

    /// <summary>
    /// Looks each id of the short run up in the long one, in steps that double from where the last one was. Neither is
    /// empty.
    /// </summary>
    internal static int Gallop(
        ReadOnlySpan<int> few, ReadOnlySpan<int> many, Span<int> output, out int usedFew, out int usedMany)
    {
        int j = 0, n = 0;
        for (var i = 0; i < few.Length; i++)
        {
            var id = few[i];
            // Often the next id lies in a later run altogether.
            if (id > many[^1])
            {
                (usedFew, usedMany) = (i, many.Length);
                return n;
            }
            var step = 1;
            while (j + step < many.Length && many[j + step] < id)
                step *= 2;
            // All before j + step/2 are smaller; the place is within the last step.
            var from = j + (step / 2);
            j = from + Splicing.CountBelow(many[from..Math.Min(j + step + 1, many.Length)], id);
            if (many[j] == id)
                output[n++] = id;
        }
        (usedFew, usedMany) = (few.Length, j);
        return n;
    }

    /// <summary>For each of the 256 sets of lanes: the lanes in it, in order, then anything.</summary>
    private static int[] PackingTable()
    {
        var table = new int[256 * 8];
        for (var lanes = 0; lanes < 256; lanes++)
        {
            var n = lanes * 8;
            for (var lane = 0; lane < 8; lane++)
            {
                if ((lanes >> lane & 1) != 0)
                    table[n++] = lane;
            }
        }
        return table;
    }
}
