using System.Runtime.CompilerServices;
using Roost.Engine.Memory;

namespace Roost.Engine.Graph;

internal sealed partial class AdjacencySide
{
    /// <summary>Account, count, version.</summary>
    public const int RecordHeader = 3;

    /// <summary>A slab of 16 MiB is the greatest; the first is small, and each as long as all before it.</summary>
    private const int SlabBits = 22;
    private const int SlabMax = 1 << SlabBits;
    private const int SlabMin = 1 << 10;

    private int[]?[] _slabs = [];

    // The writer's alone, by number of slab: how much of it was written, and how much of that is dead.
    private int[] _used = [];
    private int[] _dead = [];
    private int _slabsCount;
    private int _current = -1;
    private long _liveInts;

    private static int VersionBefore(SortedIds ids) => ids.FlatArray[ids.FlatStart - 1];

    private static int StartOf(ulong slot) => (int)slot & (SlabMax - 1);

    private static int SlabNumber(ulong slot) => (int)((slot & PlaceMask) >> SlabBits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int[]? SlabOf(ulong slot) => Volatile.Read(ref Volatile.Read(ref _slabs)[SlabNumber(slot)]);

    /// <summary>Memory for the ids of a new list; it is seen by nobody before its slot is published.</summary>
    private Span<int> Append(int account, int count, int version, out ulong slot)
    {
        var length = count + RecordHeader;
        if (_current < 0 || _used[_current] + length > _slabs[_current]!.Length)
        {
            // Half dead is what a slab may be before it is evacuated, so this much more is written until then.
            var ints = (int)Math.Clamp(_liveInts, Math.Max(SlabMin, length), SlabMax);
            _current = AddSlab(NewSlab(ints), used: 0);
        }
        var slab = _slabs[_current]!;
        var start = _used[_current] + RecordHeader;
        slab[start - 3] = account;
        slab[start - 2] = count;
        slab[start - 1] = version;
        _used[_current] += length;
        _liveInts += length;
        slot = ((ulong)count << CountShift) | ((ulong)_current << SlabBits) | (uint)start;
        return slab.AsSpan(start, count);
    }

    /// <summary>
    /// Notes that nobody will find a list any more; evacuates its slab when half of that is dead.
    /// </summary>
    private void Retire(ulong slot)
    {
        if (slot == 0)
            return;
        if ((slot & TreeFlag) != 0)
        {
            Volatile.Write(ref _trees[(int)slot], null);
            return;
        }
        var number = SlabNumber(slot);
        var length = CountOf(slot) + RecordHeader;
        _liveInts -= length;
        _dead[number] += length;
        if (_dead[number] > _used[number] / 2 && number != _current)
            Evacuate(number);
    }

    private void Evacuate(int number)
    {
        var slab = _slabs[number]!;
        for (var at = 0; at < _used[number];)
        {
            var (account, count, version) = (slab[at], slab[at + 1], slab[at + 2]);
            var start = at + RecordHeader;
            at = start + count;
            var slot = Slot(account);
            if ((slot & TreeFlag) != 0 || SlabNumber(slot) != number || StartOf(slot) != start)
                continue;
            slab.AsSpan(start, count).CopyTo(Append(account, count, version, out var moved));
            _liveInts -= count + RecordHeader;
            Volatile.Write(ref MakeChunk((uint)account >> ChunkBits)[account & OffsetMask], moved);
        }
        Volatile.Write(ref _slabs[number], null);
    }

    private int AddSlab(int[] slab, int used)
    {
        if (_slabsCount == _slabs.Length)
        {
            var longer = new int[]?[Math.Max(4, 2 * _slabsCount)];
            _slabs.CopyTo(longer, 0);
            Array.Resize(ref _used, longer.Length);
            Array.Resize(ref _dead, longer.Length);
            Volatile.Write(ref _slabs, longer);
        }
        Volatile.Write(ref _slabs[_slabsCount], slab);
        _used[_slabsCount] = used;
        return _slabsCount++;
    }

    /// <summary>Large ones do not move, and lie on huge pages where there are any.</summary>
    internal static int[] NewSlab(int ints) => HugePages.NewArray<int>(ints, isCleared: false);
}
