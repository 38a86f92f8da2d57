using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Roost.Engine.Inboxes;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The terms of an active segment, numbered as they come, so that frequent ones tend to have small numbers.
/// <code>
///  tables   256, by the hash's top bits; open addressing, at most 3/4 full; a slot: 6 bits of the hash | term + 1
///  entries  by term: where its docs are (TermEntry) | where its text is                                     8 B
///  records  of terms that several docs have: newest posting (see PostingSlices) | count                    16 B
///  texts    length, bytes, how many terms ago there was one with the same first three bytes (as ForwardCode writes
///           it); by those the newest one
/// </code>
/// </summary>
/// <remarks>
/// <para>One writer, readers on any thread. A term's entry and bytes are written before its slot is; a table that is
/// full is copied into one half as long again, which then takes its place: readers go on in the one that they have.
/// Only one table of 256 is copied at a time, so an add never waits long, though all of its terms are hashed again:
/// slots of 8 bytes that kept the hash took 17 bytes a post more.</para>
/// <para>A new term costs its slot (5 to 8 B), entry, link (1 to 3 B) and text. Most are in one doc and stay so.</para>
/// </remarks>
internal sealed unsafe class TermTable
{
    public const int TermsMax = (1 << TermBits) - 1;

    private const int TermBits = 26;
    private const int TableBits = 8;
    private const int SlotsAtFirst = 16;

    private const uint TermMask = (1u << TermBits) - 1;

    /// <summary>The lowest bits of a hash, which a slot has; the highest say in which table and where there.</summary>
    private const uint TagMask = uint.MaxValue >> TermBits;

    /// <summary>How many slots before a term is hashed again its text is asked for; its entry as many before that.
    /// </summary>
    private const int PrefetchAhead = 8;
    private const int ChainBits = 14;

    private readonly uint[][] _tables = new uint[1 << TableBits][];
    private readonly int[] _used = new int[1 << TableBits];
    private readonly NativePool<ulong> _entries;
    private readonly NativePool<TermRecord> _records;
    private readonly NativePool<byte> _texts;
    private readonly uint[] _chainHeads = new uint[1 << ChainBits];
    private readonly ulong _seed;
    private uint _count;
    private uint _recordCount;

    /// <param name="partBytes">What each of its structures grows by, and texts by twice that.</param>
    public TermTable(NativeSlabs slabs, int partBytes, ulong seed)
    {
        _seed = seed;
        _entries = new NativePool<ulong>(slabs, TermsMax, partBytes);
        _records = new NativePool<TermRecord>(slabs, TermsMax, partBytes);
        _texts = new NativePool<byte>(slabs, uint.MaxValue, 2 * partBytes);
        for (var i = 0; i < _tables.Length; i++)
            _tables[i] = MakeTable(SlotsAtFirst);
    }

    public uint Count => Volatile.Read(ref _count);

    /// <summary>Bytes of the tables; the rest is in the slabs.</summary>
    public long TableBytes { get; private set; }

    /// <summary>Bytes of its structures, the tables apart. The writer only.</summary>
    public (long Entries, long Records, long Texts) Parts => (_entries.Bytes, _records.Bytes, _texts.Bytes);

    /// <summary>Whether one more post's terms surely fit. The writer only.</summary>
    public bool HasRoom(int terms, int textBytes) =>
        _count + terms <= TermsMax && _texts.HasRoom(textBytes + (terms * (1 + ForwardCode.LengthMax)));

    /// <summary>Where a term's docs are. Any thread.</summary>
    public TermEntry this[uint term] => new(Volatile.Read(ref *_entries.At(term)));

    /// <summary>The record of a term that several docs have. Any thread.</summary>
    public TermRecord* Record(TermEntry entry) => _records.At(entry.Record);

    public ReadOnlySpan<byte> Text(uint term)
    {
        var text = _texts.At(this[term].Text);
        return new ReadOnlySpan<byte>(text + 1, *text);
    }

    /// <summary>Says that a term is in one doc. The writer only.</summary>
    public void SetDoc(uint term, uint doc) => Set(term, this[term].WithDoc(doc));

    /// <summary>Says that a term is in several docs, as a record says. The writer only.</summary>
    public void SetRecord(uint term, TermRecord record)
    {
        *_records.Grow(_recordCount) = record;
        Set(term, this[term].WithRecord(_recordCount++));
    }

    public uint Hash(byte* text, int length) => TermHash.Of(text, length, _seed);

