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
/// </remarks>
internal sealed partial class SqlWriter : IAsyncDisposable
{
    // An upper bound for the time that the first of a group waits for the last. Beyond it a bigger group saves next
    // to nothing.
    private const int GroupWritesMax = 1024;

    private readonly string _path;
    private readonly string _name;
    private readonly int _waitingMax;
    private readonly Func<SqlSession> _open;
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
    private volatile Exception? _broken;

    public SqlWriter(
        SqlDatabaseOptions options, SqlSession session, Func<SqlSession> open, TimeProvider time, ILogger logger,
        SqlMetrics metrics)
    {
        _path = options.Path;
        _name = options.Name;
        _waitingMax = options.WaitingWritesMax;
        _session = session;
        _open = open;
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
                Commit(group);
                group.Clear();
            }
            _session?.Dispose();
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

    private bool Take(List<SqlWrite> group)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_stopping) return false;
                Monitor.Wait(_gate);
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
        try
        {
            var session = _session ??= _open();
            session.Execute(SqlDialect.Begin); // (2)
            RunAll(session, group); // (3)
            session.Execute("COMMIT"); // (4)
        }
        catch (DbException exception)
        {
            Abandon(group, SqlDialect.Translate(exception, _path));
            return;
        }
        _metrics.Committed(_name, group.Count, _time.GetElapsedTime(started));
        ApplyAll(group); // (5)
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
        foreach (var write in group)
        {
            session.Execute("SAVEPOINT one_write");
            try
            {
                write.Run(session);
            }
            catch (DbException exception) when (SqlDialect.EndsTransaction(exception))
            {
                throw;
            }
            catch (Exception exception)
            {
                // Not swallowed: it is the answer that this one caller gets.
                session.Execute("ROLLBACK TO one_write");
                write.Fail(exception is DbException failure ? SqlDialect.Translate(failure, _path) : exception);
            }
            session.Execute("RELEASE one_write");
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
        try
        {
            _session?.Dispose();
        }
        catch (DbException failure)
        {
            LogCloseFailed(_path, failure);
        }
        _session = null;
        foreach (var write in group) write.Fail(exception);
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

    [LoggerMessage(LogLevel.Warning, "Closing {Path} after a failed commit failed too; a new connection is opened")]
    private partial void LogCloseFailed(string path, Exception exception);

    [LoggerMessage(LogLevel.Critical, "Memory could not follow what was committed to {Path}: restart the server")]
    private partial void LogBroken(string path, Exception exception);
}
