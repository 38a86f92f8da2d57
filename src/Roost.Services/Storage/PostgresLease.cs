using System.Globalization;
using Npgsql;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// The right to be the one process that writes a schema. Services answer from memory what only they change, so two of
/// them over one schema would each believe in a world of its own.
/// </summary>
/// <remarks>
/// Two things hold it, each where the other is weak. (1) An advisory lock of the writer's connection, which the server
/// ends with the connection: a process that is killed leaves nothing behind, and a second one is told at its start. (2)
/// A fencing number in the schema's only row of <c>roost_writer</c>: each taking makes it greater, and every
/// transaction begins by changing that row under the number that it knows. Who was cut off, and was taken over from
/// meanwhile, finds another number and never writes again; who still commits holds the row, so that nobody takes over
/// in the middle.
/// <para>The same row counts commits. When the answer to a commit is lost, whoever takes the row again waits for that
/// transaction's end and sees whether the count is its own.</para>
/// <para>It also says which data directory the schema belongs to, since accounts of one network mean nothing in
/// another's posts. For one thread at a time.</para>
/// <para>Who stands by (<see cref="LeaseWait"/>) waits for the lock as long as it takes. A holder that has ended,
/// however it ended, gives it free with its connection; one that is stopped and keeps its connection has that ended by
/// who waits, once it counts as dead. Should it wake, it finds the row under another number.</para>
/// </remarks>
/// <param name="takeOver">How a process that stood by treats who was there before it; null: it never stood by.</param>
/// <param name="lost">Is told when another process has taken over.</param>
internal sealed class PostgresLease(string schema, string owner, TakeOver? takeOver = null, Action? lost = null)
{
    /// <summary>Made with the schema.</summary>
    public const string Table =
        """
        CREATE TABLE roost_writer (
          one INTEGER PRIMARY KEY CHECK (one = 1), fence BIGINT NOT NULL, commits BIGINT NOT NULL,
          holder TEXT NOT NULL, owner TEXT NOT NULL);
        INSERT INTO roost_writer (one, fence, commits, holder, owner) VALUES (1, 0, 0, '', '');
        """;

    // How long one that is stopping may take to, and the server to notice that one is dead.
    private const string WaitMax = "SET lock_timeout = '3s'";

    // Who is there without a life in it is not waited for; nor is one that is there by the second look.
    private const string WaitShort = "SET lock_timeout = '100ms'";

    // As long as a process that waits takes to hear that it is to stop.
    private const string WaitStep = "SET lock_timeout = '500ms'";

    // A lock by a 64-bit number is kept as its two halves.
    private const string OfHolder =
        """
        FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(@schema, 0)
        """;

    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(100);

    private long _fence;
    private long _committed;
    private long _begun;
    private bool _isLost;

    /// <summary>Whether the transaction that was begun last is among those that the row counted when it was taken
    /// last.</summary>
    public bool HasLastCommit => _begun == _committed;

    /// <summary>Whether a schema is a data directory's, or nobody's yet.</summary>
    public static bool IsFor(SqlSession session, string owner) =>
        session.Number("SELECT 1 FROM roost_writer WHERE owner = '' OR owner = @owner", owner) is not null;

    /// <summary>Whose a schema is; null when it is nobody's yet.</summary>
    public static string? OwnerOf(SqlSession session)
    {
        var row = Read(session);
        return row.Owner.Length == 0 ? null : row.Owner;
    }

    /// <summary>Keeps others out as long as the connection lives.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: another process is in; <see
    /// cref="ErrorCode.Unavailable"/>: it has taken over, or the right cannot be had yet.</exception>
    public void Lock(SqlSession session)
    {
        if (_isLost) throw TakenOver();
        session.ExecuteScript(takeOver is { IsHolderDead: true } ? WaitShort : WaitMax);
        if (TryLock(session)) return;
        if (takeOver is not { HasLease: true } || _fence != 0) throw Held(session);
        // The right to the first of the network's schemas is ours already, so whoever is in this one has lost it.
        End(session);
        session.ExecuteScript(WaitMax);
        if (!TryLock(session)) throw Held(session);
    }

    /// <summary>Waits until nobody else is in, and then keeps others out as <see cref="Lock"/> does.</summary>
    /// <exception cref="OperationCanceledException">The process is to stop.</exception>
    public void LockWhenFree(SqlSession session, LeaseWait wait)
    {
        for (var left = wait.Hesitation; left > TimeSpan.Zero && !IsHeld(session); left -= _lookEvery)
            wait.Cancellation.WaitHandle.WaitOne(_lookEvery);
        session.ExecuteScript(WaitShort);
        if (!TryLock(session))
        {
            wait.Waits();
            session.ExecuteScript(WaitStep);
            while (!TryLock(session))
            {
                wait.Cancellation.ThrowIfCancellationRequested();
                if (wait.IsHolderDead(LastWordOf(session))) End(session);
            }
        }
        // Those that are told to end together leave the place to nobody.
        wait.Cancellation.ThrowIfCancellationRequested();
        session.ExecuteScript(WaitMax);
    }

