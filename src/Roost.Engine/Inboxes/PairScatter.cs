using System.Numerics;

namespace Roost.Engine.Inboxes;

/// <summary>
/// Sorts pairs of account and seq by partition of 4,096 accounts, keeping their order within each: one pass, without
/// counting first. A partition is a chain of segments, cut from a piece of memory one after the other; each begins with
/// the address of the next.
/// <code>
///  first[p] ──► | next · | pair | pair | … 511 | ──► | 0 | pair | pair | ↑ cursor[p]
/// </code>
/// </summary>
/// <remarks>
/// 4,096 hot lines are 256 KB, which the second-level cache holds; a million accounts are 245 partitions, whose write
/// cursors the first-level cache holds. Not thread-safe: each thread has one of its own.
/// </remarks>
internal sealed unsafe class PairScatter
{
    public const int SegmentBytes = 1_024;
    private const int PartitionBits = 12;
    private const int SegmentPairs = (SegmentBytes / sizeof(ulong)) - 1;

    private readonly byte* _memory;
    private readonly long _bytes;
    private nint[] _firsts = [];
    private nint[] _cursors = [];
    private long _used;

    /// <param name="memory">Aligned to a segment; of the one who made it.</param>
    public PairScatter(byte* memory, long bytes)
    {
        _memory = memory;
        _bytes = bytes;
    }

    /// <summary>Partitions up to this account, not included.</summary>
    public static int PartitionsFor(uint accountsEnd) => (int)(accountsEnd >> PartitionBits) + 1;

    /// <summary>How many pairs fit for certain, however they spread.</summary>
    public static long PairsMax(long bytes, int partitions) =>
        Math.Max(0, (bytes / SegmentBytes) - partitions) * SegmentPairs;

    /// <summary>Forgets all pairs.</summary>
    public void Clear(int partitions)
    {
        if (_firsts.Length < partitions)
        {
            var length = (int)BitOperations.RoundUpToPowerOf2((uint)partitions);
            _firsts = new nint[length];
            _cursors = new nint[length];
        }
        Array.Clear(_firsts);
        Array.Clear(_cursors);
        _used = 0;
    }

    /// <summary>Adds pairs. <b>Hot path.</b></summary>
    public void Add(ulong* pairs, int count)
    {
        var cursors = _cursors;
        for (var i = 0; i < count; i++)
        {
            var pair = pairs[i];
            ref var cursor = ref cursors[(uint)pair >> PartitionBits];
            // At the end of a segment it points to what would be the next one's start; before the first it is 0.
            if ((cursor & (SegmentBytes - 1)) == 0)
                cursor = NextSegment((int)((uint)pair >> PartitionBits), cursor);
            *(ulong*)cursor = pair;
            cursor += sizeof(ulong);
        }
    }

    /// <summary>A partition's pairs, in the order they were added, a segment at a time.</summary>
    public SegmentCursor Segments(int partition) => new(_firsts[partition], _cursors[partition]);

    private nint NextSegment(int partition, nint cursor)
    {
        if (_used + SegmentBytes > _bytes)
            throw new InvalidOperationException($"There are more pairs than {_bytes} bytes have room for.");
        var segment = (nint)(_memory + _used);
        _used += SegmentBytes;
        *(nint*)segment = 0;
        if (cursor == 0)
            _firsts[partition] = segment;
        else
            *(nint*)(cursor - SegmentBytes) = segment;
        return segment + sizeof(ulong);
    }

    /// <summary>Walks a partition's segments.</summary>
    public ref struct SegmentCursor(nint first, nint end)
    {
        private nint _next = first;

        public ulong* Pairs { get; private set; }

        public int Count { get; private set; }

        public bool MoveNext()
        {
            var segment = _next;
            if (segment == 0)
                return false;
            _next = *(nint*)segment;
            Pairs = (ulong*)segment + 1;
            Count = _next != 0 ? SegmentPairs : (int)((ulong*)end - Pairs);
            return true;
        }
    }
}
