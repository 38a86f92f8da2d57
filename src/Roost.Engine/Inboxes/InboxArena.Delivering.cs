using System.Runtime.CompilerServices;
using Roost.Engine.Graph;
using Roost.Engine.Memory;

namespace Roost.Engine.Inboxes;

public sealed unsafe partial class InboxArena
{
    /// <summary>Pairs of account and seq that wait for their turn, in 16 KB on the stack.</summary>
    private const int PairsMax = 2048;

    /// <summary>So many accounts are sifted at a time.</summary>
    private const int SiftMax = 512;

    /// <summary>Audiences of posts this far ahead are asked for: most are one or two cache lines.</summary>
    private const int AudiencesAhead = 12;

    /// <summary>Hot lines this far ahead are asked for: as many misses as a core has under way at once,
    /// about.</summary>
    private const int LinesAhead = 32;

    /// <summary>The same for what a full line needs: its head, and half way there the block that it goes to.</summary>
    private const int HeadsAhead = 24;
    private const int BlocksAhead = 12;

    /// <summary>Full lines are copied to their rings when there are so many of them.</summary>
    private const int FullMin = 32;

    /// <summary>Where pairs go that were found in a batch.</summary>
    private interface IPairs
    {
        /// <param name="pairs">Of accounts that have an inbox, the seq above and the account below. Valid during the
        /// call.</param>
        void Take(ulong* pairs, int count);
    }

    /// <summary>
    /// Delivers a batch of posts. The writer only. <b>Hot path.</b> The more posts a batch has, the quicker: even small
    /// audiences then keep many cache misses under way, and in a backlog an inbox is fetched once for several of its
    /// posts.
    /// </summary>
    /// <param name="batch">Ascending by seq: what an inbox has newer entries than is passed over.</param>
    /// <param name="writersMax">From 1: how many threads a backlog, or a post with a million followers, may be divided
    /// among. What is neither (fewer than four ids for each account, in all audiences together) is done by the calling
    /// thread alone.</param>
    /// <returns>How many entries were added to inboxes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A seq is 0, or there are no writers; nothing was
    /// delivered.</exception>
    public long Deliver(ReadOnlyMemory<Delivery> batch, int writersMax = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(writersMax);
        foreach (ref readonly var delivery in batch.Span)
            ArgumentOutOfRangeException.ThrowIfZero(delivery.Seq);
        return batch.Length >= BacklogPostsMin && BacklogBytes(BytesMax) > 0
            ? DeliverBacklog(batch, writersMax)
            : writersMax > 1 ? DeliverWithGiants(batch.Span, writersMax) : DeliverEach(batch.Span);
    }

    /// <summary>Delivers one seq to each account of a set. See <see cref="Deliver(ReadOnlyMemory{Delivery},
    /// int)"/>.</summary>
    public long Deliver(SortedIds accounts, uint seq)
    {
        ArgumentOutOfRangeException.ThrowIfZero(seq);
        return DeliverEach([new Delivery(seq, accounts)]);
    }

    /// <summary>Delivers one seq to some accounts.</summary>
    /// <param name="accounts">In any order. Those without an inbox, and those that are no accounts, are passed
    /// over.</param>
    /// <param name="seq">From 1.</param>
    /// <returns>How many inboxes it was added to.</returns>
    [SkipLocalsInit]
    public long Deliver(ReadOnlySpan<int> accounts, uint seq)
    {
        ArgumentOutOfRangeException.ThrowIfZero(seq);
        var pairs = stackalloc ulong[PairsMax + 1];
        var full = stackalloc int[FullMin + PairsMax + 1];
        var writer = new Writer(this, full);
        Emit(ref writer, pairs, Sift(ref writer, accounts, seq, pairs, 0));
        writer.CopyFull();
        return writer.Made;
    }

    /// <summary>One pass: pairs are applied as they are found.</summary>
    [SkipLocalsInit]
    private long DeliverEach(ReadOnlySpan<Delivery> batch)
    {
        var full = stackalloc int[FullMin + PairsMax + 1];
        var writer = new Writer(this, full);
        Expand(batch, ref writer);
        writer.CopyFull();
        return writer.Made;
    }

    /// <summary>Turns a batch into one stream of pairs, so that the misses of many small audiences overlap.</summary>
    [SkipLocalsInit]
    private void Expand<TPairs>(ReadOnlySpan<Delivery> batch, ref TPairs to)
        where TPairs : struct, IPairs, allows ref struct
    {
        var pairs = stackalloc ulong[PairsMax + 1];
        var single = stackalloc int[2];
        var count = 0;
        for (var i = 0; i < Math.Min(AudiencesAhead, batch.Length); i++)
            batch[i].Audience.Prefetch();
        for (var i = 0; i < batch.Length; i++)
        {
            if (i + AudiencesAhead < batch.Length)
                batch[i + AudiencesAhead].Audience.Prefetch();
            ref readonly var delivery = ref batch[i];
            if (!delivery.Author.IsNone || !delivery.Answered.IsNone)
            {
                single[0] = delivery.Author.Value;
                single[1] = delivery.Answered.Value;
                count = Sift(ref to, new ReadOnlySpan<int>(single, 2), delivery.Seq, pairs, count);
            }
            if (delivery.Audience.Tree is null)
            {
                count = Sift(ref to, delivery.Audience.Flat, delivery.Seq, pairs, count);
                continue;
            }
            foreach (var block in delivery.Audience.Blocks)
                count = Sift(ref to, block, delivery.Seq, pairs, count);
        }
        Emit(ref to, pairs, count);
    }