    /// <summary>Asks the processor for the slot where the search for a hash begins.</summary>
    public void PrefetchSlot(uint hash)
    {
        var table = _tables[hash >> (32 - TableBits)];
        if (Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref table[First(table, hash)]));
    }

    /// <summary>Asks for a term's entry.</summary>
    public void PrefetchEntry(uint term)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_entries.At(term));
    }

    /// <summary>Asks for a term's bytes and record; its entry should be there.</summary>
    public void PrefetchText(uint term)
    {
        if (!Sse.IsSupported)
            return;
        var entry = this[term];
        Sse.Prefetch0(_texts.At(entry.Text));
        if (entry.HasRecord)
            Sse.Prefetch0(_records.At(entry.Record));
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
        for (var at = First(table, hash); ; at = Next(table, at))
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
        for (var next = Volatile.Read(ref _chainHeads[ChainOf(prefix)]); next != 0;)
        {
            var term = next - 1;
            var at = _texts.At(this[term].Text);
            var text = new ReadOnlySpan<byte>(at + 1, *at);
            at += 1 + *at;
            next -= ForwardCode.Read(ref at);
            if (text.StartsWith(prefix) && !each(term))
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
        for (var at = First(table, hash); ; at = Next(table, at))
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
        var other = _texts.At(this[term].Text);
        return *other == length
            && new ReadOnlySpan<byte>(other + 1, length).SequenceEqual(new ReadOnlySpan<byte>(text, length));
    }

    private uint Add(byte* text, int length, uint hash)
    {
        var term = _count;
        ref var head = ref _chainHeads[ChainOf(new ReadOnlySpan<byte>(text, length))];
        var step = term + 1 - head;
        var place = _texts.Take(1 + length + ForwardCode.Length(step));
        var to = _texts.At(place);
        *to = (byte)length;
        new ReadOnlySpan<byte>(text, length).CopyTo(new Span<byte>(to + 1, length));
        ForwardCode.Write(to + 1 + length, step);
        *_entries.Grow(term) = TermEntry.Of(place).Value;
        Volatile.Write(ref _count, term + 1);
        Volatile.Write(ref head, term + 1);

        var number = hash >> (32 - TableBits);
        if (4 * (_used[number] + 1) > 3 * _tables[number].Length)
            Lengthen(number);
        _used[number]++;
        Put(_tables[number], hash, term);
        return term;
    }

    private void Lengthen(uint number)
    {
        var old = _tables[number];
        var table = MakeTable(old.Length + (old.Length / 2));
        for (var at = 0; at < old.Length; at++)
        {
            if (at + (2 * PrefetchAhead) < old.Length && old[at + (2 * PrefetchAhead)] != 0)
                PrefetchEntry((old[at + (2 * PrefetchAhead)] & TermMask) - 1);
            if (at + PrefetchAhead < old.Length && old[at + PrefetchAhead] != 0)
                PrefetchText((old[at + PrefetchAhead] & TermMask) - 1);
            if (old[at] == 0)
                continue;
            var term = (old[at] & TermMask) - 1;
            var text = _texts.At(this[term].Text);
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

    private void Set(uint term, TermEntry entry) => Volatile.Write(ref *_entries.At(term), entry.Value);

    /// <summary>The slot where the search for a hash begins.</summary>
    private static uint First(uint[] table, uint hash) =>
        (uint)(((ulong)(hash << TableBits) * (uint)table.Length) >> 32);

    private static uint Next(uint[] table, uint at) => at + 1 == (uint)table.Length ? 0 : at + 1;

    private static bool MayBe(uint slot, uint hash) => slot >> TermBits == (hash & TagMask);

    private static void Put(uint[] table, uint hash, uint term)
    {
        var at = First(table, hash);
        while (table[at] != 0)
            at = Next(table, at);
        Volatile.Write(ref table[at], (hash << TermBits) | (term + 1));
    }

    private static int ChainOf(ReadOnlySpan<byte> text)
    {
        var key = text.Length > 0 ? (uint)text[0] : 0;
        key |= text.Length > 1 ? (uint)text[1] << 8 : 0;
        key |= text.Length > 2 ? (uint)text[2] << 16 : 0;
        return (int)((key * 2_654_435_769) >> (32 - ChainBits));
    }
}

/// <summary>
/// What is known of each term, 8 bytes, read and written whole.
/// <code>
///  63 = 1: several docs have it, and its record's number is 62 … 32; else the one doc plus 1, or 0 for none yet
///  31 … 0  where its text is
/// </code>
/// </summary>
internal readonly record struct TermEntry(ulong Value)
{
    private const ulong Several = 1UL << 63;

    public bool HasRecord => (Value & Several) != 0;

    /// <summary>Its number, if it has one.</summary>
    public uint Record => (uint)(Value >> 32) & int.MaxValue;

    /// <summary>Whether it has one doc, <see cref="Doc"/>.</summary>
    public bool HasDoc => Value >> 32 is > 0 and <= int.MaxValue;

    public uint Doc => Record - 1;

    public uint Text => (uint)Value;

    public static TermEntry Of(uint text) => new(text);

    public TermEntry WithDoc(uint doc) => new(((doc + 1UL) << 32) | Text);

    public TermEntry WithRecord(uint record) => new(Several | ((ulong)record << 32) | Text);
}

/// <summary>Of a term that several docs have.</summary>
internal struct TermRecord
{
    /// <summary>See <see cref="PostingSlices"/>.</summary>
    public ulong Newest;

    /// <summary>Posts that have the term.</summary>
    public uint Count;
}
