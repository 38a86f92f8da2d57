using System.Diagnostics;
using Roost.Engine.Graph;

namespace Roost.Engine.Chains;

/// <summary>
/// Merges many chains into one run of seqs without duplicates: newest first, or oldest first from some place on. It is
/// what a home timeline is made of where there is no inbox: the followees' chains, and the answers to the reader.
/// <code>
/// using var merge = ChainMerge.Rent();
/// merge.Add(byAuthor, followees, below);
/// merge.Add(byAnswered, reader, below);
/// while (merge.TryNext(out var seq)) …
/// </code>
/// </summary>
/// <remarks>
/// <b>Hot path</b> (<c>roost-bench inbox</c>). A binary heap of one number per chain: the seq in the upper half
/// (inverted when oldest first, so that the top is always the greatest), the chain's slot in the lower. Chains are only
/// looked into as far as they are taken from: k chains and the newest n cost O(k + n log k). Rented from a pool of one
/// per thread, so that no memory is allocated once the buffers have grown to the largest use. Not thread-safe: one
/// merge, one reader at a time. It shows what was in each chain when that was added or last stepped on; the writer may
/// go on meanwhile.
/// </remarks>
public sealed class ChainMerge : IDisposable
{
    /// <summary>
    /// A merge of more chains than this is not kept for the next one: its buffers would be held for ever.
    /// </summary>
    private const int KeptMax = 65_536;

    /// <summary>A cache miss a chain, for its head, is kept under way for so many chains ahead.</summary>
    private const int HeadsAhead = 16;

    /// <summary>
    /// Where each chain is stepped on in with a chance of a quarter or more, what leads on is asked for beforehand.
    /// </summary>
    private const int ChainsPerWanted = 4;

    [ThreadStatic]
    private static ChainMerge? _kept;

    private readonly List<PostChains> _sources = [];
    private ulong[] _heap = new ulong[128];
    private Slot[] _slots = new Slot[128];
    private int _heapCount;
    private int _slotCount;
    private bool _isHeap;
    private bool _isRented;
    private bool _oldestFirst;
    private uint _taken;
    private int _wanted;

    private ChainMerge()
    {
    }

    /// <summary>A merge without chains yet. Dispose of it to give it back.</summary>
    /// <param name="oldestFirst">Ascending: the chains are added by what they hold above a seq.</param>
    /// <param name="wanted">About how many will be taken.</param>
    public static ChainMerge Rent(bool oldestFirst = false, int wanted = int.MaxValue / ChainsPerWanted)
    {
        var merge = _kept ?? new ChainMerge();
        _kept = null;
        merge._isRented = true;
        merge._oldestFirst = oldestFirst;
        merge._wanted = Math.Min(wanted, int.MaxValue / ChainsPerWanted);
        return merge;
    }

    /// <summary>Adds a chain's entries below a seq (oldest first: above it).</summary>
    /// <param name="bound">Exclusive. <see cref="uint.MaxValue"/>, or 0 when oldest first, for all.</param>
    public void Add(PostChains chains, int key, uint bound) => AddOne(chains, Source(chains), key, bound);

    /// <summary>Adds the chains of all these accounts. See <see cref="Add(PostChains, int, uint)"/>.</summary>
    public void Add(PostChains chains, SortedIds keys, uint bound)
    {
        var source = Source(chains);
        foreach (var block in keys.Blocks)
        {
            for (var i = 0; i < Math.Min(HeadsAhead, block.Length); i++)
                chains.PrefetchHead(block[i]);
            for (var i = 0; i < block.Length; i++)
            {
                if (i + HeadsAhead < block.Length)
                    chains.PrefetchHead(block[i + HeadsAhead]);
                AddOne(chains, source, block[i], bound);
            }
        }
    }

