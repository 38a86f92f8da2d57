using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Roost.Engine.Graph;

namespace Roost.Engine.Inboxes;

public sealed unsafe partial class InboxArena
{
    /// <summary>Recipients that wait for their turn, in 4 KB on the stack.</summary>
    private const int WaitingMax = 1_024;

    /// <summary>So many accounts are sifted at a time.</summary>
    private const int SiftMax = 256;

    /// <summary>
    /// As many misses as a core has under way at once, about. The slot can only be asked for once its head is here,
    /// hence half way.
    /// </summary>
    private const int HeadsAhead = 16;
    private const int SlotsAhead = 8;

    /// <summary>Delivers a seq to each of the accounts that has an inbox. The writer only. <b>Hot path.</b></summary>
    /// <param name="accounts">In any order; ascending is quickest. Those without an inbox, and those that are no
    /// accounts, are passed over.</param>
    /// <param name="seq">From 1; above all that these inboxes hold, else it is passed over.</param>
    /// <returns>How many inboxes it was added to.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The seq is 0.</exception>
    [SkipLocalsInit]
    public int Deliver(ReadOnlySpan<int> accounts, uint seq)
    {
        ArgumentOutOfRangeException.ThrowIfZero(seq);
        Span<int> waiting = stackalloc int[WaitingMax];
        var count = 0;
        var made = Sift(accounts, waiting, ref count, seq);
        return made + DeliverAll(waiting[..count], seq);
    }

    /// <summary>Delivers a seq to each account of a set. See <see cref="Deliver(ReadOnlySpan{int}, uint)"/>.</summary>
    [SkipLocalsInit]
    public int Deliver(SortedIds accounts, uint seq)
    {
        ArgumentOutOfRangeException.ThrowIfZero(seq);
        Span<int> waiting = stackalloc int[WaitingMax];
        var count = 0;
        var made = 0;
        foreach (var block in accounts.Blocks)
            made += Sift(block, waiting, ref count, seq);
        return made + DeliverAll(waiting[..count], seq);
    }

    /// <summary>
    /// Puts the accounts that have an inbox on the list, and delivers to those on the list whenever it is full.
    /// </summary>
    private int Sift(ReadOnlySpan<int> accounts, Span<int> waiting, ref int count, uint seq)
    {
        var made = 0;
        while (!accounts.IsEmpty)
        {
            var next = accounts[..Math.Min(accounts.Length, SiftMax)];
            accounts = accounts[next.Length..];
            // One slot more than can be filled: sifting writes first and counts afterwards.
            if (count + next.Length >= WaitingMax)
            {
                made += DeliverAll(waiting[..count], seq);
                count = 0;
            }
            count = _heads.Select(next, waiting, count);
        }
        return made;
    }

    private int DeliverAll(ReadOnlySpan<int> accounts, uint seq)
    {
        var heads = _heads;
        var made = 0;
        for (var i = 0; i < Math.Min(HeadsAhead, accounts.Length); i++)
            Prefetch(heads.Known(accounts[i]));
        for (var i = 0; i < Math.Min(SlotsAhead, accounts.Length); i++)
            PrefetchSlot(heads.Known(accounts[i]));
        for (var i = 0; i < accounts.Length; i++)
        {
            if (i + HeadsAhead < accounts.Length)
                Prefetch(heads.Known(accounts[i + HeadsAhead]));
            if (i + SlotsAhead < accounts.Length)
                PrefetchSlot(heads.Known(accounts[i + SlotsAhead]));
            made += DeliverOne(heads.Known(accounts[i]), seq);
        }
        return made;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchSlot(InboxHead* head) => Prefetch(head->Ring + head->Next);

    /// <summary>
    /// Only x86 has a prefetch that .NET offers everywhere; elsewhere the processor finds what it can by itself.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int DeliverOne(InboxHead* head, uint seq)
    {
        if (seq <= head->Newest)
            return 0;
        if (head->Count == head->Capacity && head->Capacity < Capacity)
            Grow(head);

        var slot = head->Ring + head->Next;
        var version = head->Version;
        head->Version = version + 1;
        Volatile.WriteBarrier();
        if (head->Count == head->Capacity)
            head->CompleteFrom = *slot + 1;
        else
            head->Count++;
        *slot = seq;
        head->Newest = seq;
        head->Next = head->Next + 1 == head->Capacity ? (ushort)0 : (ushort)(head->Next + 1);
        Volatile.Write(ref head->Version, version + 2);
        return 1;
    }

    /// <summary>
    /// Moves the entries of a full ring to one of the next size. Without memory for that all stays: the oldest entry
    /// will go.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(InboxHead* head)
    {
        var capacity = RingPool.CapacityFor(head->Capacity + 1);
        var ring = _rings.TryTake(capacity);
        if (ring == null)
            return;
        var older = new Span<uint>(head->Ring + head->Start, head->Count - head->Start);
        older.CopyTo(new Span<uint>(ring, capacity));
        new Span<uint>(head->Ring, head->Start).CopyTo(new Span<uint>(ring + older.Length, capacity - older.Length));

        var grown = *head;
        grown.Ring = ring;
        grown.Next = head->Count;
        grown.Capacity = (ushort)capacity;
        Replace(head, grown);
    }
}
