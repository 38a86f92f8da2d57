using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Roost.Engine.Inboxes;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The posting lists of an active segment: for each term that several docs have those docs, ascending, in slices that
/// grow in length up to 2,040 docs (M. Busch et al., "Earlybird: Real-Time Search at Twitter", ICDE 2012, §V-A, whose
/// slices double and lie in one pool a size; here all lie in one pool, and each is half as long as all before, so that
/// less of the newest one is empty: shorter ones cost a search more cache misses, one for each slice).
/// <code>
///  newest   62 = 1: the term is frequent, and its docs are bits: its place there (31 … 0)
///           else: level (60 … 56) | docs in the newest slice (47 … 32) | where it starts (31 … 0)
///  slice    start of the slice before it, 4 B, plus 1 if that one is of the last level too (starts are multiples of
///           4), none in level 1; then docs, 3 B each.   level 1: 4 docs, … 18: 2,040, and so on with those
/// </code>
/// </summary>
/// <remarks>
/// One writer. It writes a doc and then, whole, the term's newest: who has read that finds all docs that it covers. A
/// list that is full and of a term that one doc in 64 has becomes bits (<see cref="FrequentTerms"/>); its slices stay
/// for who walks them.
/// Nothing is ever moved. A list is walked backwards, and a slice whose oldest doc is newer than what is wanted is left
/// at once, so that the walk from a cursor deep in a long list costs a step for each 2,040 docs.
/// </remarks>
internal sealed unsafe class PostingSlices(NativeSlabs slabs, uint docsMax, int chunkBytes)
{
    private const int LevelMax = 18;

    /// <summary>By level. Multiples of four, for starts to be.</summary>
    private static ReadOnlySpan<ushort> DocsOfLevel =>
    [
        0, 4, 4, 4, 8, 12, 16, 24, 36, 52, 80, 120, 180, 268, 404, 604, 908, 1_360, 2_040,
    ];

    /// <summary>Of a walk only: its one doc is 31 … 0.</summary>
    private const ulong OneDoc = 1UL << 63;
    private const ulong Bits = 1UL << 62;
    private const uint BeforeIsLast = 1;
    private const int HeaderBytes = sizeof(uint);
    private const int DocBytes = 3;
    private const uint DocMask = (1u << (8 * DocBytes)) - 1;

    private readonly NativePool<byte> _slices = new(slabs, uint.MaxValue, chunkBytes);
    private readonly FrequentTerms _frequent = new(slabs, docsMax);

    /// <summary>Bytes of slices, and of bits. The writer only.</summary>
    public (long Slices, long Bits) Parts => (_slices.Bytes, _frequent.Bytes);

    /// <summary>Whether slices for so many more postings, each in a list of its own, surely fit.</summary>
    public bool HasRoom(int postings) => _slices.HasRoom(Math.Min(postings, 64) * Bytes(LevelMax));

    /// <summary>The walk of a term that has one doc.</summary>
    public static SliceWalk Single(uint doc) => new(OneDoc | doc);

    /// <summary>What a term's record is that has two docs. The writer only.</summary>
    public TermRecord Begin(uint first, uint second)
    {
        var start = NewSlice(1, 0);
        Put(Docs(1, start), first);
        Put(Docs(1, start) + DocBytes, second);
        return new TermRecord { Newest = Pack(1, 2, start), Count = 2 };
    }

    /// <summary>Puts a doc at the newest end of a term's list, unless it is there. The writer only. <b>Hot
    /// path.</b></summary>
    public void Append(TermRecord* record, uint doc)
    {
        var newest = record->Newest;
        if ((newest & Bits) != 0)
        {
            if (_frequent.Add((uint)newest, doc))
                Volatile.Write(ref record->Count, record->Count + 1);
            return;
        }
        var start = (uint)newest;
        var used = Used(newest);
        var level = Level(newest);
        var docs = Docs(level, start);
        if (Get(docs, used - 1) == doc)
            return;
        if (used == DocsOf(level))
        {
            if (DocBits.Suits(record->Count, doc) && _frequent.HasRoom)
            {
                MakeBits(record, doc);
                return;
            }
            var isLast = level == LevelMax;
            level = isLast ? level : level + 1;
            start = NewSlice(level, start | (isLast ? BeforeIsLast : 0));
            docs = Docs(level, start);
            used = 0;
        }
        Put(docs + (DocBytes * used), doc);
        record->Count++;
        Volatile.Write(ref record->Newest, Pack(level, used + 1, start));
    }