    /// <summary>Takes the next seq; false when there is none left.</summary>
    public bool TryNext(out uint seq)
    {
        if (!_isHeap)
            Heapify();
        while (_heapCount > 0)
        {
            var top = _heap[0];
            var order = (uint)(top >> 32);
            seq = _oldestFirst ? ~order : order;
            Advance((uint)top, seq);
            // The same post by two chains comes twice in a row: 0 is no seq, so the first is never taken for a
            // duplicate.
            if (seq == _taken)
                continue;
            _taken = seq;
            return true;
        }
        seq = 0;
        return false;
    }

    /// <summary>Takes the next seqs, as many as there is room for, and returns how many there were.</summary>
    public int Take(Span<uint> destination)
    {
        var count = 0;
        while (count < destination.Length && TryNext(out destination[count]))
            count++;
        return count;
    }

    /// <summary>Gives the merge back. It must not be used afterwards.</summary>
    public void Dispose()
    {
        if (!_isRented)
            return;
        _isRented = false;
        _sources.Clear();
        (_heapCount, _slotCount, _isHeap, _taken) = (0, 0, false, 0);
        if (_slots.Length <= KeptMax)
            _kept = this;
    }

    private int Source(PostChains chains)
    {
        ObjectDisposedException.ThrowIf(!_isRented, this);
        var source = _sources.IndexOf(chains);
        if (source >= 0)
            return source;
        _sources.Add(chains);
        return _sources.Count - 1;
    }

    private void AddOne(PostChains chains, int source, int key, uint bound)
    {
        var entry = _oldestFirst ? chains.OldestAbove(key, bound) : chains.NewestBelow(key, bound);
        if (entry.IsNone)
            return;
        if (_slotCount == _slots.Length)
        {
            Array.Resize(ref _slots, 2 * _slotCount);
            Array.Resize(ref _heap, 2 * _slotCount);
        }
        _slots[_slotCount] = new Slot(source, key, entry.Node);
        _heap[_heapCount++] = Order(entry.Seq) | (uint)_slotCount++;
        _isHeap = false;
    }

    private ulong Order(uint seq) => (ulong)(_oldestFirst ? ~seq : seq) << 32;

    /// <summary>Steps on in the chain at the top, and puts it where it now belongs.</summary>
    private void Advance(uint index, uint seq)
    {
        ref var slot = ref _slots[index];
        var chains = _sources[slot.Source];
        var next = _oldestFirst ? chains.OldestAbove(slot.Key, seq) : chains.Previous(new ChainEntry(slot.Node, seq));
        slot.Node = next.Node;
        if (!next.IsNone && !_oldestFirst)
            chains.PrefetchPrevious(next);
        if (!next.IsNone)
            SiftDown(0, Order(next.Seq) | index);
        else if (--_heapCount > 0)
            SiftDown(0, _heap[_heapCount]);
    }

    private void Heapify()
    {
        if (!_oldestFirst && _slotCount <= ChainsPerWanted * _wanted)
            PrefetchSteps();
        for (var i = (_heapCount / 2) - 1; i >= 0; i--)
            SiftDown(i, _heap[i]);
        _isHeap = true;
    }

    /// <summary>Which will be stepped on from is not known yet, but asking is cheap.</summary>
    private void PrefetchSteps()
    {
        foreach (ref readonly var slot in _slots.AsSpan(0, _slotCount))
            _sources[slot.Source].Prefetch(slot.Node);
        for (var i = 0; i < _slotCount; i++)
            _sources[_slots[i].Source].PrefetchPrevious(new ChainEntry(_slots[i].Node, 0));
    }

    /// <summary>Puts an item at a free place, or below it where greater ones have to move up.</summary>
    private void SiftDown(int place, ulong item)
    {
        Debug.Assert(place < _heapCount);
        var heap = _heap.AsSpan(0, _heapCount);
        while (true)
        {
            var child = (2 * place) + 1;
            if (child >= heap.Length)
                break;
            if (child + 1 < heap.Length && heap[child + 1] > heap[child])
                child++;
            if (heap[child] <= item)
                break;
            heap[place] = heap[child];
            place = child;
        }
        heap[place] = item;
    }

    private record struct Slot(int Source, int Key, uint Node);
}
