using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Roost.Engine.Inboxes;

/// <summary>
/// Hot lines and heads of all inboxes by account, in chunks of 16,384 accounts, and beside them one bit per account
/// that says whether there is an inbox. Most accounts have none, since most people are not here today; the bits of a
/// million accounts fit into the second-level cache, so those are passed over without a miss.
/// <code>
///  chunk, 1.5 MiB   | 16,384 hot lines of 64 B | 16,384 heads of 32 B |
/// </code>
/// </summary>
/// <remarks>
/// Chunks are cleared before their address is stored (release) and never move, so readers on any thread may follow an
/// address they have read. The bits are the writer's alone.
/// </remarks>
internal sealed unsafe class HeadTable(NativeSlabs slabs)
{
    private const int ChunkBits = 14;
    private const int ChunkLength = 1 << ChunkBits;
    private const int OffsetMask = ChunkLength - 1;
    private const uint ChunksMax = 1u << (31 - ChunkBits);
    private const long HeadsAt = (long)ChunkLength * HotLine.Bytes;
    private const long ChunkBytes = HeadsAt + ((long)ChunkLength * InboxHead.Size);

    /// <summary>The first chunk comes alone, so that a small arena stays small; then four at a time are whole huge
    /// pages.</summary>
    private const int ChunksAtOnce = 4;

    private nint[] _chunks = [];
    private ulong[] _present = [];
    private byte* _spare;
    private int _spareCount;
    private bool _isFirst = true;

    /// <summary>No account from here on has an inbox.</summary>
    public uint AccountsEnd => (uint)_present.Length * 64;

    /// <summary>The account's hot line, or null where there never was an inbox near. Any thread.</summary>
    public uint* Find(int account, out InboxHead* head)
    {
        var chunks = Volatile.Read(ref _chunks);
        var place = (uint)account >> ChunkBits;
        var chunk = place < (uint)chunks.Length ? (byte*)Volatile.Read(ref chunks[place]) : null;
        head = (InboxHead*)(chunk + HeadsAt) + (account & OffsetMask);
        return chunk == null ? null : (uint*)chunk + ((account & OffsetMask) * HotLine.Words);
    }

    /// <summary>The hot line of an account that has an inbox. The writer only. <b>Hot path.</b></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint* Line(int account) => (uint*)Chunk(account) + ((account & OffsetMask) * HotLine.Words);

    /// <summary>The head of an account that has an inbox. The writer only. <b>Hot path.</b></summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public InboxHead* Head(int account) => (InboxHead*)(Chunk(account) + HeadsAt) + (account & OffsetMask);

    /// <summary>
    /// Appends those of the accounts that have an inbox to a list of pairs (seq above, account below); returns the
    /// list's new count. No branch depends on who has one: that is as good as random, and the processor would
    /// mispredict it. <b>Hot path.</b>
    /// </summary>
    /// <param name="pairs">Room for as many as there are accounts, and one, beyond <paramref name="count"/>.</param>
    public int Select(ReadOnlySpan<int> accounts, uint seq, ulong* pairs, int count)
    {
        ref var present = ref MemoryMarshal.GetArrayDataReference(_present);
        var end = AccountsEnd;
        var high = (ulong)seq << 32;
        var to = pairs + count;
        foreach (var account in accounts)
        {
            // Also what is no account: a negative number is a large one here.
            var unsigned = (uint)account;
            if (unsigned >= end)
                continue;
            *to = high | unsigned;
            to += (uint)(Unsafe.Add(ref present, (nint)(unsigned >> 6)) >> account) & 1;
        }
        return (int)(to - pairs);
    }

    /// <summary>The account's hot line, made when it is not there. The writer only.</summary>
    public uint* Make(int account)
    {
        var place = (uint)account >> ChunkBits;
        if (Find(account, out _) is var line && line != null)
            return line;

        var chunk = TakeChunk();
        if (place >= (uint)_chunks.Length)
        {
            var longer = new nint[Math.Min(ChunksMax, Math.Max(place + 1, 2 * (uint)_chunks.Length))];
            _chunks.CopyTo(longer, 0);
            Volatile.Write(ref _chunks, longer);
            Array.Resize(ref _present, longer.Length * (ChunkLength / 64));
        }
        Volatile.Write(ref _chunks[place], (nint)chunk);
        return Line(account);
    }

    /// <summary>Notes whether an account whose line is there has an inbox. The writer only.</summary>
    public void Mark(int account, bool present)
    {
        ref var bits = ref _present[account >> 6];
        bits = present ? bits | (1UL << account) : bits & ~(1UL << account);
    }

    /// <summary>Forgets all, before the memory is freed.</summary>
    public void Clear()
    {
        Volatile.Write(ref _chunks, []);
        _present = [];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* Chunk(int account) =>
        (byte*)Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_chunks), account >> ChunkBits);

    private byte* TakeChunk()
    {
        if (_spareCount == 0)
        {
            _spareCount = _isFirst ? 1 : ChunksAtOnce;
            _isFirst = false;
            _spare = slabs.Take(_spareCount * ChunkBytes);
            NativeMemory.Clear(_spare, (nuint)(_spareCount * ChunkBytes));
        }
        _spareCount--;
        var chunk = _spare;
        _spare += ChunkBytes;
        return chunk;
    }
}
