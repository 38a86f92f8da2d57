using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Roost.Rpc.Discovery;

/// <summary>
/// The store of a network whose processes are all on one machine: an SQLite file that each of them opens, on a disk of
/// this machine, not of another one.
/// </summary>
/// <remarks>
/// <para><b>One order.</b> A change is a transaction, and SQLite lets in one at a time, so the number of a row of
/// <c>changes</c> is its revision. The newest 10,000 rows are kept: who asks for older ones is told to read
/// again. A new file's revisions begin at the milliseconds since 1970, so they are greater than those of one that was
/// removed; numbers of leases are drawn by chance, so nobody keeps another one's alive there.</para>
/// <para><b>Watches</b> wait for a look at <c>PRAGMA data_version</c>, which tells of others' commits without reading
/// anything, every <see cref="LookEvery"/>; what this process changes they hear of at once.</para>
/// <para><b>Leases</b> end by the wall clock, which all processes of a machine share, so they outlive whoever made them
/// and end although that was killed. Whoever writes next, or watches, takes their entries away: until then they are
/// there. While the file could not be written, or this process, or the machine, stood still, nobody could keep a lease
/// alive: those that have ended since begin anew, so that nobody is forgotten for another one's standstill.</para>
/// <para><b>Busy</b>: a lock is waited for, 5 s at most. Readers wait for nobody.</para>
/// </remarks>
public sealed class SqliteClusterStore : IClusterStore
{
    /// <summary>How late a watch may hear what another process has changed.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);

    // Far more than a look is ever late, far less than a lease.
    private static readonly TimeSpan _standstill = TimeSpan.FromSeconds(1);

    private readonly ClusterFile _reading;
    private readonly ClusterFile _writing;
    private readonly TimeProvider _time;
    private readonly int _changesMax;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();

    // Under _lock. What watches wait for: completed, and replaced, when there may be changes (null) or the file cannot
    // be read. And who looks, once anybody watches or has a lease.
    private TaskCompletionSource<ServiceException?> _bell = NewBell();
    private Task? _looking;

    // In milliseconds since 1970: when it was last certain that leases can be kept alive.
    private long _awake;

    // Whether somebody waits for the file to be written.
    private volatile bool _waits;

    private bool _isDisposed;

    /// <param name="path">Made when it is missing; its directory must be there.</param>
    /// <param name="changesMax">How many changes a watch can go back.</param>
    /// <exception cref="ServiceException">It is no such file, or cannot be opened.</exception>
    public SqliteClusterStore(string path, TimeProvider time, int changesMax = 10_000)
    {
        (_time, _changesMax) = (time, changesMax);
        _writing = ClusterFile.Open(path, time);
        _reading = ClusterFile.Open(path, time);
        _awake = Now;
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public async ValueTask<ClusterSnapshot> ReadAsync(string prefix, CancellationToken ct)
    {
        if (await _reading.AskAsync(NextEnd, ct) <= Now) await EndLeasesAsync(ct);
        return await _reading.AskAsync(
            file =>
            {
                using var one = file.BeginTransaction(deferred: true);
                return new ClusterSnapshot(
                    ClusterFile.Rows(
                        file, row => new ClusterEntry(row.GetString(0), row.GetString(1), row.GetInt64(2)),
                        "SELECT key, value, revision FROM entries WHERE substr(key, 1, length($1)) = $1 ORDER BY key",
                        prefix),
                    Newest(file));
            },
            ct);
    }

    public ValueTask<long?> PutAsync(
        string key, string value, CancellationToken ct, long lease = 0, long? expected = null) => WriteAsync(
            file =>
            {
                if (lease != 0 && ClusterFile.Number(file, "SELECT 1 FROM leases WHERE id = $1", lease) is null)
                    throw new ServiceException(ErrorCode.NotFound, $"Lease {lease} has ended; take a new one.");
                var known = ClusterFile.Number(file, "SELECT revision FROM entries WHERE key = $1", key) ?? 0;
                if (expected is { } wanted && wanted != known) return null;
                var revision = Tell(file, key, value);
                ClusterFile.Run(
                    file, "REPLACE INTO entries (key, value, revision, lease) VALUES ($1, $2, $3, $4)",
                    key, value, revision, lease);
                return (long?)revision;
            },
            ct);

    public ValueTask<bool> DeleteAsync(string key, CancellationToken ct) => WriteAsync(
        file => Remove(file, key), ct);

    public ValueTask<long> GrantAsync(TimeSpan ttl, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ttl, TimeSpan.FromSeconds(1));
        BeginLooking();
        return WriteAsync(
            file => ClusterFile.Number(
                file, "INSERT INTO leases (id, ttl, ends) VALUES (1 + abs(random() / 2), $1, $2 + $1) RETURNING id",
                (long)ttl.TotalMilliseconds, Now)!.Value,
            ct);
    }

    public ValueTask<bool> KeepAliveAsync(long lease, CancellationToken ct) => WriteAsync(
        file => ClusterFile.Run(file, "UPDATE leases SET ends = $2 + ttl WHERE id = $1", lease, Now) > 0, ct);

    public async ValueTask RevokeAsync(long lease, CancellationToken ct) => await WriteAsync(
        file =>
        {
            RemoveAll(file, "SELECT key FROM entries WHERE lease = $1 ORDER BY key", lease);
            return ClusterFile.Run(file, "DELETE FROM leases WHERE id = $1", lease);
        },
        ct);

    public async IAsyncEnumerable<ClusterChange> WatchAsync(
        string prefix, long after, [EnumeratorCancellation] CancellationToken ct)
    {
        BeginLooking();
        string? known = null;
        while (true)
        {
            Task<ServiceException?> more;
            lock (_lock) more = _bell.Task;
            var (news, upTo, file) = await _reading.AskAsync(
                connection => Changes(connection, prefix, after, known), ct);
            foreach (var change in news) yield return change;
            (after, known) = (upTo, file);
            if (await more.WaitAsync(ct) is { } away)
                throw new ServiceException(away.Code, away.Message, away.Detail, away);
        }
    }

