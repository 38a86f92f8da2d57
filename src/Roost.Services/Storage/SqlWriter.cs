using System.Data.Common;
using Microsoft.Extensions.Logging;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// The one writer of a database: a thread that takes everything that waits, runs it in one transaction, commits once,
/// and only then answers. So a hundred callers share one flush to disk, and no caller is told of what could still be
/// lost.
/// </summary>
/// <remarks>
/// A group goes through five steps: (1) leave out what was cancelled; (2) begin; (3) run each write within a
/// savepoint of its own, so that a failing one is undone alone; (4) commit; (5) for each write that ran, in order,
/// bring memory up to date, then answer all. When the transaction itself fails (no room, I/O error) every write of
/// the group is undone and told so, and the connection is thrown away, since its state is anyone's guess; the next
/// group opens a new one. Should bringing memory up to date throw, which is a bug, memory and disk disagree: the
/// writer then refuses all further work.
/// <para>Where the database is another process, a commit may fail with its answer lost on the way. Whether it was done
/// is then asked on a new connection; when that cannot be had, callers are told that nobody knows, and memory is
/// brought up to date once it is known, before anything else is written.</para>
/// </remarks>
internal sealed partial class SqlWriter : IAsyncDisposable
{
    // An upper bound for the time that the first of a group waits for the last. Beyond it a bigger group saves next
    // to nothing.
    private const int GroupWritesMax = 1024;

    private readonly string _path;
    private readonly string _name;
    private readonly int _waitingMax;
    private readonly SqlDialect _dialect;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SqlMetrics _metrics;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards _waiting and _stopping. An object, not a Lock, for the thread sleeps on it in Monitor.Wait.
    private readonly object _gate = new();
    private readonly Queue<SqlWrite> _waiting = new();
    private bool _stopping;

    // The rest belongs to the writer's thread, apart from _broken, which is set once and read by all.
    private SqlSession? _session;
    private List<SqlWrite>? _unsure;
    private bool _isAway;
    private volatile Exception? _broken;

    public SqlWriter(
        SqlDatabaseOptions options, SqlDialect dialect, SqlSession session, TimeProvider time, ILogger logger,
        SqlMetrics metrics)
    {
        _path = dialect.Place;
        _name = options.Name;
        _waitingMax = options.WaitingWritesMax;
        _session = session;
        _dialect = dialect;
        _time = time;
        _logger = logger;
        _metrics = metrics;
        new Thread(Loop) { Name = $"roost {_name} writer", IsBackground = true }.Start();
    }

    /// <summary>Has the writer do it, or says why not.</summary>
    public ServiceException? TryEnqueue(SqlWrite write)
    {
        lock (_gate)
        {
            if (_stopping)
            {
                return new ServiceException(
                    ErrorCode.Unavailable, "The server is stopping; try again when it is back.", _path);
            }
            if (_waiting.Count >= _waitingMax)
            {
                _metrics.Refused(_name, 1, nameof(ErrorCode.Overloaded));
                return new ServiceException(ErrorCode.Overloaded,
                    "Too many writes are waiting; try again in a moment.", $"{_path}: {_waitingMax} writes wait");
            }
            _waiting.Enqueue(write);
            if (_waiting.Count == 1) Monitor.Pulse(_gate);
            return null;
        }
    }

