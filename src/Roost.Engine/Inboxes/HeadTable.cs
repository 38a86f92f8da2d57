using System.Runtime.InteropServices;

namespace Roost.Engine.Inboxes;

/// <summary>
/// The heads of all inboxes by account, in chunks of 65,536 (2 MB, one huge page), and beside them one bit per account
/// that says whether there is an inbox. Most accounts have none, since most people are not here today; the bits of a
/// million accounts fit into the second-level cache, so those are passed over without a miss.
/// </summary>
/// <remarks>
/// Chunks are cleared before their address is stored (release) and never move, so readers on any thread may follow an
/// address they have read. The bits are the writer's alone.
/// </remarks>
internal sealed unsafe class HeadTable(NativeSlabs slabs)
{
    private const int ChunkBits = 16;
    private const int ChunkLength = 1 << ChunkBits;
    private const int OffsetMask = ChunkLength - 1;

    private nint[] _heads = [];
    private ulong[]?[] _present = [];

    /// <summary>The account's head, or null where there never was an inbox near. Any thread.</summary>
    public InboxHead* Find(int account)
    {
        var heads = Volatile.Read(ref _heads);
        var place = (uint)account >> ChunkBits;
        if (place >= (uint)heads.Length)
            return null;
        var chunk = (InboxHead*)Volatile.Read(ref heads[place]);
        return chunk == null ? null : chunk + (account & OffsetMask);
    }

    /// <summary>The head of an account that has an inbox. The writer only. <b>Hot path.</b></summary>
    public InboxHead* Known(int account) => (InboxHead*)_heads[(uint)account >> ChunkBits] + (account & OffsetMask);

    /// <summary>
    /// Appends those of the accounts that have an inbox to a list; returns the list's new count. No branch depends on
    /// who has one: that is as good as random, and the processor would mispredict it. <b>Hot path.</b>
    /// </summary>
    /// <param name="found">Room for as many as there are accounts, beyond <paramref name="count"/>.</param>
    public int Select(ReadOnlySpan<int> accounts, Span<int> found, int count)
    {
        var present = _present;
        foreach (var account in accounts)
        {
            var place = (uint)account >> ChunkBits;
            if (place >= (uint)present.Length || present[place] is not { } bits)
                continue;
            found[count] = account;
            count += (int)(bits[(account & OffsetMask) >> 6] >> account) & 1;
        }
        return count;
    }

    /// <summary>The account's head, made when it is not there. The writer only.</summary>
    public InboxHead* Make(int account)
    {
        var place = (uint)account >> ChunkBits;
        if (Find(account) is var head && head != null)
            return head;

        var chunk = slabs.Take((long)ChunkLength * InboxHead.Size);
        NativeMemory.Clear(chunk, (nuint)ChunkLength * InboxHead.Size);
        if (place >= (uint)_heads.Length)
        {
            var longer = new nint[Math.Max(place + 1, 2 * (uint)_heads.Length)];
            _heads.CopyTo(longer, 0);
            Volatile.Write(ref _heads, longer);
            Array.Resize(ref _present, longer.Length);
        }
        _present[place] = new ulong[ChunkLength / 64];
        Volatile.Write(ref _heads[place], (nint)chunk);
        return Find(account);
    }

    /// <summary>Notes whether an account whose head is there has an inbox. The writer only.</summary>
    public void Mark(int account, bool present)
    {
        ref var bits = ref _present[(uint)account >> ChunkBits]![(account & OffsetMask) >> 6];
        bits = present ? bits | (1UL << account) : bits & ~(1UL << account);
    }

    /// <summary>Forgets all heads, before their memory is freed.</summary>
    public void Clear()
    {
        Volatile.Write(ref _heads, []);
        _present = [];
    }
}