    /// <summary>Waits for who looks. Again, it does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true)) return;
        _stop.Cancel();
        _looking?.GetAwaiter().GetResult();
        _reading.Dispose();
        _writing.Dispose();
        _stop.Dispose();
    }

    /// <param name="known">The file that was read before; null for none.</param>
    private (List<ClusterChange> News, long UpTo, string File) Changes(
        SqliteConnection file, string prefix, long after, string? known)
    {
        using var one = file.BeginTransaction(deferred: true);
        var newest = Newest(file);
        if (newest < after || (known is not null && known != _reading.Id))
        {
            throw new ServiceException(
                ErrorCode.Unavailable, "The file of the cluster store was replaced; read again.");
        }
        if (after < newest && ClusterFile.Number(file, "SELECT MIN(revision) FROM changes") > after + 1)
        {
            throw new ServiceException(
                ErrorCode.Conflict, $"Changes after {after} are not kept any more; read again.");
        }
        var news = ClusterFile.Rows(
            file,
            row => new ClusterChange(row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetInt64(0)),
            "SELECT revision, key, value FROM changes WHERE revision > $1 AND substr(key, 1, length($2)) = $2 "
            + "ORDER BY revision",
            after, prefix);
        return (news, newest, _reading.Id);
    }

    // The newest change is always kept.
    private static long Newest(SqliteConnection file) =>
        ClusterFile.Number(file, "SELECT MAX(revision) FROM changes")!.Value;

    /// <summary>When a lease may have ended next, in milliseconds since 1970.</summary>
    private static long NextEnd(SqliteConnection file) =>
        ClusterFile.Number(file, "SELECT MIN(ends) FROM leases") ?? long.MaxValue;

    private bool Remove(SqliteConnection file, string key)
    {
        if (ClusterFile.Run(file, "DELETE FROM entries WHERE key = $1", key) == 0) return false;
        Tell(file, key, DBNull.Value);
        return true;
    }

    private void RemoveAll(SqliteConnection file, string keys, long of)
    {
        foreach (var key in ClusterFile.Rows(file, row => row.GetString(0), keys, of)) Remove(file, key);
    }

    /// <returns>The change's revision.</returns>
    private long Tell(SqliteConnection file, string key, object value)
    {
        var revision = ClusterFile.Number(
            file, "INSERT INTO changes (key, value) VALUES ($1, $2) RETURNING revision", key, value)!.Value;
        ClusterFile.Run(file, "DELETE FROM changes WHERE revision <= $1", revision - _changesMax);
        return revision;
    }

    private async ValueTask EndLeasesAsync(CancellationToken ct) => await WriteAsync(static _ => true, ct);

    /// <summary>In a transaction, of which leases that have ended are a part; on a thread that may wait for a
    /// lock.</summary>
    private async ValueTask<T> WriteAsync<T>(Func<SqliteConnection, T> write, CancellationToken ct)
    {
        var result = await Task.Run(async () => await _writing.AskAsync(
            file =>
            {
                _waits = true;
                using var transaction = file.BeginTransaction();
                _waits = false;
                var now = Now;
                EndLeases(file, now);
                var result = write(file);
                transaction.Commit();
                Volatile.Write(ref _awake, now);
                return result;
            },
            ct), ct);
        Ring(null);
        return result;
    }

    private void EndLeases(SqliteConnection file, long now)
    {
        var awake = Volatile.Read(ref _awake);
        // Who does not look knows of no standstill, and has no lease.
        if (_looking is not null && now - awake > _standstill.TotalMilliseconds)
            ClusterFile.Run(file, "UPDATE leases SET ends = $1 + ttl WHERE ends > $2", now, awake);
        // A clock that was set back would have them last for as long as it was set back.
        ClusterFile.Run(file, "UPDATE leases SET ends = $1 + ttl WHERE ends > $1 + ttl", now);
        if (NextEnd(file) > now) return;
        RemoveAll(
            file, "SELECT key FROM entries WHERE lease IN (SELECT id FROM leases WHERE ends <= $1) ORDER BY key", now);
        ClusterFile.Run(file, "DELETE FROM leases WHERE ends <= $1", now);
    }

    private void BeginLooking()
    {
        lock (_lock)
        {
            if (_looking is not null) return;
            Volatile.Write(ref _awake, Now);
            _looking = Task.Run(() => LookAsync(_stop.Token));
        }
    }

    private async Task LookAsync(CancellationToken ct)
    {
        (long, long) seen = default;
        var nextEnd = long.MaxValue;
        while (!ct.IsCancellationRequested)
        {
            var wait = LookEvery;
            try
            {
                var version = await _reading.VersionAsync(ct);
                if (version != seen)
                {
                    nextEnd = await _reading.AskAsync(NextEnd, ct);
                    seen = version;
                    Ring(null);
                }
                var now = Now;
                if (now >= nextEnd || now - Volatile.Read(ref _awake) > _standstill.TotalMilliseconds)
                    await EndLeasesAsync(ct);
                else if (!_waits)
                    Volatile.Write(ref _awake, now);
            }
            catch (ServiceException away)
            {
                (seen, wait) = (default, _pause);
                Ring(away);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(wait, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Ring(ServiceException? away)
    {
        TaskCompletionSource<ServiceException?> rung;
        lock (_lock) (rung, _bell) = (_bell, NewBell());
        rung.SetResult(away);
    }

    private static TaskCompletionSource<ServiceException?> NewBell() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
