using System.Runtime.CompilerServices;
using Roost.Engine.Memory;

namespace Roost.Engine.Graph;

/// <summary>
/// Every account's id list of one direction. One writer; readers on any thread, without locks.
/// <code>
///  slots, by account, 8 B each           slabs of up to 16 MiB, written once from front to back
///  | count 15 bits | place 48 bits | ──► | account | count | version | id | id | … | account | count | …
///  | 1 | count 31 bits | tree 32 bits | ──► trees   lists of more than 1,024 ids (see <see cref="IdBlocks"/>)
/// </code>
/// </summary>
/// <remarks>
/// <para><b>Why slabs.</b> A post's fan-out needs the list of one account out of millions, at random. A list as an
/// object of its own is spread over three or four cache lines of a heap in small pages; here it is one or two lines of
/// a huge page, the garbage collector has nothing to trace, and a snapshot is read from disk into place.</para>
/// <para><b>Changes.</b> A list is never changed: a new one is written behind the last, then its slot is stored with
/// release semantics, so whoever sees a slot sees all of its list. What it replaces is dead. A slab of which half is
/// dead is evacuated: what lives there is written anew, and the slab is forgotten; numbers of slabs and trees are not
/// used again, so a reader that comes late with an old slot finds nothing there and looks at the slot again. Sets that
/// were handed out keep the array of their slab, hence its memory, for as long as they live.</para>
/// <para>A chunk of slots stays where it is when the directory is replaced by a longer one, so a reader with the old
/// directory reads the same slots.</para>
/// </remarks>
internal sealed partial class AdjacencySide
{
    private const int ChunkBits = 13;
    private const int ChunkLength = 1 << ChunkBits;
    private const int OffsetMask = ChunkLength - 1;

    private const int CountShift = 48;
    private const ulong PlaceMask = (1UL << CountShift) - 1;
    private const ulong TreeFlag = 1UL << 63;
    private const int TreeCountShift = 32;

    private ulong[]?[] _chunks = [];
    private IdBlocks?[] _trees = [];
    private int _treesCount;