    /// <summary>Asks the processor for where the next doc goes.</summary>
    public void PrefetchEnd(TermRecord* record)
    {
        var newest = record->Newest;
        if (System.Runtime.Intrinsics.X86.Sse.IsSupported && (newest & Bits) == 0)
            System.Runtime.Intrinsics.X86.Sse.Prefetch0(_slices.At((uint)newest) + (DocBytes * Used(newest)));
    }

    /// <summary>The docs of a term as bits, if they are kept so, else none. Any thread.</summary>
    public DocBits BitsOf(TermRecord* record)
    {
        var newest = Volatile.Read(ref record->Newest);
        return (newest & Bits) != 0 ? _frequent[(uint)newest] : default;
    }

    /// <summary>Begins a walk from the newest doc that is at most <paramref name="docMax"/>. Any thread.</summary>
    public SliceWalk Start(TermRecord* record, uint docMax)
    {
        var walk = new SliceWalk(Volatile.Read(ref record->Newest));
        if (IsBits(walk))
            return BitsBelow((uint)walk.Newest, Math.Min(docMax, docsMax - 1) + 1);
        // Mostly nothing is newer than what is wanted, and the slice's end is read next.
        if (Get(DocsOf(walk), Used(walk.Newest) - 1) <= docMax)
            return walk;
        Skip(ref walk, docMax);
        if (walk.Newest == 0)
            return walk;
        var docs = DocsOf(walk);
        int low = 1, high = Used(walk.Newest);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Get(docs, middle) <= docMax)
                low = middle + 1;
            else
                high = middle;
        }
        return new SliceWalk(Pack(Level(walk.Newest), low, (uint)walk.Newest));
    }

    /// <summary>Passes over slices whose docs are all above <paramref name="docMax"/>. Any thread.</summary>
    public void Skip(ref SliceWalk walk, uint docMax)
    {
        if (IsBits(walk))
        {
            if (Below(walk) > docMax)
                walk = BitsBelow(Place(walk), docMax + 1);
            return;
        }
        while (walk.Newest != 0 && !IsSingle(walk) && Get(DocsOf(walk), 0) > docMax)
            walk = Before(walk);
    }

    /// <summary>The next docs of a walk, descending; none at its end. <b>Hot path.</b></summary>
    public int Read(ref SliceWalk walk, Span<uint> docs)
    {
        if (IsBits(walk))
            return ReadBits(ref walk, docs);
        var count = 0;
        while (count < docs.Length && walk.Newest != 0)
        {
            if (IsSingle(walk))
            {
                docs[count++] = (uint)walk.Newest;
                walk = default;
                break;
            }
            var left = Used(walk.Newest);
            var take = Math.Min(docs.Length - count, left);
            CopyBackwards(DocsOf(walk) + (DocBytes * left), docs.Slice(count, take));
            count += take;
            walk = take == left
                ? Before(walk)
                : new SliceWalk(Pack(Level(walk.Newest), left - take, (uint)walk.Newest));
        }
        return count;
    }

    /// <summary>Copies what lies before <paramref name="end"/>, the last first.</summary>
    private static void CopyBackwards(byte* end, Span<uint> to)
    {
        const byte None = 0xFF;
        var high = Vector128.Create(13, 14, 15, None, 10, 11, 12, None, 7, 8, 9, None, 4, 5, 6, None);
        var low = Vector128.Create(9, 10, 11, None, 6, 7, 8, None, 3, 4, 5, None, 0, 1, 2, None);
        const int Eight = 8 * DocBytes;
        var copied = 0;
        for (; copied + 8 <= to.Length; copied += 8)
        {
            end -= Eight;
            var newer = Vector128.Load(end + Eight - Vector128<byte>.Count);
            Vector128.Shuffle(newer, high).AsUInt32().CopyTo(to[copied..]);
            Vector128.Shuffle(Vector128.Load(end), low).AsUInt32().CopyTo(to[(copied + 4)..]);
        }
        for (; copied < to.Length; copied++)
        {
            end -= DocBytes;
            to[copied] = Get(end, 0);
        }
    }

    private int ReadBits(ref SliceWalk walk, Span<uint> docs)
    {
        var below = Below(walk);
        var count = _frequent[Place(walk)].Read(ref below, docs);
        walk = BitsBelow(Place(walk), below);
        return count;
    }

    private void MakeBits(TermRecord* record, uint doc)
    {
        var place = _frequent.Take();
        Span<uint> docs = stackalloc uint[PostingWalk.BlockLength];
        var walk = new SliceWalk(record->Newest);
        for (var read = Read(ref walk, docs); read > 0; read = Read(ref walk, docs))
        {
            foreach (var one in docs[..read]) _frequent.Add(place, one);
        }
        _frequent.Add(place, doc);
        record->Count++;
        Volatile.Write(ref record->Newest, Bits | place);
    }

    private SliceWalk Before(SliceWalk walk)
    {
        var level = Level(walk.Newest);
        if (level == 1)
            return default;
        var header = *(uint*)_slices.At((uint)walk.Newest);
        var before = (header & BeforeIsLast) != 0 ? LevelMax : level - 1;
        return new SliceWalk(Pack(before, DocsOf(before), header & ~BeforeIsLast));
    }

    private uint NewSlice(int level, uint header)
    {
        var start = _slices.Take(Bytes(level));
        if (level > 1)
            *(uint*)_slices.At(start) = header;
        return start;
    }

    private byte* Docs(int level, uint start) => _slices.At(start) + (level > 1 ? HeaderBytes : 0);

    private byte* DocsOf(SliceWalk walk) => Docs(Level(walk.Newest), (uint)walk.Newest);

    /// <summary>Reads a byte more, which is not the slice's.</summary>
    private static uint Get(byte* docs, int index) =>
        Unsafe.ReadUnaligned<uint>(docs + (DocBytes * index)) & DocMask;

    private static void Put(byte* to, uint doc)
    {
        Unsafe.WriteUnaligned(to, (ushort)doc);
        to[2] = (byte)(doc >> 16);
    }

    /// <summary>Of a walk of bits, whose place takes the room of slices' level and use.</summary>
    private static SliceWalk BitsBelow(uint place, uint below) => new(Bits | ((ulong)place << 32) | below);

    private static bool IsBits(SliceWalk walk) => (walk.Newest & (OneDoc | Bits)) == Bits;

    private static uint Place(SliceWalk walk) => (uint)(walk.Newest >> 32) & (FrequentTerms.TermsMax - 1);

    private static uint Below(SliceWalk walk) => (uint)walk.Newest;

    private static bool IsSingle(SliceWalk walk) => (walk.Newest & OneDoc) != 0;

    private static int DocsOf(int level) => DocsOfLevel[level];

    private static int Bytes(int level) => (level > 1 ? HeaderBytes : 0) + (DocBytes * DocsOf(level));

    private static int Level(ulong newest) => (int)(newest >> 56) & 31;

    private static int Used(ulong newest) => (int)(newest >> 32) & 0xFFFF;

    private static ulong Pack(int level, int used, uint start) =>
        ((ulong)level << 56) | ((ulong)used << 32) | start;
}

/// <param name="Newest">Of the part still to be walked, in the form of <see cref="TermRecord.Newest"/>, or 63 = 1 and
/// the one doc that is left; 0 for none.</param>
internal readonly record struct SliceWalk(ulong Newest);
