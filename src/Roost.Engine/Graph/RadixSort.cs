namespace Roost.Engine.Graph;

/// <summary>
/// Sorts many 64-bit keys by counting, eleven bits at a time from the lowest, stably. Digits in which all keys agree
/// cost one look, so pairs of account ids below two million take four passes.
/// </summary>
public static class RadixSort
{
    private const int DigitBits = 11;
    private const int Buckets = 1 << DigitBits;

    /// <summary>
    /// Below this many keys a comparison sort is no slower than clearing and summing the counts in each pass.
    /// </summary>
    private const int SmallMax = 1_024;

    /// <summary>
    /// Sorts the first <paramref name="count"/> of <paramref name="keys"/>; may exchange the two arrays.
    /// </summary>
    /// <param name="spare">At least <paramref name="count"/> long; overwritten.</param>
    /// <param name="fromBit">Bits below are not looked at: keys that are equal in the rest stay in their order. 0 or
    /// 32.</param>
    public static void Sort(ref ulong[] keys, ref ulong[] spare, int count, int fromBit = 0)
    {
        if (count <= SmallMax && fromBit == 0)
        {
            keys.AsSpan(0, count).Sort();
            return;
        }
        Span<int> starts = stackalloc int[Buckets];
        for (var shift = fromBit; shift < 64; shift += DigitBits)
        {
            starts.Clear();
            foreach (var key in keys.AsSpan(0, count))
                starts[(int)(key >> shift) & (Buckets - 1)]++;
            if (count == 0 || starts[(int)(keys[0] >> shift) & (Buckets - 1)] == count)
                continue;

            var start = 0;
            for (var digit = 0; digit < Buckets; digit++)
                (starts[digit], start) = (start, start + starts[digit]);
            foreach (var key in keys.AsSpan(0, count))
                spare[starts[(int)(key >> shift) & (Buckets - 1)]++] = key;
            (keys, spare) = (spare, keys);
        }
    }
}