    /// <summary>Takes the row, or takes it again, on a connection that has the lock.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Conflict"/>: the schema is another data directory's;
    /// <see cref="ErrorCode.Unavailable"/>: another process has taken over, or a transaction of an older connection is
    /// not over yet.</exception>
    public void Take(SqlSession session)
    {
        try
        {
            var row = Read(session);
            Require(row);
            var fence = session.Number(
                """
                UPDATE roost_writer SET fence = fence + 1, holder = @holder, owner = @owner WHERE fence = @fence
                RETURNING fence
                """, Myself(), owner, row.Fence);
            if (fence is null) throw Busy();
            _fence = fence.Value;
            _committed = Read(session).Commits;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            throw Busy();
        }
        session.ExecuteScript("SET lock_timeout = 0");
    }

    /// <summary>Begins a transaction, and holds the row until its end.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Unavailable"/>: another process has taken
    /// over.</exception>
    public void Begin(SqlSession session)
    {
        if (_isLost) throw TakenOver();
        _begun = _committed + 1;
        var changed = session.Execute(
            "BEGIN; UPDATE roost_writer SET commits = @commits WHERE fence = @fence", _begun, _fence);
        if (changed == 1) return;
        session.Execute("ROLLBACK");
        Lose();
        throw TakenOver();
    }

    /// <summary>The transaction that was begun last is on the server's disk.</summary>
    public void Committed() => _committed = _begun;

    /// <summary>False: another process kept it for as long as is waited.</summary>
    private bool TryLock(SqlSession session)
    {
        try
        {
            // Of the database's locks by number: that of the schema's name.
            session.Execute("SELECT pg_advisory_lock(hashtextextended(@schema, 0))", schema);
            return true;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }

    private bool IsHeld(SqlSession session) => session.Number("SELECT count(*) " + OfHolder, schema) > 0;

    /// <summary>When the holder's connection was last asked something, in microseconds; who is idle asks every two
    /// seconds whether the server is there.</summary>
    private long LastWordOf(SqlSession session) => session.Number(
        "SELECT CAST(MAX(EXTRACT(EPOCH FROM state_change)) * 1000000 AS BIGINT) FROM pg_stat_activity WHERE pid IN "
        + "(SELECT pid " + OfHolder + ")", schema) ?? 0;

    private void End(SqlSession session) =>
        session.Number("SELECT count(pg_terminate_backend(pid)) " + OfHolder, schema);

    private void Lose()
    {
        _isLost = true;
        lost?.Invoke();
    }

    private void Require(Row row)
    {
        if (_fence != 0 && row.Fence != _fence)
        {
            Lose();
            throw TakenOver();
        }
        if (row.Owner.Length == 0 || row.Owner == owner) return;
        throw new ServiceException(
            ErrorCode.Conflict,
            $"The schema {schema} belongs to another data directory than this one. Give that directory with --data, or "
            + "another database with --database.",
            $"If that directory is gone for good: UPDATE {schema}.roost_writer SET owner = ''.");
    }

    private ServiceException Held(SqlSession session)
    {
        var row = Read(session);
        if (_fence != 0 && row.Fence == _fence) return Busy();
        if (_fence != 0) Lose();
        return new ServiceException(
            ErrorCode.Conflict,
            $"The schema {schema} is in use by another process ({row.Holder}). Only one may write it: stop that one "
            + "first, or give another database with --database.");
    }

    /// <summary>An older connection of this process is not over yet.</summary>
    private ServiceException Busy() => new(
        ErrorCode.Unavailable, "The database is not free yet; nothing was changed. Try again in a moment.", schema);

    private ServiceException TakenOver() => new(
        ErrorCode.Unavailable,
        "Another process has taken over this server's database, so this one changes nothing any more. Stop it.",
        schema);

    private static Row Read(SqlSession session)
    {
        using var row = session.Query("SELECT fence, commits, holder, owner FROM roost_writer");
        return row.Read()
            ? new Row(row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetString(3))
            : throw new ServiceException(
                ErrorCode.DataDamaged, "The table roost_writer has lost its row. Restore a backup.");
    }

    private static string Myself() => string.Create(
        CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}");

    private readonly record struct Row(long Fence, long Commits, string Holder, string Owner);
}
