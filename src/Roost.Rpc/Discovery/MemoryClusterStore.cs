using System.Runtime.CompilerServices;

namespace Roost.Rpc.Discovery;

/// <summary>The store of a network that is one process. What is in it goes with the process.</summary>
/// <param name="changesMax">How many changes a watch can go back.</param>
public sealed class MemoryClusterStore(TimeProvider time, int changesMax = 10_000) : IClusterStore
{
    private readonly Lock _lock = new();

    // All under _lock.
    private readonly SortedDictionary<string, (ClusterEntry Entry, long Lease)> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<long, (TimeSpan Ttl, ITimer Timer)> _leases = [];
    private readonly Queue<ClusterChange> _history = new();
    private long _revision;
    private long _lastLease;

    // Completed, and replaced, by every change: what watches wait for.
    private TaskCompletionSource _changed = NewBell();

    public ValueTask<ClusterSnapshot> ReadAsync(string prefix, CancellationToken ct)
    {
        lock (_lock)
        {
            return new(new ClusterSnapshot(
                [.. _entries.Values.Select(one => one.Entry)
                    .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))],
                _revision));
        }
    }

    public ValueTask<long?> PutAsync(
        string key, string value, CancellationToken ct, long lease = 0, long? expected = null)
    {
        lock (_lock)
        {
            if (lease != 0 && !_leases.ContainsKey(lease))
                throw new ServiceException(ErrorCode.NotFound, $"Lease {lease} has ended; take a new one.");
            var known = _entries.TryGetValue(key, out var old) ? old.Entry.Revision : 0;
            if (expected is { } wanted && wanted != known) return new((long?)null);
            Tell_NeedsLock(new(key, value, ++_revision));
            _entries[key] = (new(key, value, _revision), lease);
            return new(_revision);
        }
    }

    public ValueTask<bool> DeleteAsync(string key, CancellationToken ct)
    {
        lock (_lock) return new(Remove_NeedsLock(key));
    }

    public ValueTask<long> GrantAsync(TimeSpan ttl, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ttl, TimeSpan.FromSeconds(1));
        lock (_lock)
        {
            var lease = ++_lastLease;
            var timer = time.CreateTimer(_ => End(lease), null, ttl, Timeout.InfiniteTimeSpan);
            _leases.Add(lease, (ttl, timer));
            return new(lease);
        }
    }

    public ValueTask<bool> KeepAliveAsync(long lease, CancellationToken ct)
    {
        lock (_lock)
        {
            return new(_leases.TryGetValue(lease, out var known)
                && known.Timer.Change(known.Ttl, Timeout.InfiniteTimeSpan));
        }
    }

    public ValueTask RevokeAsync(long lease, CancellationToken ct)
    {
        End(lease);
        return ValueTask.CompletedTask;
    }

    public async IAsyncEnumerable<ClusterChange> WatchAsync(
        string prefix, long after, [EnumeratorCancellation] CancellationToken ct)
    {
        while (true)
        {
            Task more;
            ClusterChange[] news;
            lock (_lock)
            {
                if (after < _revision && (_history.Count == 0 || _history.Peek().Revision > after + 1))
                    throw new ServiceException(
                        ErrorCode.Conflict, $"Changes after {after} are not kept any more; read again.");
                news = [.. _history.Where(change => change.Revision > after)];
                more = _changed.Task;
            }
            foreach (var change in news)
            {
                after = change.Revision;
                if (change.Key.StartsWith(prefix, StringComparison.Ordinal)) yield return change;
            }
            await more.WaitAsync(ct);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (_, timer) in _leases.Values) timer.Dispose();
            _leases.Clear();
        }
    }

    private void End(long lease)
    {
        lock (_lock)
        {
            if (!_leases.Remove(lease, out var ended)) return;
            ended.Timer.Dispose();
            foreach (var key in _entries.Where(one => one.Value.Lease == lease).Select(one => one.Key).ToArray())
                Remove_NeedsLock(key);
        }
    }

    private bool Remove_NeedsLock(string key)
    {
        if (!_entries.Remove(key)) return false;
        Tell_NeedsLock(new(key, null, ++_revision));
        return true;
    }

    private void Tell_NeedsLock(ClusterChange change)
    {
        _history.Enqueue(change);
        if (_history.Count > changesMax) _history.Dequeue();
        _changed.SetResult();
        _changed = NewBell();
    }

    private static TaskCompletionSource NewBell() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
