using System.Runtime.Intrinsics;
using Roost.Engine.Inboxes;

namespace Roost.Engine.Search.Segments;

/// <summary>
/// The posting lists of an active segment: for each term the docs that have it, ascending, in slices that grow in
/// length up to 2,048 words (M. Busch et al., "Earlybird: Real-Time Search at Twitter", ICDE 2012, §V-A, whose slices
/// double and lie in one pool a size; here all lie in one pool, and each is half as long as all before, so that less of
/// the newest one is empty).
/// <code>
///  newest   63 = 1: the term has one doc, in the low 32 bits, and no slice
///           62 = 1: the term is frequent, and its docs are bits: its place there (31 … 0)
///           else: level (60 … 56) | words used (47 … 32) | start of the newest slice (31 … 0)
///  slice    word 0: start of the slice before it, plus 1 if that one is of the last level too (starts are
///           multiples of 4); then docs.   level 1: 4 words, … 20: 2,048, and so on with 2,048
/// </code>
/// </summary>
/// <remarks>
/// One writer. It writes a doc and then, whole, the term's newest: who has read that finds all docs that it covers. A
/// list that is full and of a term that one doc in 64 has becomes bits (<see cref="FrequentTerms"/>); its slices stay
/// for who walks them.
/// Nothing is ever moved. A list is walked backwards, and a slice whose oldest doc is newer than what is wanted is left
/// at once, so that the walk from a cursor deep in a long list costs a step for each 2,047 docs.
/// </remarks>
internal sealed unsafe class PostingSlices(NativeSlabs slabs, uint docsMax, int chunkBytes)
{
    public const int LevelMax = 20;

    /// <summary>Words of the longest slice.</summary>
    public const int WordsMax = 2_048;

    private static ReadOnlySpan<ushort> WordsOfLevel =>
    [
        0, 4, 4, 8, 8, 16, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_024, 1_536, 2_048,
    ];

    private const ulong Single = 1UL << 63;
    private const ulong Bits = 1UL << 62;
    private const uint BeforeIsLast = 1;

    private readonly NativePool<uint> _words = new(slabs, uint.MaxValue, chunkBytes);
    private readonly FrequentTerms _frequent = new(slabs, docsMax);

    /// <summary>Bytes of slices, and of bits. The writer only.</summary>
    public (long Slices, long Bits) Parts => (_words.Bytes, _frequent.Bytes);

    /// <summary>Whether slices for so many more postings, each in a list of its own, surely fit.</summary>
    public bool HasRoom(int postings) => _words.HasRoom(Math.Min(postings, 64) * WordsMax);

    /// <summary>Puts a doc at the newest end of a term's list, unless it is there. The writer only. <b>Hot
    /// path.</b></summary>
    public void Append(TermRecord* record, uint doc)
    {
        var newest = record->Newest;
        if (newest == 0)
        {
            record->Count = 1;
            Volatile.Write(ref record->Newest, Single | doc);
            return;
        }
        if ((newest & Single) != 0)
        {
            if ((uint)newest == doc)
                return;
            var first = NewSlice(1, 0);
            _words.At(first)[1] = (uint)newest;
            newest = Pack(1, 2, first);
        }
        if ((newest & Bits) != 0)
        {
            if (_frequent.Add((uint)newest, doc))
                Volatile.Write(ref record->Count, record->Count + 1);
            return;
        }
        var start = (uint)newest;
        var used = Used(newest);
        var slice = _words.At(start);
        if (slice[used - 1] == doc)
            return;
        var level = Level(newest);
        if (used == Words(level))
        {
            if (DocBits.Suits(record->Count, doc) && _frequent.HasRoom)
            {
                MakeBits(record, doc);
                return;
            }
            var isLast = level == LevelMax;
            level = isLast ? level : level + 1;
            start = NewSlice(level, start | (isLast ? BeforeIsLast : 0));
            slice = _words.At(start);
            used = 1;
        }
        slice[used] = doc;
        record->Count++;
        Volatile.Write(ref record->Newest, Pack(level, used + 1, start));
    }

