using Roost.Engine.Memory;

namespace Roost.Engine.Inboxes;

/// <summary>
/// Hands out rings of 1, 3, 9, 27 or 54 blocks and takes them back. A block is a cache line of 15 entries, so rings are
/// 64 B to 3,456 B, cut from slabs one after the other. Writers on two threads may ask at the same time.
/// </summary>
/// <remarks>
/// Rings given back are kept in a list per size; the link is in the ring's own first eight bytes. (A reader that was
/// late may still be looking at such a ring; it then finds its inbox's epoch changed and discards what it saw.) When
/// a size has run out and the budget too, a free ring of a greater size is cut up. Small rings are not joined again:
/// after the budget was used up by many small inboxes, those cannot grow until the owner drops some of a greater size.
/// They stay right, and are complete for a shorter time back.
/// </remarks>
internal sealed unsafe class RingPool(NativeSlabs slabs)
{
    /// <summary>Blocks of the largest ring. With the hot line empty, 800 entries must be left after a block went: 54
    /// blocks are 810.</summary>
    public const int BlocksMax = 54;

    private const int SlabBytesMax = 64 << 20;

    /// <summary>Guards all below. Taken once when an inbox is made and when it grows, some five times in its
    /// life.</summary>
    private readonly Lock _lock = new();
    private readonly nint[] _free = new nint[5];
    private byte* _rest;
    private long _restBytes;

    private static ReadOnlySpan<int> Capacities => [1, 3, 9, 27, BlocksMax];

    /// <summary>The smallest capacity, in blocks, that holds so many of them.</summary>
    public static int CapacityFor(int blocks)
    {
        foreach (var capacity in Capacities)
        {
            if (blocks <= capacity)
                return capacity;
        }
        return BlocksMax;
    }

    /// <summary>A ring, not cleared, or null when the budget is used up.</summary>
    /// <param name="capacity">One of the sizes, in blocks.</param>
    public uint* TryTake(int capacity)
    {
        lock (_lock)
            return TryTake_NeedsLock(Capacities.IndexOf(capacity));
    }

    public void Give(uint* ring, int capacity)
    {
        lock (_lock)
            Push(ring, Capacities.IndexOf(capacity));
    }

    private static int Bytes(int size) => Capacities[size] * HotLine.Bytes;

    private uint* TryTake_NeedsLock(int size)
    {
        var ring = Pop(size);
        if (ring != null)
            return ring;
        if (_restBytes < Bytes(size) && !NextSlab(Bytes(size)))
            return Cut(size);

        ring = (uint*)_rest;
        _rest += Bytes(size);
        _restBytes -= Bytes(size);
        return ring;
    }

    private void Push(void* ring, int size)
    {
        *(nint*)ring = _free[size];
        _free[size] = (nint)ring;
    }

    private uint* Pop(int size)
    {
        var ring = (nint*)_free[size];
        if (ring != null)
            _free[size] = *ring;
        return (uint*)ring;
    }

    /// <summary>
    /// Begins a new slab: as large as all before it together, so that a small arena stays small and a large one has
    /// few.
    /// </summary>
    private bool NextSlab(int bytesMin)
    {
        var bytes = Math.Clamp(slabs.Bytes / HugePages.Bytes, 1, SlabBytesMax / HugePages.Bytes)
            * HugePages.Bytes;
        bytes = Math.Min(bytes, slabs.BytesLeft / 64 * 64);
        if (bytes < bytesMin)
            return false;
        Scatter(_rest, _restBytes, Capacities.Length - 1);
        _rest = slabs.Take(bytes);
        _restBytes = bytes;
        return true;
    }

    /// <summary>Cuts up the smallest free ring that is greater; null when there is none.</summary>
    private uint* Cut(int size)
    {
        for (var greater = size + 1; greater < Capacities.Length; greater++)
        {
            var ring = (byte*)Pop(greater);
            if (ring == null)
                continue;
            Scatter(ring, Bytes(greater), size);
            return Pop(size);
        }
        return null;
    }

    /// <summary>Makes free rings of a piece of memory: as many as fit of one size, then of each smaller one.</summary>
    private void Scatter(byte* piece, long bytes, int size)
    {
        for (; size >= 0; size--)
        {
            for (; bytes >= Bytes(size); bytes -= Bytes(size), piece += Bytes(size))
                Push(piece, size);
        }
    }
}
