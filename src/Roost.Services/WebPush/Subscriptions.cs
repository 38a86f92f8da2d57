using System.Collections.Immutable;
using Roost.Engine.Ids;

namespace Roost.Services.WebPush;

/// <summary>All subscriptions, in memory, as they are on disk. Thread-safe by one small lock.</summary>
/// <remarks>Some 600 bytes each.</remarks>
internal sealed class Subscriptions
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, StoredSubscription> _byId = [];
    private readonly Dictionary<string, long> _byToken = [];
    private readonly Dictionary<AccountId, ImmutableArray<long>> _byAccount = [];

    public int Count
    {
        get
        {
            lock (_lock) return _byId.Count;
        }
    }

    public StoredSubscription? Get(long id)
    {
        lock (_lock) return _byId.GetValueOrDefault(id);
    }

    public StoredSubscription? OfToken(string hash)
    {
        lock (_lock) return _byToken.TryGetValue(hash, out var id) ? _byId[id] : null;
    }

    public IReadOnlyList<StoredSubscription> Of(AccountId account)
    {
        lock (_lock)
        {
            return _byAccount.TryGetValue(account, out var ids)
                ? [.. ids.Select(id => _byId[id])]
                : [];
        }
    }

    /// <summary>Adds one, or puts it in the place of what its token had.</summary>
    public void Put(StoredSubscription one)
    {
        lock (_lock)
        {
            Remove_NeedsLock(one.TokenHash);
            var (id, account) = (one.Public.Id, one.Public.Account);
            _byId[id] = one;
            _byToken[one.TokenHash] = id;
            _byAccount[account] = _byAccount.GetValueOrDefault(account, []).Add(id);
        }
    }

    public void Remove(string tokenHash)
    {
        lock (_lock) Remove_NeedsLock(tokenHash);
    }

    /// <summary>Counts attempts that failed; one that is gone meanwhile is not counted for.</summary>
    public void SetFailures(long id, int failures)
    {
        lock (_lock)
        {
            if (_byId.TryGetValue(id, out var one))
                _byId[id] = one with { Failures = failures };
        }
    }

    private void Remove_NeedsLock(string tokenHash)
    {
        if (!_byToken.Remove(tokenHash, out var id) || !_byId.Remove(id, out var old))
            return;
        var account = old.Public.Account;
        var left = _byAccount[account].Remove(id);
        if (left.IsEmpty)
            _byAccount.Remove(account);
        else
            _byAccount[account] = left;
    }
}
