using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Roost.Engine.Graph;

/// <summary>
/// A run of a large id list, immutable: up to 1,024 ids in a part of some array. Where the ids lie close together it
/// has them a second time, as bits, so that two giants are intersected 64 ids at a step and one id is looked up by one
/// load.
/// <code>
///  ids    | 130 | 131 | 135 | … | 4,001 |          words   bits of ids 128 … 191 | 192 … 255 | …
/// </code>
/// </summary>
internal sealed class IdBlock
{
    /// <summary>
    /// Bits are kept where one in so many is set at least. At this bound they take half as much memory as the ids.
    /// </summary>
    private const int RangePerIdMax = 16;

    /// <summary>Fewer ids are as quickly merged.</summary>
    private const int CountMin = 32;

    /// <summary>Of 1,000 ids drawn at random nearly all lie as near as this to where an even spread has them.</summary>
    private const int WindowHalf = 32;

    private readonly int[] _array;
    private readonly int _start;
    private readonly int _count;

    /// <summary>Ids in a part of an array that nobody changes any more: not empty, strictly ascending.</summary>
    public IdBlock(int[] array, int start, int count)
    {
        (_array, _start, _count) = (array, start, count);
        if (count >= CountMin && (Last - First) / RangePerIdMax < count)
            Words = WordsOf(Ids);
    }

    public IdBlock(int[] ids) : this(ids, 0, ids.Length)
    {
    }

    public ReadOnlySpan<int> Ids =>
        MemoryMarshal.CreateReadOnlySpan(
            ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_array), _start), _count);

    public int Count => _count;

    public int First => _array[_start];

    public int Last => _array[_start + _count - 1];

    /// <summary>Bits of the ids from <see cref="FirstWord"/> times 64 on; null where they lie too far apart.</summary>
    public ulong[]? Words { get; }

    public int FirstWord => First >> 6;

    /// <summary>Whether it has the id. <b>Hot path.</b></summary>
    public bool Contains(int id)
    {
        if (Words is not { } words)
            return ContainsSparse(Ids, id);
        var word = (uint)((id >> 6) - FirstWord);
        return word < (uint)words.Length && (words[word] >> id & 1) != 0;
    }

    /// <summary>
    /// Looks first where the id would be if ids were spread evenly: followers nearly are, and then it lies in one or
    /// two cache lines there, where halving would miss in four or five.
    /// </summary>
    private static bool ContainsSparse(ReadOnlySpan<int> ids, int id)
    {
        var (first, last) = (ids[0], ids[^1]);
        if (id <= first || id >= last)
            return id == first || id == last;
        var guess = (int)((long)(id - first) * (ids.Length - 1) / (last - first));
        var from = Math.Max(0, guess - WindowHalf);
        var window = ids[from..Math.Min(ids.Length, guess + WindowHalf)];
        if (id < window[0] || id > window[^1])
            window = ids;
        return window[Splicing.CountBelow(window, id)] == id;
    }

    private static ulong[] WordsOf(ReadOnlySpan<int> ids)
    {
        var first = ids[0] >> 6;
        var words = new ulong[(ids[^1] >> 6) - first + 1];
        foreach (var id in ids)
            words[(id >> 6) - first] |= 1UL << id;
        return words;
    }
}