    /// <summary>Writes what waits, then stops. New writes are refused from now on.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }
        await _stopped.Task;
    }

    private void Loop()
    {
        var group = new List<SqlWrite>();
        try
        {
            while (Take(group))
            {
                if (group.Count == 0) StayTheWriter();
                else Commit(group);
                group.Clear();
            }
            CloseSession();
            _stopped.SetResult();
        }
        catch (Exception exception)
        {
            // The outer edge of the thread: only a bug of ours gets here, and nobody may wait for ever because of it.
            Break(exception);
            foreach (var write in group) write.Fail(Broken(exception));
            lock (_gate)
            {
                _stopping = true;
                while (_waiting.TryDequeue(out var write)) write.Fail(Broken(exception));
            }
            _stopped.TrySetResult();
        }
    }

    /// <summary>Takes what waits; nothing when nothing came for a while.</summary>
    private bool Take(List<SqlWrite> group)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_stopping) return false;
                if (!Monitor.Wait(_gate, _dialect.IdleCheck)) return true;
            }
            while (group.Count < GroupWritesMax && _waiting.TryDequeue(out var write)) group.Add(write);
            return true;
        }
    }

    private void Commit(List<SqlWrite> group)
    {
        DropCancelled(group); // (1)
        if (group.Count == 0) return;
        if (_broken is { } broken)
        {
            foreach (var write in group) write.Fail(Broken(broken));
            return;
        }
        var started = _time.GetTimestamp();
        var isCommitting = false;
        try
        {
            var session = Begin(); // (2)
            RunAll(session, group); // (3)
            isCommitting = true;
            _dialect.Commit(session); // (4)
        }
        catch (DbException exception) when (isCommitting && _dialect.MayBeCommitted(exception))
        {
            Settle(group, exception);
            return;
        }
        catch (DbException exception)
        {
            Abandon(group, _dialect.Translate(exception));
            return;
        }
        catch (ServiceException exception)
        {
            // The right to write is another process's.
            Abandon(group, exception);
            return;
        }
        _metrics.Committed(_name, group.Count, _time.GetElapsedTime(started));
        ApplyAll(group); // (5)
    }

    /// <summary>A connection that was kept may have died meanwhile; nothing is done yet, so another will do.</summary>
    private SqlSession Begin()
    {
        var wasOpen = _session is not null;
        _session ??= Open();
        try
        {
            _dialect.Begin(_session);
        }
        catch (DbException exception) when (wasOpen && _dialect.EndsConnection(exception))
        {
            CloseSession();
            _session = Open();
            _dialect.Begin(_session);
        }
        return _session;
    }

    /// <summary>Opens a new connection, and with it learns what became of the group that nobody knows about.</summary>
    private SqlSession Open()
    {
        var session = _dialect.OpenWriter();
        if (_isAway) LogBack(_path);
        _isAway = false;
        if (_unsure is not { } group) return session;
        _unsure = null;
        if (_dialect.HasLastCommit)
        {
            ApplyAll(group);
            return session;
        }
        var undone = new ServiceException(
            ErrorCode.Unavailable, "The database was cut off; nothing was changed. Try again.", _path);
        foreach (var write in group) write.Fail(undone);
        return session;
    }

    private void Settle(List<SqlWrite> group, DbException exception)
    {
        LogUnsure(group.Count, _path, exception);
        CloseSession();
        _unsure = [.. group];
        try
        {
            _session = Open();
        }
        catch (Exception failure) when (failure is DbException or ServiceException)
        {
            _metrics.Refused(_name, group.Count, nameof(ErrorCode.Unavailable));
            var unknown = new ServiceException(
                ErrorCode.Unavailable,
                "The database went away just then. Whether the change was stored will be seen when it is back.",
                _path, exception)
            {
                MayBeDone = true,
            };
            foreach (var write in group) write.Fail(unknown);
        }
    }

    /// <summary>While nothing is to be written: that no other process takes the right to.</summary>
    private void StayTheWriter()
    {
        if (_broken is not null) return;
        try
        {
            if (_session is null) _session = Open();
            else _session.Number("SELECT 1");
        }
        catch (Exception failure) when (failure is DbException or ServiceException)
        {
            // Not swallowed: whoever writes next is told, if it is still so.
            if (!_isAway) LogAway(_path, failure.Message);
            _isAway = true;
            CloseSession();
        }
    }

    private static void DropCancelled(List<SqlWrite> group)
    {
        group.RemoveAll(static write =>
        {
            // Asked once: a token that fires after this line comes too late.
            if (!write.Cancellation.IsCancellationRequested) return false;
            write.Cancel();
            return true;
        });
    }

    private void RunAll(SqlSession session, List<SqlWrite> group)
    {
        var next = "SAVEPOINT one_write";
        foreach (var write in group)
        {
            session.Execute(next);
            next = "RELEASE one_write; SAVEPOINT one_write";
            try
            {
                write.Run(session);
            }
            catch (DbException exception) when (_dialect.EndsTransaction(exception))
            {
                throw;
            }
            catch (Exception exception)
            {
                // Not swallowed: it is the answer that this one caller gets.
                session.Execute("ROLLBACK TO one_write");
                write.Fail(exception is DbException failure ? _dialect.Translate(failure) : exception);
            }
        }
    }

    private void ApplyAll(List<SqlWrite> group)
    {
        try
        {
            foreach (var write in group)
            {
                if (write.HasRun) write.Apply();
            }
        }
        catch (Exception exception)
        {
            Break(exception);
            foreach (var write in group) write.Fail(Broken(exception));
            return;
        }
        foreach (var write in group)
        {
            if (write.HasRun) write.Answer();
        }
    }

    private void Abandon(List<SqlWrite> group, ServiceException exception)
    {
        LogAbandoned(group.Count, exception.Detail ?? exception.Message, exception);
        _metrics.Refused(_name, group.Count, exception.Code.ToString());
        CloseSession();
        foreach (var write in group) write.Fail(exception);
    }

    private void CloseSession()
    {
        try
        {
            _session?.Dispose();
        }
        catch (DbException failure)
        {
            LogCloseFailed(_path, failure);
        }
        _session = null;
    }

    private void Break(Exception exception)
    {
        _broken = exception;
        LogBroken(_path, exception);
    }

    private ServiceException Broken(Exception exception) => new(ErrorCode.Internal,
        "The server met a bug and takes no more changes until it is restarted. What was acknowledged is safe.",
        _path, exception);

    [LoggerMessage(LogLevel.Error, "{Writes} writes were undone: {Detail}")]
    private partial void LogAbandoned(int writes, string detail, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Writes} writes to {Path} may be stored or not: it is found out")]
    private partial void LogUnsure(int writes, string path, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Path} is away, and is looked for until it is back: {Reason}")]
    private partial void LogAway(string path, string reason);

    [LoggerMessage(LogLevel.Warning, "{Path} is back")]
    private partial void LogBack(string path);

    [LoggerMessage(LogLevel.Warning, "Closing {Path} after a failed commit failed too; a new connection is opened")]
    private partial void LogCloseFailed(string path, Exception exception);

    [LoggerMessage(LogLevel.Critical, "Memory could not follow what was committed to {Path}: restart the server")]
    private partial void LogBroken(string path, Exception exception);
}
