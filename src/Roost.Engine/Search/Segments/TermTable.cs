using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Roost.Engine.Inboxes;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The terms of an active segment, numbered as they come, so that frequent ones tend to have small numbers.
/// <code>
///  tables   256, by the hash's top bits; open addressing, at most 3/4 full; a slot: 6 more bits of the hash | term + 1
///  records  by term: newest posting (see PostingSlices) | count | where its bytes are      16 B
///  texts    length, bytes
///  chains   by term: the term before it with the same first three bytes; heads by those
/// </code>
/// </summary>
/// <remarks>
/// <para>One writer, readers on any thread. A term's record and bytes are written before its slot is; a table that is
/// full is copied into one twice as long, which then takes its place: readers go on in the one that they have. Only
/// one table of 256 is copied at a time, so an add never waits long, though all of its terms are hashed again: slots of
/// 8 bytes that kept the hash took 17 bytes a post more.</para>
/// <para>A new term costs its slot (5 to 11 B), record, chain link (4 B) and text.</para>
/// </remarks>
internal sealed unsafe class TermTable
{
    public const int TermsMax = (1 << TermBits) - 1;

    private const int TermBits = 26;
    private const int TableBits = 8;
    private const int SlotsAtFirst = 16;

    /// <summary>Where in the hash the bits are that a slot has, above those that say where in a table it is.</summary>
    private const int TagShift = 32 - TableBits - (32 - TermBits);
    private const uint TermMask = (1u << TermBits) - 1;

    /// <summary>How many slots before a term is hashed again its text is asked for; its record as many before that.
    /// </summary>
    private const int PrefetchAhead = 8;
    private const int ChainBits = 14;

    private readonly uint[][] _tables = new uint[1 << TableBits][];
    private readonly int[] _used = new int[1 << TableBits];
    private readonly NativePool<TermRecord> _records;
    private readonly NativePool<byte> _texts;
    private readonly NativePool<uint> _chains;
    private readonly uint[] _chainHeads = new uint[1 << ChainBits];
    private readonly ulong _seed;
    private uint _count;

    /// <param name="partBytes">What each of its structures grows by, and texts by twice that.</param>
    public TermTable(NativeSlabs slabs, int partBytes, ulong seed)
    {
        _seed = seed;
        _records = new NativePool<TermRecord>(slabs, TermsMax, partBytes);
        _texts = new NativePool<byte>(slabs, uint.MaxValue, 2 * partBytes);
        _chains = new NativePool<uint>(slabs, TermsMax, partBytes);
        for (var i = 0; i < _tables.Length; i++)
            _tables[i] = MakeTable(SlotsAtFirst);
    }

    public uint Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the tables; the rest is in the slabs.</summary>
    public long TableBytes { get; private set; }

    /// <summary>Bytes of its structures, the tables apart. The writer only.</summary>
    public (long Records, long Texts, long Chains) Parts => (_records.Bytes, _texts.Bytes, _chains.Bytes);

    /// <summary>Whether one more post's terms surely fit. The writer only.</summary>
    public bool HasRoom(int terms, int textBytes) =>
        _count + terms <= TermsMax && _texts.HasRoom(textBytes);

    public TermRecord* Record(uint term) => _records.At(term);

    public ReadOnlySpan<byte> Text(uint term)
    {
        var text = _texts.At(_records.At(term)->Text);
        return new ReadOnlySpan<byte>(text + 1, *text);
    }

    public uint Hash(byte* text, int length) => TermHash.Of(text, length, _seed);

