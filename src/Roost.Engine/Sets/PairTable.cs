using System.Runtime.CompilerServices;
using Roost.Engine.Ids;
using Roost.Engine.Memory;

namespace Roost.Engine.Sets;

/// <summary>
/// A table from (account, seq of a post) to a number that is not looked into: which boost record stands for "this
/// account boosted that post", when it was favourited. Open addressing, linear probing. One writer; readers on any
/// thread, without locks.
/// <code>
///  entry   key: account (32) | seq (32)     state: 0 absent, or 1 (32) | value (32)     16 B, two atomic words
/// </code>
/// </summary>
/// <remarks>
/// <para>Invariant that makes reading safe: in one array a slot's key is written once and never changes again. A new
/// entry's state is stored before its key (release), so who finds the key finds a state; setting and removing later is
/// one atomic store. Removed keys keep their slots until the array is replaced by a new one, which is filled first and
/// then swapped in whole. A reader goes on with the array it began with, and so answers as of the moment of the swap at
/// the earliest: never before its call.</para>
/// <para>Cost: 1 to 3 probes, nearly always in one cache line; at most 3/4 of the slots are used, at least 3/8 after
/// growing, so 21 to 43 bytes an entry. Growing rehashes all entries in the writer, once each doubling: a pause that
/// grows with the table.</para>
/// </remarks>
public sealed class PairTable
{
    private const int LengthMin = 64;

    /// <summary>So many entries ahead, where one goes in a new array is asked for.</summary>
    private const int RebuiltAhead = 16;

    private const ulong Present = 1UL << 32;

    private Entry[] _entries = new Entry[LengthMin];
    private int _used;
    private int _count;

    /// <summary>How many pairs have a value.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the array.</summary>
    public long Bytes => 16L * Volatile.Read(ref _entries).Length;

    /// <summary>Gives a pair a value, instead of the one that it may have. The writer only. <b>Hot path.</b></summary>
    /// <returns>Whether the pair had none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The account is nobody.</exception>
    public bool Set(AccountId account, uint seq, uint value)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(account.Value, nameof(account));
        var key = Key(account, seq);
        ref var entry = ref Find(_entries, key);
        if (entry.Key == 0)
        {
            if (_used + 1 > _entries.Length / 4 * 3)
            {
                Rebuild();
                entry = ref Find(_entries, key);
            }
            entry.State = Present | value;
            Volatile.Write(ref entry.Key, key);
            _used++;
            Volatile.Write(ref _count, _count + 1);
            return true;
        }
        var isNew = entry.State == 0;
        Volatile.Write(ref entry.State, Present | value);
        if (isNew)
            Volatile.Write(ref _count, _count + 1);
        return isNew;
    }

    /// <summary>The value of a pair; false when it has none. Any thread. <b>Hot path.</b></summary>
    public bool TryGet(AccountId account, uint seq, out uint value)
    {
        var key = Key(account, seq);
        ref var entry = ref Find(Volatile.Read(ref _entries), key);
        // A slot that was free when it was found may have become another key's since.
        var state = !account.IsNone && Volatile.Read(ref entry.Key) == key ? Volatile.Read(ref entry.State) : 0;
        value = (uint)state;
        return state != 0;
    }

    /// <summary>Has the processor fetch where <see cref="TryGet"/> will look first. Any thread.</summary>
    public void Prefetch(AccountId account, uint seq) => Prefetch(Volatile.Read(ref _entries), Key(account, seq));

    /// <summary>Takes a pair's value away. The writer only.</summary>
    /// <returns>Whether it had one.</returns>
    public bool Remove(AccountId account, uint seq)
    {
        ref var entry = ref Find(_entries, Key(account, seq));
        if (entry.Key == 0 || entry.State == 0)
            return false;
        Volatile.Write(ref entry.State, 0);
        Volatile.Write(ref _count, _count - 1);
        return true;
    }

    /// <summary>Not 0 for an account, since 0 marks free slots.</summary>
    private static ulong Key(AccountId account, uint seq) => ((ulong)(uint)account.Value << 32) | seq;

    /// <summary>The key's entry, or the free one where it would be. There always is a free one.</summary>
    private static ref Entry Find(Entry[] entries, ulong key)
    {
        var mask = (uint)entries.Length - 1;
        for (var index = Mix(key) & mask; ; index = (index + 1) & mask)
        {
            ref var entry = ref entries[index];
            var found = Volatile.Read(ref entry.Key);
            if (found == key || found == 0)
                return ref entry;
        }
    }

    /// <summary>
    /// The finalizer of MurmurHash3 (A. Appleby, public domain), its lower half: every bit of the key changes half of
    /// the index's.
    /// </summary>
    private static uint Mix(ulong key)
    {
        key = (key ^ (key >> 33)) * 0xFF51AFD7ED558CCD;
        key = (key ^ (key >> 33)) * 0xC4CEB9FE1A85EC53;
        return (uint)(key ^ (key >> 33));
    }

    private static unsafe void Prefetch(Entry[] entries, ulong key)
    {
        ref var entry = ref entries[Mix(key) & ((uint)entries.Length - 1)];
        // The array may be moved meanwhile: then the wrong line is fetched, which harms nobody.
        Processor.Prefetch(Unsafe.AsPointer(ref entry));
    }

    /// <summary>
    /// Swaps in an array without the removed entries, with at least twice as many slots as there are values and one
    /// more.
    /// </summary>
    private void Rebuild()
    {
        var length = _entries.Length;
        while (_count + 1 > length / 8 * 3)
            length = checked(2 * length);
        var entries = HugePages.NewArray<Entry>(length, isCleared: true);
        var old = _entries.AsSpan();
        for (var i = 0; i < old.Length; i++)
        {
            if (i + RebuiltAhead < old.Length)
                Prefetch(entries, old[i + RebuiltAhead].Key);
            if (old[i].State != 0)
                Find(entries, old[i].Key) = old[i];
        }
        _used = _count;
        Volatile.Write(ref _entries, entries);
    }

    private struct Entry
    {
        public ulong Key;
        public ulong State;
    }
}