    /// <summary>Asks the processor for where the next doc goes.</summary>
    public void PrefetchEnd(TermRecord* record)
    {
        var newest = record->Newest;
        if (System.Runtime.Intrinsics.X86.Sse.IsSupported && newest != 0 && (newest & (Single | Bits)) == 0)
            System.Runtime.Intrinsics.X86.Sse.Prefetch0(_words.At((uint)newest) + Used(newest) - 1);
    }

    /// <summary>The docs of a term as bits, if they are kept so, else none. Any thread.</summary>
    public DocBits BitsOf(TermRecord* record)
    {
        var newest = Volatile.Read(ref record->Newest);
        return (newest & (Single | Bits)) == Bits ? _frequent[(uint)newest] : default;
    }

    /// <summary>Begins a walk from the newest doc that is at most <paramref name="docMax"/>. Any thread.</summary>
    public SliceWalk Start(TermRecord* record, uint docMax)
    {
        var walk = new SliceWalk(Volatile.Read(ref record->Newest));
        if (IsBits(walk))
            return BitsBelow((uint)walk.Newest, Math.Min(docMax, docsMax - 1) + 1);
        Skip(ref walk, docMax);
        if (walk.Newest == 0)
            return walk;
        if (IsSingle(walk))
            return (uint)walk.Newest > docMax ? default : walk;
        var slice = new ReadOnlySpan<uint>(_words.At((uint)walk.Newest) + 1, Used(walk.Newest) - 1);
        var at = slice.BinarySearch(docMax);
        return new SliceWalk(Pack(Level(walk.Newest), (at >= 0 ? at + 1 : ~at) + 1, (uint)walk.Newest));
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
        while (walk.Newest != 0 && !IsSingle(walk) && _words.At((uint)walk.Newest)[1] > docMax)
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
            var slice = _words.At((uint)walk.Newest);
            var last = Used(walk.Newest) - 1;
            var take = Math.Min(docs.Length - count, last);
            CopyBackwards(slice + last + 1, docs.Slice(count, take));
            count += take;
            walk = take == last
                ? Before(walk)
                : new SliceWalk(Pack(Level(walk.Newest), last - take + 1, (uint)walk.Newest));
        }
        return count;
    }

    /// <summary>Copies what lies before <paramref name="end"/>, the last first.</summary>
    private static void CopyBackwards(uint* end, Span<uint> to)
    {
        var copied = 0;
        for (; copied + Vector256<uint>.Count <= to.Length; copied += Vector256<uint>.Count)
        {
            var eight = Vector256.Load(end - copied - Vector256<uint>.Count);
            Vector256.Shuffle(eight, Vector256.Create(7u, 6, 5, 4, 3, 2, 1, 0)).CopyTo(to[copied..]);
        }
        for (; copied < to.Length; copied++) to[copied] = end[-copied - 1];
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
        var header = *_words.At((uint)walk.Newest);
        var before = (header & BeforeIsLast) != 0 ? LevelMax : level - 1;
        return new SliceWalk(Pack(before, Words(before), header & ~BeforeIsLast));
    }

    private uint NewSlice(int level, uint header)
    {
        var start = _words.Take(Words(level));
        *_words.At(start) = header;
        return start;
    }

    /// <summary>Of a walk of bits, whose place takes the room of slices' level and use.</summary>
    private static SliceWalk BitsBelow(uint place, uint below) => new(Bits | ((ulong)place << 32) | below);

    private static bool IsBits(SliceWalk walk) => (walk.Newest & (Single | Bits)) == Bits;

    private static uint Place(SliceWalk walk) => (uint)(walk.Newest >> 32) & (FrequentTerms.TermsMax - 1);

    private static uint Below(SliceWalk walk) => (uint)walk.Newest;

    private static bool IsSingle(SliceWalk walk) => (walk.Newest & Single) != 0;

    private static int Words(int level) => WordsOfLevel[level];

    private static int Level(ulong newest) => (int)(newest >> 56) & 31;

    private static int Used(ulong newest) => (int)(newest >> 32) & 0xFFFF;

    private static ulong Pack(int level, int used, uint start) =>
        ((ulong)level << 56) | ((ulong)used << 32) | start;
}

/// <param name="Newest">Of the part still to be walked, in the form of <see cref="TermRecord.Newest"/>.</param>
internal readonly record struct SliceWalk(ulong Newest);
