using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Roost.Engine.Memory;

namespace Roost.Engine.Fragments;

/// <summary>
/// Bytes that were dear to make, kept until something newer needs the room: rendered posts, rendered accounts. Each has
/// a key and a version of what it was made from, and is found under that version only, so nothing must be told of
/// changes: what is out of date is not found, and made again.
/// <code>
///  slots    [ line 44711, 15 lines | 0 | line 9, 13 lines | … ]      8 B each, by place
///                     |
///  slabs    …| key, version, length | bytes …            |…          a ring: the newest overwrites the oldest
///            ^ each begins at a cache line
/// </code>
/// </summary>
/// <remarks>
/// <para><b>Places.</b> Whoever keeps fragments numbers them: a place has one slot, neighbours share cache lines, and a
/// place that is as many ahead as there are slots takes the slot over. Numbers that are dense among what is read
/// together, as seqs and account ids are, so cost few cache misses and never collide.</para>
/// <para><b>Threads.</b> Any. Readers take no lock. A position only grows; the byte it stands for is overwritten one
/// lap later. A writer moves <see cref="_reserved"/> first and then writes, a reader copies first and then looks at it:
/// if what it copied lies more than a lap behind, the copy may be torn and is thrown away. Until then nothing that was
/// read is trusted beyond the bounds of the slot. Writers take a lock; what they hold it for is one copy.</para>
/// <para><b>What stays.</b> A fragment found in the oldest eighth of the ring is written once more at its head, so what
/// is read at least once in an eighth of a lap never leaves.</para>
/// <para><b>Common bytes.</b> Who says what fragments have in common (<see cref="CommonBytes"/>) has only the rest of
/// them kept: they are packed when they are added, and unpacked when they are copied.</para>
/// <para><b>Cost.</b> Found: two cache misses and the bytes; both can be asked for beforehand (<see cref="Prefetch"/>).
/// Slabs are pinned, never freed, and made when first needed; the kernel is asked to back them by huge pages, which
/// takes a third off copying fragments scattered over more than the TLB covers.</para>
/// </remarks>
public sealed class FragmentArena<TVersion>
    where TVersion : unmanaged, IEquatable<TVersion>
{
    private const int LineBits = 6;
    private const int LineBytes = 1 << LineBits;
    private const int LinesBits = 12;
    private const int LinesMax = (1 << LinesBits) - 1;
    private const int SlabBytesMin = 1 << 16;
    private const int SlabBytesMax = 1 << 24;

    /// <summary>
    /// So many bytes of slabs for each slot: about an eighth of what a fragment takes, since what is kept is seldom
    /// dense. Of two places that share a slot only one is kept, and the other made again and again.
    /// </summary>
    private const int BytesPerSlot = 128;

    /// <summary>The same of what is packed, to a third or less.</summary>
    private const int BytesPerSlotPacked = 64;

    /// <summary>What is packed on the stack.</summary>
    private const int PackedOnStackMax = 2_048;

    private static readonly int _headerBytes = Unsafe.SizeOf<Header>();

    private readonly Slab[] _slabs;
    private readonly ulong[] _slots;
    private readonly int _slabBits;
    private readonly long _capacity;
    private readonly CommonBytes? _common;
    private readonly Lock _writing = new();

    // The position up to which bytes are, or are about to be, written. Moved under _writing. It starts after the first
    // line, so that no slot in use is 0.
    private long _reserved = LineBytes;

    /// <param name="bytesMax">What slabs and slots may take, at least 256 KiB.</param>
    /// <param name="common">What all fragments have in common, or null.</param>
    public FragmentArena(long bytesMax, CommonBytes? common = null)
    {
        _common = common;
        var bytesPerSlot = common is null ? BytesPerSlot : BytesPerSlotPacked;
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 4 * SlabBytesMin);
        var slab = Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)bytesMax) >> 3, SlabBytesMin, SlabBytesMax);
        _slabBits = BitOperations.Log2((ulong)slab);
        var slots = Math.Min(BitOperations.RoundUpToPowerOf2((ulong)bytesMax) / 2 / (ulong)bytesPerSlot, 1UL << 30);
        _slots = new ulong[slots];
        _slabs = new Slab[(bytesMax - (long)slots * sizeof(ulong)) / slab];
        _capacity = _slabs.Length * slab;
        var room = Math.Min(LinesMax << LineBits, (1 << _slabBits) / 2) - _headerBytes;
        LengthMax = common is null ? room : room - (CommonBytes.PackedMax(room) - room);
    }

    /// <summary>The longest fragment that is kept.</summary>
    public int LengthMax { get; }

    /// <summary>
    /// Has the processor fetch what is kept at a place. Who does so for a whole page first waits for all its cache
    /// misses together, not for one after the other. <b>Hot path.</b>
    /// </summary>
    public unsafe void Prefetch(uint place)
    {
        var slot = Volatile.Read(ref SlotOf(place));
        if (slot == 0)
            return;
        // Every line of it: the processor's own prefetcher begins only after some misses, and fragments are short.
        var lines = (int)(slot & LinesMax);
        // The slab is pinned, so the address stays good.
        var at = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(Record(PositionOf(slot), lines << LineBits)));
        for (var i = 0; i < lines; i++)
            Processor.Prefetch(at + (i << LineBits));
    }

    /// <summary>Whether a fragment is kept, as of now. <b>Hot path.</b></summary>
    /// <inheritdoc cref="TryCopy{TWriter}(uint, long, in TVersion, TWriter)"/>
    public bool Has(uint place, long key, in TVersion version)
    {
        if (!TryFind(place, key, version, out var slot, out _))
            return false;
        Volatile.ReadBarrier();
        return IsIntact(PositionOf(slot));
    }

    /// <summary>Appends a kept fragment to <paramref name="to"/>. <b>Hot path</b>; allocates nothing.</summary>
    /// <param name="place">The same for the same key, always.</param>
    /// <param name="version">Of what must have been made from.</param>
    /// <returns>False, and nothing appended, when it is not kept in that version.</returns>
    public bool TryCopy<TWriter>(uint place, long key, in TVersion version, TWriter to)
        where TWriter : IBufferWriter<byte>
    {
        if (!TryFind(place, key, version, out var slot, out var record))
            return false;
        var position = PositionOf(slot);
        var header = MemoryMarshal.AsRef<Header>(record);
        if ((uint)header.Kept > (uint)(record.Length - _headerBytes) || (uint)header.Length > (uint)LengthMax)
            return false;
        var length = header.Length;
        var kept = record.Slice(_headerBytes, header.Kept);
        if (_common is null)
            kept.CopyTo(to.GetSpan(kept.Length));
        else if (!_common.TryUnpack(kept, to.GetSpan(length + CommonBytes.Slack)[..(length + CommonBytes.Slack)]))
            return false;
        Volatile.ReadBarrier();
        if (!IsIntact(position))
            return false;
        to.Advance(length);
        if (position < Volatile.Read(ref _reserved) - _capacity / 8 * 7)
            Renew(place, slot);
        return true;
    }

    /// <summary>Keeps a fragment, in place of another version of it, unless it is longer than
    /// <see cref="LengthMax"/>.</summary>
    [SkipLocalsInit]
    public void Add(uint place, long key, in TVersion version, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > LengthMax)
            return;
        if (_common is null)
        {
            Add(place, new Header { Key = key, Version = version, Length = bytes.Length }, bytes);
            return;
        }
        var room = CommonBytes.PackedMax(bytes.Length);
        Span<byte> packed = room <= PackedOnStackMax ? stackalloc byte[PackedOnStackMax] : new byte[room];
        packed = packed[.._common.Pack(bytes, packed)];
        Add(place, new Header { Key = key, Version = version, Length = bytes.Length }, packed);
    }

    private void Add(uint place, Header header, ReadOnlySpan<byte> kept)
    {
        header.Kept = kept.Length;
        lock (_writing)
        {
            var record = Reserve_NeedsLock(_headerBytes + kept.Length, out var slot);
            MemoryMarshal.Write(record, header);
            kept.CopyTo(record[_headerBytes..]);
            Volatile.Write(ref SlotOf(place), slot);
        }
    }

    /// <summary>Moves a fragment that is still read to the young end of the ring, unless somebody else is writing: it
    /// has some of the eighth left to be read again.</summary>
    private void Renew(uint place, ulong slot)
    {
        if (!_writing.TryEnter())
            return;
        try
        {
            var position = PositionOf(slot);
            var bytes = (int)(slot & LinesMax) << LineBits;
            // Its own copy must not overwrite it: with the rest of a slab, reserving takes less than twice its room.
            if (Volatile.Read(ref SlotOf(place)) != slot || position < _reserved - _capacity + 2L * bytes)
                return;
            Record(position, bytes).CopyTo(Reserve_NeedsLock(bytes, out var renewed));
            Volatile.Write(ref SlotOf(place), renewed);
        }
        finally
        {
            _writing.Exit();
        }
    }

    /// <summary>Room at the head, in one slab; what was there is not intact from here on.</summary>
    private Span<byte> Reserve_NeedsLock(int bytes, out ulong slot)
    {
        var lines = (bytes + LineBytes - 1) >> LineBits;
        var room = lines << LineBits;
        var position = _reserved;
        var slabBytes = 1L << _slabBits;
        if ((position & (slabBytes - 1)) + room > slabBytes)
            position = (position | (slabBytes - 1)) + 1;
        Volatile.Write(ref _reserved, position + room);
        Volatile.WriteBarrier();
        ref var slab = ref _slabs[(uint)(position >> _slabBits) % (uint)_slabs.Length];
        if (slab.Bytes is null)
            slab = Slab.Create((int)slabBytes);
        slot = ((ulong)position >> LineBits << LinesBits) | (uint)lines;
        return Record(position, room);
    }

    private ref ulong SlotOf(uint place) => ref _slots[place & (uint)(_slots.Length - 1)];

    /// <summary>Where a fragment is in that version, as far as its header says: what is read of it counts only if it is
    /// intact still (<see cref="IsIntact"/>) after a barrier.</summary>
    private bool TryFind(uint place, long key, in TVersion version, out ulong slot, out Span<byte> record)
    {
        slot = Volatile.Read(ref SlotOf(place));
        record = default;
        if (slot == 0 || !IsIntact(PositionOf(slot)))
            return false;
        record = Record(PositionOf(slot), (int)(slot & LinesMax) << LineBits);
        ref readonly var header = ref MemoryMarshal.AsRef<Header>(record);
        return header.Key == key && header.Version.Equals(version);
    }

    private static long PositionOf(ulong slot) => (long)(slot >> LinesBits << LineBits);

    /// <summary>Whether nothing has begun to overwrite what is at a position.</summary>
    private bool IsIntact(long position) => position >= Volatile.Read(ref _reserved) - _capacity;

    private Span<byte> Record(long position, int bytes)
    {
        ref readonly var slab = ref _slabs[(uint)(position >> _slabBits) % (uint)_slabs.Length];
        return slab.Bytes.AsSpan(slab.Start + (int)(position & ((1L << _slabBits) - 1)), bytes);
    }

    private struct Header
    {
        public long Key;
        public TVersion Version;

        /// <summary>Bytes that were added, and bytes that are kept of them.</summary>
        public int Length;
        public int Kept;
    }

    /// <summary>A pinned array, and where in it the first cache line begins.</summary>
    private readonly struct Slab(byte[] bytes, int start)
    {
        public readonly byte[] Bytes = bytes;
        public readonly int Start = start;

        public static unsafe Slab Create(int bytes)
        {
            var array = GC.AllocateUninitializedArray<byte>(bytes + LineBytes, pinned: true);
            var address = Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
            HugePages.Advise(address, array.Length);
            return new Slab(array, (int)(-(nint)address & (LineBytes - 1)));
        }
    }
}