    /// <summary>Asks the processor for the slot where the search for a hash begins.</summary>
    public void PrefetchSlot(uint hash)
    {
        var table = _tables[hash >> (32 - TableBits)];
        if (Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref table[hash & (uint)(table.Length - 1)]));
    }

    /// <summary>Asks for a term's record.</summary>
    public void PrefetchRecord(uint term)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_records.At(term));
    }

    /// <summary>Asks for a term's bytes.</summary>
    public void PrefetchText(uint term)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_texts.At(_records.At(term)->Text));
    }

    /// <summary>The term's number, or -1. Any thread.</summary>
    public int Find(ReadOnlySpan<byte> text)
    {
        fixed (byte* at = text)
        {
            return Find(at, text.Length, Hash(at, text.Length));
        }
    }

    /// <summary>The term that a hash alone points to, most likely the right one; -1 if there surely is none.</summary>
    public int Guess(uint hash)
    {
        var table = _tables[hash >> (32 - TableBits)];
        var mask = (uint)(table.Length - 1);
        for (var at = hash & mask; ; at = (at + 1) & mask)
        {
            var slot = table[at];
            if (slot == 0)
                return -1;
            if (MayBe(slot, hash))
                return (int)(slot & TermMask) - 1;
        }
    }

    /// <summary>The term's number, new if need be. The writer only. <b>Hot path.</b></summary>
    /// <param name="guess">What <see cref="Guess"/> said.</param>
    public uint FindOrAdd(byte* text, int length, uint hash, int guess)
    {
        if (guess >= 0 && Is((uint)guess, text, length))
            return (uint)guess;
        // Another term of the post may have been added since, even this one: look again.
        var found = Find(text, length, hash);
        return found >= 0 ? (uint)found : Add(text, length, hash);
    }

    /// <summary>
    /// Calls <paramref name="each"/> with every term that begins so, newest terms first, until it says false. Any
    /// thread.
    /// </summary>
    /// <returns>Whether all were seen.</returns>
    public bool ForEachWithPrefix(ReadOnlySpan<byte> prefix, Func<uint, bool> each)
    {
        if (prefix.Length < 3)
            return ForEachOfAll(prefix, each);
        for (var next = Volatile.Read(ref _chainHeads[ChainOf(prefix)]); next != 0; next = *_chains.At(next - 1))
        {
            if (Text(next - 1).StartsWith(prefix) && !each(next - 1))
                return false;
        }
        return true;
    }

    private bool ForEachOfAll(ReadOnlySpan<byte> prefix, Func<uint, bool> each)
    {
        for (var term = Count; term > 0; term--)
        {
            if (Text(term - 1).StartsWith(prefix) && !each(term - 1))
                return false;
        }
        return true;
    }

    private int Find(byte* text, int length, uint hash)
    {
        var table = Volatile.Read(ref _tables[hash >> (32 - TableBits)]);
        var mask = (uint)(table.Length - 1);
        for (var at = hash & mask; ; at = (at + 1) & mask)
        {
            var slot = Volatile.Read(ref table[at]);
            if (slot == 0)
                return -1;
            if (MayBe(slot, hash) && Is((slot & TermMask) - 1, text, length))
                return (int)(slot & TermMask) - 1;
        }
    }

    private bool Is(uint term, byte* text, int length)
    {
        var other = _texts.At(_records.At(term)->Text);
        return *other == length
            && new ReadOnlySpan<byte>(other + 1, length).SequenceEqual(new ReadOnlySpan<byte>(text, length));
    }

    private uint Add(byte* text, int length, uint hash)
    {
        var term = _count;
        var place = _texts.Take(length + 1);
        var to = _texts.At(place);
        *to = (byte)length;
        new ReadOnlySpan<byte>(text, length).CopyTo(new Span<byte>(to + 1, length));
        *_records.Grow(term) = new TermRecord { Text = place };

        ref var head = ref _chainHeads[ChainOf(new ReadOnlySpan<byte>(text, length))];
        *_chains.Grow(term) = head;
        Volatile.Write(ref _count, term + 1);
        Volatile.Write(ref head, term + 1);

        var number = hash >> (32 - TableBits);
        if (4 * (_used[number] + 1) > 3 * _tables[number].Length)
            Double(number);
        _used[number]++;
        Put(_tables[number], hash, term);
        return term;
    }

    private void Double(uint number)
    {
        var old = _tables[number];
        var table = MakeTable(2 * old.Length);
        for (var at = 0; at < old.Length; at++)
        {
            if (at + (2 * PrefetchAhead) < old.Length && old[at + (2 * PrefetchAhead)] != 0)
                PrefetchRecord((old[at + (2 * PrefetchAhead)] & TermMask) - 1);
            if (at + PrefetchAhead < old.Length && old[at + PrefetchAhead] != 0)
                PrefetchText((old[at + PrefetchAhead] & TermMask) - 1);
            if (old[at] == 0)
                continue;
            var term = (old[at] & TermMask) - 1;
            var text = _texts.At(_records.At(term)->Text);
            Put(table, Hash(text + 1, *text), term);
        }
        TableBytes -= (long)old.Length * sizeof(uint);
        Volatile.Write(ref _tables[number], table);
    }

    private uint[] MakeTable(int length)
    {
        TableBytes += (long)length * sizeof(uint);
        // Pinned, since the writer prefetches in it.
        return GC.AllocateArray<uint>(length, pinned: true);
    }

    private static bool MayBe(uint slot, uint hash) => slot >> TermBits == Tag(hash);

    private static uint Tag(uint hash) => (hash >> TagShift) & (uint.MaxValue >> TermBits);

    private static void Put(uint[] table, uint hash, uint term)
    {
        var mask = (uint)(table.Length - 1);
        var at = hash & mask;
        while (table[at] != 0)
            at = (at + 1) & mask;
        Volatile.Write(ref table[at], (Tag(hash) << TermBits) | (term + 1));
    }

    private static int ChainOf(ReadOnlySpan<byte> text)
    {
        var key = text.Length > 0 ? (uint)text[0] : 0;
        key |= text.Length > 1 ? (uint)text[1] << 8 : 0;
        key |= text.Length > 2 ? (uint)text[2] << 16 : 0;
        return (int)((key * 2_654_435_769) >> (32 - ChainBits));
    }
}

internal struct TermRecord
{
    /// <summary>See <see cref="PostingSlices"/>.</summary>
    public ulong Newest;

    /// <summary>Posts that have the term.</summary>
    public uint Count;

    /// <summary>Where its bytes are.</summary>
    public uint Text;
}
