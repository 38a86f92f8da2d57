using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Roost.Web.Rendering;

/// <summary>
/// Rendered bytes by id, bounded in bytes: the part of a post or an account that is the same for every reader.
/// </summary>
/// <remarks>
/// A fixed table; an id may sit in either of two neighbouring slots. An entry is immutable and swapped in whole, so
/// readers take
/// no lock and see either an old entry or a new one. An entry names what it was rendered from, and is passed over
/// when that
/// has changed: nothing must be told of edits. When the bytes exceed the bound, a hand goes round the table and drops
/// whatever
/// was not read since it last came by (the second-chance clock). Losing a race costs one rendering, never a wrong
/// answer; the
/// byte count is exact, since each slot's old entry is subtracted by whoever swapped it out.
/// <para>Thread-safe. A hit costs two array reads and <paramref name="same"/>; it allocates nothing.</para>
/// </remarks>
/// <param name="bytesMax">What entries may hold, <see cref="EntryBytes"/> each included.</param>
/// <param name="same">Whether what is to be shown would render to what the first argument did.</param>
internal sealed class FragmentCache<TSource>(long bytesMax, Func<TSource, TSource, bool> same)
{
    /// <summary>An entry's own overhead, roughly: two objects and their headers.</summary>
    public const int EntryBytes = 120;

    private const int UsualFragmentBytes = 1_024;

    private readonly Entry?[] _slots = new Entry?[SlotsFor(bytesMax)];
    private long _bytes;
    private int _hand;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>What <see cref="Bytes"/> must be when nobody writes; walks the whole table, for tests.</summary>
    internal long CountedAnew() => _slots.Sum(e => (long)(e?.Bytes ?? 0));

    /// <summary>The fragment of <paramref name="id"/> as rendered from the same source, or null.</summary>
    public byte[]? Find(long id, in TSource source)
    {
        var at = SlotOf(id);
        var entry = Volatile.Read(ref _slots[at]);
        if (entry is null || entry.Id != id) entry = Volatile.Read(ref _slots[at ^ 1]);
        if (entry is null || entry.Id != id || !same(entry.Source, source)) return null;
        entry.Read = true;
        return entry.Fragment;
    }

    /// <summary>
    /// Has the processor fetch what <see cref="Find"/> will look at. A page that does so for all its ids first waits
    /// for their cache misses together, not one after the other.
    /// </summary>
    public unsafe void Prefetch(long id)
    {
        var at = SlotOf(id);
        var entry = Volatile.Read(ref _slots[at]);
        if (entry is null || entry.Id != id) entry = Volatile.Read(ref _slots[at ^ 1]);
        // The array may be moved meanwhile: then the wrong line is fetched, which harms nobody.
        if (entry is not null && Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(entry.Fragment)));
    }

    /// <param name="sourceBytes">What keeping <paramref name="source"/> alive costs beside the fragment.</param>
    public void Add(long id, in TSource source, byte[] fragment, int sourceBytes)
    {
        var entry = new Entry(id, source, fragment, fragment.Length + sourceBytes + EntryBytes);
        if (entry.Bytes > bytesMax / 8) return;

        var at = SlotOf(id);
        var first = Volatile.Read(ref _slots[at]);
        var second = Volatile.Read(ref _slots[at ^ 1]);
        // One id in both slots would serve whichever is older: its own slot goes first, then an empty one, then an
        // unread one.
        var isSecondBetter = first is not null && first.Id != id && (second is null || (first.Read && !second.Read));
        if (second?.Id == id || isSecondBetter) at ^= 1;
        Put(at, entry);
        if (Interlocked.Read(ref _bytes) > bytesMax) Shrink();
    }

    private static int SlotsFor(long bytesMax) =>
        (int)System.Numerics.BitOperations.RoundUpToPowerOf2(
            (uint)Math.Clamp(bytesMax / UsualFragmentBytes, 16, 1 << 26));

    // Snowflakes end in mostly zeros: Fibonacci hashing (Knuth, TAOCP 3 §6.4) spreads their upper bits over the table.
    private int SlotOf(long id) =>
        (int)((ulong)id * 0x9E37_79B9_7F4A_7C15 >> (64 - System.Numerics.BitOperations.Log2((uint)_slots.Length)));

    private void Put(int at, Entry? entry)
    {
        var old = Interlocked.Exchange(ref _slots[at], entry);
        Interlocked.Add(ref _bytes, (entry?.Bytes ?? 0) - (old?.Bytes ?? 0));
    }

    private void Shrink()
    {
        // Twice round clears every read mark and then every entry, so this ends even when all are read meanwhile.
        for (var steps = 0; steps < _slots.Length * 2 && Interlocked.Read(ref _bytes) > bytesMax; steps++)
        {
            var at = Interlocked.Increment(ref _hand) & (_slots.Length - 1);
            var entry = Volatile.Read(ref _slots[at]);
            if (entry is null) continue;
            if (entry.Read) entry.Read = false;
            else Put(at, null);
        }
    }

    private sealed class Entry(long id, TSource source, byte[] fragment, int bytes)
    {
        public readonly long Id = id;
        public readonly TSource Source = source;
        public readonly byte[] Fragment = fragment;
        public readonly int Bytes = bytes;

        /// <summary>A hint for the clock's hand; written without a fence, as a lost mark costs one rendering.</summary>
        public bool Read;
    }
}