    /// <summary>Appends the accounts that have an inbox to the pairs, and hands these on whenever there is no room
    /// left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Sift<TPairs>(ref TPairs to, ReadOnlySpan<int> accounts, uint seq, ulong* pairs, int count)
        where TPairs : struct, IPairs, allows ref struct
    {
        while (!accounts.IsEmpty)
        {
            var next = accounts[..Math.Min(accounts.Length, SiftMax)];
            accounts = accounts[next.Length..];
            if (count + next.Length > PairsMax)
            {
                Emit(ref to, pairs, count);
                count = 0;
            }
            // One slot more than can be filled: sifting writes first and counts afterwards.
            count = _heads.Select(next, seq, pairs, count);
        }
        return count;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Emit<TPairs>(ref TPairs to, ulong* pairs, int count)
        where TPairs : struct, IPairs, allows ref struct => to.Take(pairs, count);

    /// <summary>Puts entries into hot lines and full lines into rings, on one thread.</summary>
    private ref struct Writer(InboxArena arena, int* full) : IPairs
    {
        private readonly HeadTable _heads = arena._heads;
        private int _fullCount;

        /// <summary>How many entries were added.</summary>
        public long Made { get; private set; }

        public void Take(ulong* pairs, int count)
        {
            var heads = _heads;
            var made = 0;
            var fullCount = _fullCount;
            for (var i = 0; i < Math.Min(LinesAhead, count); i++)
                Processor.Prefetch(heads.Line((int)pairs[i]));
            for (var i = 0; i < count; i++)
            {
                if (i + LinesAhead < count)
                    Processor.Prefetch(heads.Line((int)pairs[i + LinesAhead]));
                var account = (int)pairs[i];
                var seq = (uint)(pairs[i] >> 32);
                var line = heads.Line(account);
                var control = *line;
                var entries = (int)(control & HotLine.CountMask);
                if (seq <= line[HotLine.NewestWord(entries)])
                    continue;
                if (entries == HotLine.Entries)
                {
                    arena.CopyLine(line, heads.Head(account));
                    control = *line;
                    entries = 0;
                }
                line[1 + entries] = seq;
                Volatile.Write(ref *line, control + 1);
                // It is full at 15, and then goes on the list: without a branch, which would be mispredicted.
                full[fullCount] = account;
                fullCount += (entries + 2) >> 4;
                made++;
            }
            Made += made;
            _fullCount = fullCount;
            if (fullCount >= FullMin)
                CopyFull();
        }

        /// <summary>
        /// Copies full lines to their rings, together: so that these misses too are under way at the same time. (One
        /// that got another entry meanwhile was copied then; the list may also name one that was replaced since.)
        /// </summary>
        public void CopyFull()
        {
            var heads = _heads;
            var count = _fullCount;
            _fullCount = 0;
            for (var i = 0; i < Math.Min(HeadsAhead, count); i++)
                Processor.Prefetch(heads.Head(full[i]));
            for (var i = 0; i < count; i++)
            {
                if (i + HeadsAhead < count)
                    Processor.Prefetch(heads.Head(full[i + HeadsAhead]));
                if (i + BlocksAhead < count)
                {
                    var ahead = heads.Head(full[i + BlocksAhead]);
                    Processor.Prefetch(ahead->Block(ahead->Blocks % ahead->Capacity));
                }
                var line = heads.Line(full[i]);
                if ((*line & HotLine.CountMask) == HotLine.Entries)
                    arena.CopyLine(line, heads.Head(full[i]));
            }
        }
    }

    /// <summary>Empties a full hot line into the ring's next block; a full ring grows, or its oldest block
    /// goes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void CopyLine(uint* line, InboxHead* head)
    {
        var control = BeginChange(line);
        if (head->Blocks == head->Capacity && (head->Capacity == RingPool.BlocksMax || !TryGrow(head)))
        {
            // A ring of the largest size keeps more than 800 entries then, of which readers find the mark themselves:
            // the block that goes need not be read.
            if (head->Capacity < RingPool.BlocksMax)
                head->CompleteFrom = head->Block(0)[HotLine.Entries] + 1;
            head->First = head->First + 1 == head->Capacity ? (byte)0 : (byte)(head->First + 1);
            head->Blocks--;
        }
        Unsafe.CopyBlock(head->Block(head->Blocks), line, HotLine.Bytes);
        head->Blocks++;
        EndChange(line, control, HotLine.Present);
    }

    /// <summary>Moves the blocks of a full ring to one of the next size.</summary>
    /// <returns>False when there is no memory for that; nothing has changed then.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryGrow(InboxHead* head)
    {
        var capacity = RingPool.CapacityFor(head->Capacity + 1);
        var ring = _rings.TryTake(capacity);
        if (ring == null)
            return false;
        for (var i = 0; i < head->Blocks; i++)
            Unsafe.CopyBlock(ring + (i * HotLine.Words), head->Block(i), HotLine.Bytes);
        _rings.Give(head->Ring, head->Capacity);
        head->Ring = ring;
        head->First = 0;
        head->Capacity = (byte)capacity;
        return true;
    }
}
