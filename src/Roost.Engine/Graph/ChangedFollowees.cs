using Roost.Engine.Ids;

namespace Roost.Engine.Graph;

/// <summary>
/// Whose followees have changed since somebody last asked. Who has seen a change in the graph, and asks afterwards, is
/// told of it: an account is noted under the very lock under which its lists are replaced.
/// </summary>
public sealed class ChangedFollowees
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _accounts = [];
    private bool _isWatched;

    /// <summary>From now on accounts are noted; changes under way are over when this returns.</summary>
    internal void Watch()
    {
        lock (_lock)
            _isWatched = true;
    }

    /// <summary>The accounts noted so far, in no order; they are forgotten here. Any thread; waits for a change that is
    /// under way.</summary>
    public AccountId[] Take()
    {
        lock (_lock)
        {
            if (_accounts.Count == 0)
                return [];
            AccountId[] taken = [.. _accounts.Select(account => new AccountId(account))];
            _accounts.Clear();
            return taken;
        }
    }

    /// <summary>Forgets an account: who reads its followees from now on has all changes that were noted, and is told of
    /// those that come after. Any thread.</summary>
    public void Forget(AccountId account)
    {
        lock (_lock)
            _accounts.Remove(account.Value);
    }

    /// <summary>Notes an account that was forgotten in vain. Any thread.</summary>
    public void Note(AccountId account)
    {
        lock (_lock)
            _accounts.Add(account.Value);
    }

    /// <summary>Notes an account; its lists are replaced before the reply is disposed.</summary>
    internal Lock.Scope Enter(int account)
    {
        var scope = _lock.EnterScope();
        if (_isWatched)
            _accounts.Add(account);
        return scope;
    }

    /// <param name="keys">With the accounts in their upper halves.</param>
    internal Lock.Scope EnterAll(ReadOnlySpan<ulong> keys)
    {
        var scope = _lock.EnterScope();
        if (!_isWatched)
            return scope;
        foreach (var key in keys)
            _accounts.Add((int)(key >> 32));
        return scope;
    }
}
