using Roost.Engine.Ids;

namespace Roost.Engine.Inboxes;

/// <summary>
/// Home timelines as lists of seqs: for each account that has an inbox, a ring of the newest 800 at most, 4 bytes each,
/// in native memory that the garbage collector never sees. This is where fan-out writes: one post of an author with a
/// million followers is a million calls of the innermost loop here.
/// <code>
///  heads  by account, 32 B each                    rings of 16, 64, 256 or 800 slots
///  …| ring · | version | from 4 | newest 9 |…  ──►  [ 4 | 5 | 8 | 9 | . | . … ]
/// </code>
/// </summary>
/// <remarks>
/// <para><b>What an inbox promises.</b> It is complete for all seqs from <see cref="InboxView.CompleteFrom"/> on:
/// whatever was delivered to it from there on is in it, and nothing older is. When it is full the oldest entry goes and
/// the mark moves up to just above it. There are never holes. It takes only what is newer than its newest entry and not
/// below its mark; anything else is passed over, so a delivery may safely be repeated (after a restart of the feed, or
/// when a recipient is listed twice).</para>
/// <para><b>Memory.</b> Rings grow by size classes as they fill; a ring outgrown is used again for another inbox. All
/// memory counts against <see cref="BytesMax"/>. When that is used up, <see cref="Create"/> and <see cref="Install"/>
/// say so by false, for the owner to drop the inboxes it can best do without; inboxes that are there stay, keep what
/// their ring holds, and drop their oldest entries sooner. Heads are made all the same (else a newcomer could find no
/// place however many were dropped), so with very many accounts that may go beyond the budget, and then leaves no new
/// rings. Reckon with 3.2 KB for each active account, 32 B for any other.</para>
/// <para><b>Threads.</b> One writer at a time calls what changes something; readers on any thread, without locks. Each
/// head has a sequence lock: the writer makes the version odd, then changes head and ring, then makes it even; a reader
/// takes the version, copies, and starts again if the version was odd or has changed. The order is enforced where the
/// memory model would not: a write barrier after the odd version (no change may be seen before it), a release store of
/// the even one (no change after it); a read barrier between copying and looking at the version again. Memory is freed
/// only by <see cref="Dispose"/>, so a late reader reads something stale, then finds out, and never faults. A reader
/// repeats only when its very inbox was written in these nanoseconds.</para>
/// <para><b>Cost</b> (<c>roost-bench inbox</c>). A delivery is two cache misses, head and slot. Recipients are first
/// sifted by a bit each, then taken through a pipeline: the head 16 ahead is prefetched, the slot 8 ahead, so that some
/// ten misses are under way at a time. Nothing on these paths allocates managed memory.</para>
/// </remarks>
public sealed unsafe partial class InboxArena : IDisposable
{
    /// <summary>An inbox keeps at most this many entries: 40 pages of 20.</summary>
    public const int Capacity = RingPool.CapacityMax;

    private readonly NativeSlabs _slabs;
    private readonly RingPool _rings;
    private readonly HeadTable _heads;
    private int _count;
    private bool _isDisposed;

