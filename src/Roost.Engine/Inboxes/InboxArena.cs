using Roost.Engine.Ids;
using Roost.Engine.Memory;

namespace Roost.Engine.Inboxes;

/// <summary>
/// Home timelines as lists of seqs: for each account that has an inbox the newest 800 at most, 4 bytes each, in native
/// memory that the garbage collector never sees. This is where fan-out writes: one post of an author with a million
/// followers is a million rounds of the innermost loop here.
/// <code>
///  hot lines  by account, 64 B each         heads  by account, 32 B each     rings of 1 to 54 blocks of 64 B
///  | control | 8 | 9 | . | … 15 entries |   | ring · | from 4 | tag | … | ──► | – | 1 | 2 | … 15 entries | – | 5 … |
/// </code>
/// </summary>
/// <remarks>
/// <para><b>What an inbox promises.</b> It is complete for all seqs from <see cref="InboxView.CompleteFrom"/> on:
/// whatever was delivered to it from there on is in it, and nothing older is. When it is full the oldest entry goes and
/// the mark moves up to just above it. There are never holes. It takes only what is newer than its newest entry and not
/// below its mark; anything else is passed over, so a delivery may safely be repeated (after a restart of the feed, or
/// when a recipient is listed twice).</para>
/// <para><b>Form.</b> The newest entries are in the account's hot line. When it has 15 it is copied as a whole to the
/// next block of the ring, so a delivery touches one cache line, and one in fifteen touches two more. All blocks in use
/// are full, hence the place of an entry is a division. A ring of 54 blocks always holds 800 entries and the one before
/// them, which tells the mark; readers count, the writer does not.</para>
/// <para><b>Memory.</b> Rings grow by size classes as they fill; a ring outgrown is used again for another inbox. All
/// memory counts against <see cref="BytesMax"/>. When that is used up, <see cref="Create"/> and <see cref="Install"/>
/// say so by false, for the owner to drop the inboxes it can best do without; inboxes that are there stay, keep what
/// their ring holds, and drop their oldest entries sooner, 15 at a time. Lines and heads are made all the same (else a
/// newcomer could find no place however many were dropped), so with very many accounts that may go beyond the budget,
/// and then leaves no new rings. Reckon with 3.6 KB for a full inbox, 160 B for a small one, 96 B for any other
/// account.</para>
/// <para><b>Threads.</b> One writer at a time calls what changes something; readers on any thread, without locks.
/// The control word is a sequence lock that an ordinary delivery need not take: it writes the entry into a word that
/// no reader looks at yet, then stores the control word with a count one higher (release). What a reader that came
/// before copies stays where it is. Only when a line is copied to the ring, and when an inbox is made or dropped, the
/// writer first marks the control word as changing (a write barrier after it: no change may be seen before), then
/// changes, then stores it with the next epoch (release). A reader takes the control word, copies, and starts again if
/// it was marked or another epoch has begun (a read barrier between copying and looking again). So what readers'
/// safety costs the writer is one store a delivery, into a line that it writes anyway, and on processors with a weaker
/// order than x86 its release. Memory is freed only by <see cref="Dispose"/>, so a late reader reads something stale,
/// then finds out, and never faults.</para>
/// <para><b>Several writers within one batch.</b> <see cref="Deliver(ReadOnlyMemory{Delivery}, int)"/> divides a
/// backlog by account, so that no two threads ever have the same line, head or ring.</para>
/// <para><b>Cost.</b> <c>roost-bench inbox</c>; what was tried is told in docs/performance.md. Nothing on these paths
/// allocates managed memory, apart from a few small objects for each pass of a backlog.</para>
/// </remarks>
public sealed unsafe partial class InboxArena : IDisposable
{
    /// <summary>An inbox keeps at most this many entries: 40 pages of 20.</summary>
    public const int Capacity = 800;

    private readonly NativeSlabs _slabs;
    private readonly RingPool _rings;
    private readonly HeadTable _heads;
    private int _count;
    private bool _isDisposed;

    /// <param name="bytesMax">Budget for all native memory, at least 4 MiB (lines and heads of 16,384 accounts, and
    /// some rings). From 128 MiB on a sixteenth of it, at most 128 MiB, is kept for sorting backlogs.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less.</exception>
    public InboxArena(long bytesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesMax, 2 * HugePages.Bytes);
        _slabs = new NativeSlabs(bytesMax) { BytesReserved = BacklogBytes(bytesMax) };
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
        var blocks = seqs.Length / HotLine.Entries;
        var capacity = RingPool.CapacityFor(blocks);
        var ring = _rings.TryTake(capacity);
        if (ring == null)
            return false;

        Span<uint> ascending = stackalloc uint[seqs.Length];
        seqs.CopyTo(ascending);
        if (descending)
            ascending.Reverse();
        for (var i = 0; i < blocks; i++)
        {
            ascending[..HotLine.Entries].CopyTo(new Span<uint>(ring + (i * HotLine.Words) + 1, HotLine.Entries));
            ascending = ascending[HotLine.Entries..];
        }
        // Memory never touched before is given, and cleared, by the kernel now, not while a post goes to millions.
        ring[blocks < capacity ? blocks * HotLine.Words : 0] = 0;
        var line = _heads.Make(account.Value);
        var control = BeginChange(line);
        var head = _heads.Head(account.Value);
        Release(head);
        *head = new InboxHead
        {
            Ring = ring,
            CompleteFrom = completeFrom,
            Tag = tag,
            Blocks = (byte)blocks,
            Capacity = (byte)capacity,
        };
        line[HotLine.Words - 1] = seqs.IsEmpty ? completeFrom - Math.Min(completeFrom, 1) : Math.Max(seqs[0], seqs[^1]);
        ascending.CopyTo(new Span<uint>(line + 1, HotLine.Entries));
        EndChange(line, control, HotLine.Present | (uint)ascending.Length);
        _heads.Mark(account.Value, present: true);
        Volatile.Write(ref _count, _count + 1);
        return true;
    }

    /// <summary>Takes an account's inbox away. The writer only.</summary>
    /// <returns>Whether it had one.</returns>
    public bool Drop(AccountId account)
    {
        var line = _heads.Find(account.Value, out var head);
        if (line == null || head->Ring == null)
            return false;
        _heads.Mark(account.Value, present: false);
        var control = BeginChange(line);
        Release(head);
        EndChange(line, control, 0);
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

    /// <summary>Frees the head's ring if it has one. The line is marked as changing.</summary>
    private void Release(InboxHead* head)
    {
        if (head->Ring == null)
            return;
        _rings.Give(head->Ring, head->Capacity);
        *head = default;
        Volatile.Write(ref _count, _count - 1);
    }

    /// <summary>Makes readers wait; returns the control word as it was.</summary>
    private static uint BeginChange(uint* line)
    {
        var control = *line;
        *line = control | HotLine.Changing;
        Volatile.WriteBarrier();
        return control;
    }

    /// <summary>Lets readers in again, to an inbox of the next epoch.</summary>
    private static void EndChange(uint* line, uint control, uint presentAndCount) =>
        Volatile.Write(ref *line, (control & ~(HotLine.Epoch - 1)) + HotLine.Epoch + presentAndCount);

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