    /// <summary>The list of an account; empty if it never had one.</summary>
    public SortedIds this[int account]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            while (true)
            {
                var slot = Slot(account);
                if (slot == 0)
                    return default;
                if ((slot & TreeFlag) != 0)
                {
                    if (TreeOf(slot) is { } tree)
                        return new SortedIds(tree);
                }
                else if (SlabOf(slot) is { } slab)
                    return new SortedIds(slab, StartOf(slot), CountOf(slot));
            }
        }
    }

    /// <summary>How many ids an account has: its slot tells. <b>Hot path.</b></summary>
    public int Count(int account)
    {
        var slot = Slot(account);
        return (slot & TreeFlag) != 0 ? (int)((slot & ~TreeFlag) >> TreeCountShift) : CountOf(slot);
    }

    /// <summary>Above every account that has a list.</summary>
    public int AccountsMax => Volatile.Read(ref _chunks).Length << ChunkBits;

    /// <summary>Asks for the cache line that an account's slot is in.</summary>
    public unsafe void Prefetch(int account)
    {
        var chunks = Volatile.Read(ref _chunks);
        var place = (uint)account >> ChunkBits;
        // The chunk may be moved meanwhile: then the wrong line is fetched, no more.
        if (place < (uint)chunks.Length && chunks[place] is { } chunk)
            Processor.Prefetch(Unsafe.AsPointer(ref chunk[account & OffsetMask]));
    }

    /// <summary>The same with the version of these very ids; 0 if it never had any.</summary>
    public SortedIds Read(int account, out int version)
    {
        var ids = this[account];
        version = ids.Tree is { } tree ? tree.Version : ids.IsDefault ? 0 : VersionBefore(ids);
        return ids;
    }

    /// <summary>Adds an id; false when it is there. The writer only.</summary>
    public bool Add(int account, int id)
    {
        var ids = Read(account, out var version);
        version = unchecked(version + 1);
        if (ids.Tree is { } tree)
            return tree.With(id, version) is { } more && Publish(account, more);
        var flat = ids.Flat;
        var found = flat.BinarySearch(id);
        if (found >= 0)
            return false;
        if (flat.Length == IdBlocks.BlockMax)
            return Publish(account, IdBlocks.Build(Splicing.Splice(flat, ~found, 0, [id]), version));
        var to = Append(account, flat.Length + 1, version, out var slot);
        flat[..~found].CopyTo(to);
        to[~found] = id;
        flat[~found..].CopyTo(to[(~found + 1)..]);
        return Publish(account, slot);
    }

    /// <summary>Takes an id away; false when it is not there. The writer only.</summary>
    public bool Remove(int account, int id)
    {
        var ids = Read(account, out var version);
        version = unchecked(version + 1);
        if (ids.Tree is { } tree)
        {
            if (tree.Without(id, version) is not { } fewer)
                return false;
            if (fewer.Count > IdBlocks.FlatAgain)
                return Publish(account, fewer);
            fewer.CopyTo(Append(account, fewer.Count, version, out var flatSlot));
            return Publish(account, flatSlot);
        }
        var flat = ids.Flat;
        var found = flat.BinarySearch(id);
        if (found < 0)
            return false;
        var to = Append(account, flat.Length - 1, version, out var slot);
        flat[..found].CopyTo(to);
        flat[(found + 1)..].CopyTo(to[found..]);
        return Publish(account, slot);
    }

    /// <summary>Adds many ids, in one version. The writer only.</summary>
    /// <param name="added">Not empty, strictly ascending, none of them in the list.</param>
    public void AddAll(int account, ReadOnlySpan<int> added)
    {
        var ids = Read(account, out var version);
        version = unchecked(version + 1);
        if (ids.Tree is { } tree && added.Length < ids.Count / 256)
        {
            foreach (var id in added)
                tree = tree.With(id, version)!;
            Publish(account, tree);
            return;
        }
        var count = ids.Count + added.Length;
        if (count > IdBlocks.BlockMax)
        {
            var array = GC.AllocateUninitializedArray<int>(count);
            Merge(ids.Tree is null ? ids.Flat : ids.ToArray(), added, array);
            Publish(account, IdBlocks.Over(array, 0, count, version));
            return;
        }
        Merge(ids.Flat, added, Append(account, count, version, out var slot));
        Publish(account, slot);
    }

    private static void Merge(ReadOnlySpan<int> a, ReadOnlySpan<int> b, Span<int> merged)
    {
        int i = 0, j = 0, n = 0;
        while (i < a.Length && j < b.Length)
            merged[n++] = a[i] < b[j] ? a[i++] : b[j++];
        a[i..].CopyTo(merged[n..]);
        b[j..].CopyTo(merged[(n + a.Length - i)..]);
    }

    private static int CountOf(ulong slot) => (int)(slot >> CountShift);

    private IdBlocks? TreeOf(ulong slot) => Volatile.Read(ref Volatile.Read(ref _trees)[(int)slot]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Slot(int account)
    {
        var chunks = Volatile.Read(ref _chunks);
        var place = (uint)account >> ChunkBits;
        return place < (uint)chunks.Length && chunks[place] is { } chunk
            ? Volatile.Read(ref chunk[account & OffsetMask]) : 0;
    }

    private bool Publish(int account, ulong slot)
    {
        ref var place = ref MakeChunk((uint)account >> ChunkBits)[account & OffsetMask];
        var before = place;
        Volatile.Write(ref place, slot);
        Retire(before);
        return true;
    }

    private bool Publish(int account, IdBlocks tree)
    {
        var before = Slot(account);
        if ((before & TreeFlag) != 0)
        {
            Volatile.Write(ref _trees[(int)before], tree);
            Volatile.Write(ref MakeChunk((uint)account >> ChunkBits)[account & OffsetMask], Slot(tree, (int)before));
            return true;
        }
        if (_treesCount == _trees.Length)
        {
            var longer = new IdBlocks?[Math.Max(4, 2 * _treesCount)];
            _trees.CopyTo(longer, 0);
            Volatile.Write(ref _trees, longer);
        }
        _trees[_treesCount] = tree;
        return Publish(account, Slot(tree, _treesCount++));
    }

    private static ulong Slot(IdBlocks tree, int number) =>
        TreeFlag | ((ulong)tree.Count << TreeCountShift) | (uint)number;

    private ulong[] MakeChunk(uint place)
    {
        if (place >= (uint)_chunks.Length)
        {
            var longer = new ulong[]?[Math.Max(place + 1, 2 * (uint)_chunks.Length)];
            _chunks.CopyTo(longer, 0);
            Volatile.Write(ref _chunks, longer);
        }
        if (_chunks[place] is { } chunk)
            return chunk;
        chunk = new ulong[ChunkLength];
        Volatile.Write(ref _chunks[place], chunk);
        return chunk;
    }
}