    /// <param name="bytesMax">Budget for all native memory, at least 4 MiB (heads of 65,536 accounts, and some
    /// rings).</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less.</exception>
    public InboxArena(long bytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 2 * NativeSlabs.HugePageBytes);
        _slabs = new NativeSlabs(bytesMax);
        _rings = new RingPool(_slabs);
        _heads = new HeadTable(_slabs);
    }

    /// <summary>How many inboxes there are.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Native memory asked of the system, whether used yet or not. Resident is what was touched.</summary>
    public long Bytes => _slabs.Bytes;

    public long BytesMax => _slabs.BytesMax;

    /// <summary>Gives an account an empty inbox, instead of the one that it may have. The writer only.</summary>
    /// <param name="completeFrom">From which seq on everything will be delivered: usually the next one.</param>
    /// <param name="tag">Kept for the owner: the version of the followee list that the inbox is built for.</param>
    /// <returns>False when the memory budget is used up; nothing has changed then.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The account is nobody.</exception>
    public bool Create(AccountId account, uint completeFrom, int tag) => Install(account, [], completeFrom, tag);

    /// <summary>Gives an account an inbox with entries, instead of the one that it may have. The writer only.</summary>
    /// <param name="seqs">All that belong in it from <paramref name="completeFrom"/> on; newest first or ascending. Of
    /// more than 800 the newest stay.</param>
    /// <param name="completeFrom">See <see cref="InboxView.CompleteFrom"/>.</param>
    /// <param name="tag">See <see cref="Create"/>.</param>
    /// <returns>
    /// False when the memory budget is used up; nothing has changed then. After one <see cref="Drop"/> there is room
    /// for 16 entries at least, and for as many as the dropped inbox had room for.
    /// </returns>
    /// <exception cref="ArgumentException">The seqs are neither descending nor ascending, or one is 0 or below
    /// <paramref name="completeFrom"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The account is nobody.</exception>
    public bool Install(AccountId account, ReadOnlySpan<uint> seqs, uint completeFrom, int tag)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(account.Value, nameof(account));
        var descending = CheckOrder(seqs, completeFrom);
        if (seqs.Length > Capacity)
        {
            completeFrom = (descending ? seqs[Capacity] : seqs[^(Capacity + 1)]) + 1;
            seqs = descending ? seqs[..Capacity] : seqs[^Capacity..];
        }
        var capacity = RingPool.CapacityFor(seqs.Length);
        var ring = _rings.TryTake(capacity);
        if (ring == null)
            return false;

        seqs.CopyTo(new Span<uint>(ring, capacity));
        if (descending)
            new Span<uint>(ring, seqs.Length).Reverse();
        var newest = seqs.IsEmpty ? completeFrom - Math.Min(completeFrom, 1) : ring[seqs.Length - 1];
        Replace(_heads.Make(account.Value), new InboxHead
        {
            Ring = ring,
            CompleteFrom = completeFrom,
            Newest = newest,
            Tag = tag,
            Count = (ushort)seqs.Length,
            Next = (ushort)(seqs.Length == capacity ? 0 : seqs.Length),
            Capacity = (ushort)capacity,
        });
        _heads.Mark(account.Value, present: true);
        return true;
    }

    /// <summary>Takes an account's inbox away. The writer only.</summary>
    /// <returns>Whether it had one.</returns>
    public bool Drop(AccountId account)
    {
        var head = _heads.Find(account.Value);
        if (head == null || head->Ring == null)
            return false;
        _heads.Mark(account.Value, present: false);
        Replace(head, default);
        return true;
    }

    /// <summary>Frees all memory. Writer and readers must have stopped; afterwards there are no inboxes.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _heads.Clear();
        _slabs.Dispose();
        Volatile.Write(ref _count, 0);
    }

    /// <summary>Puts another head in a head's place, and frees the ring that it had.</summary>
    private void Replace(InboxHead* head, InboxHead other)
    {
        var (ring, capacity) = ((nint)head->Ring, head->Capacity);
        var version = head->Version;
        other.Version = version + 1;
        head->Version = version + 1;
        Volatile.WriteBarrier();
        *head = other;
        Volatile.Write(ref head->Version, version + 2);
        if (ring != 0)
            _rings.Give((uint*)ring, capacity);
        Volatile.Write(ref _count, _count + (other.Ring != null ? 1 : 0) - (ring != 0 ? 1 : 0));
    }

    /// <summary>Whether the seqs descend; an error when they neither descend nor ascend.</summary>
    private static bool CheckOrder(ReadOnlySpan<uint> seqs, uint completeFrom)
    {
        var descending = seqs.Length > 1 && seqs[0] > seqs[^1];
        for (var i = 1; i < seqs.Length; i++)
        {
            if (descending ? seqs[i] >= seqs[i - 1] : seqs[i] <= seqs[i - 1])
                throw new ArgumentException(
                    $"Seqs must all descend or all ascend, but at index {i} {seqs[i]} follows {seqs[i - 1]}.",
                    nameof(seqs));
        }
        var oldestAllowed = Math.Max(completeFrom, 1);
        if (!seqs.IsEmpty && Math.Min(seqs[0], seqs[^1]) is var oldest && oldest < oldestAllowed)
            throw new ArgumentException($"Seqs are from {oldestAllowed} on; {oldest} is below that.", nameof(seqs));
        return descending;
    }
}
