using Roost.Engine.Ids;

namespace Roost.Services.Users;

/// <summary>
/// Accounts in memory by id. Ids are dense, so a lookup is two array reads: a directory of chunks, and a slot in the
/// chunk.
/// <code>
/// _chunks[id / 4096] → Chunk { Account? Slots[4096]; bool Touched }
/// </code>
/// When more than the allowed number is held, whole chunks are dropped: a hand goes round the directory, spares those
/// touched since it last came by, and drops the first that was not.
/// </summary>
/// <remarks>
/// Reads take no lock: slots and the directory are published with volatile writes, and accounts are immutable. As with
/// <see cref="BoundedCache{TKey,TValue}"/>, filling in what was read before a change is declined.
/// </remarks>
/// <param name="accountsMax">At least <see cref="ChunkSlots"/>.</param>
/// <param name="firstStamp">Above all that were given before the process started: a time will do.</param>
internal sealed class AccountCache(int accountsMax, long firstStamp)
{
    public const int ChunkSlots = 4096;
    private const int ChunkShift = 12;

    private readonly Lock _lock = new();
    private volatile Chunk?[] _chunks = new Chunk?[16];

    // Guarded by _lock, apart from reads of _version.
    private int _held;
    private int _hand;
    private long _version;
    private long _stamp = firstStamp;

    /// <summary>Grows with every change of an account that exists; see <see cref="TryFill"/>.</summary>
    public long Version => Volatile.Read(ref _version);

    /// <summary>Accounts in memory now.</summary>
    public int Count => Volatile.Read(ref _held);

    /// <summary>The account, or null when it is not in memory. <paramref name="id"/> is not negative.</summary>
    public Account? Get(AccountId id)
    {
        var chunks = _chunks;
        var index = id.Value >> ChunkShift;
        if ((uint)index >= (uint)chunks.Length || chunks[index] is not { } chunk) return null;
        // Written only when it changes, so that readers on other cores keep sharing the line.
        if (!chunk.Touched) chunk.Touched = true;
        return Volatile.Read(ref chunk.Slots[id.Value & (ChunkSlots - 1)]);
    }

    /// <summary>Keeps what was read from the store, unless an account was changed since <paramref
    /// name="version"/>.</summary>
    /// <param name="accounts">Those that are kept are replaced by the same with a stamp.</param>
    public void TryFill(Span<Account> accounts, long version)
    {
        lock (_lock)
        {
            if (_version != version) return;
            foreach (ref var account in accounts) account = Put_NeedsLock(account);
        }
    }

    /// <summary>Keeps an account that has just been stored for the first time or anew.</summary>
    public void Set(Account account)
    {
        lock (_lock)
        {
            Volatile.Write(ref _version, _version + 1);
            Put_NeedsLock(account);
        }
    }

    private Account Put_NeedsLock(Account account)
    {
        account = account with { Stamp = ++_stamp };
        var index = account.Id.Value >> ChunkShift;
        if (index >= _chunks.Length)
        {
            var grown = new Chunk?[Math.Max(_chunks.Length * 2, index + 1)];
            _chunks.CopyTo(grown, 0);
            _chunks = grown;
        }
        var chunk = _chunks[index];
        if (chunk is null)
        {
            chunk = new Chunk { Touched = true };
            Volatile.Write(ref _chunks[index], chunk);
        }
        ref var slot = ref chunk.Slots[account.Id.Value & (ChunkSlots - 1)];
        if (slot is null)
        {
            chunk.Held++;
            Volatile.Write(ref _held, _held + 1);
        }
        Volatile.Write(ref slot, account);
        while (_held > accountsMax) DropOneChunk_NeedsLock(spared: index);
        return account;
    }

    // Ends: accountsMax is at least a chunk, so there is another one to drop, at the latest on the second round.
    private void DropOneChunk_NeedsLock(int spared)
    {
        while (true)
        {
            _hand = (_hand + 1) % _chunks.Length;
            if (_chunks[_hand] is not { } chunk || _hand == spared) continue;
            if (chunk.Touched)
            {
                chunk.Touched = false;
                continue;
            }
            Volatile.Write(ref _chunks[_hand], null);
            Volatile.Write(ref _held, _held - chunk.Held);
            return;
        }
    }

    private sealed class Chunk
    {
        public readonly Account?[] Slots = new Account?[ChunkSlots];

        public volatile bool Touched;

        // Slots that are filled; guarded by the cache's lock.
        public int Held;
    }
}
