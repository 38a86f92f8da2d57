using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <param name="Name">The service's name: in metrics, thread names, and as the folder of its migrations.</param>
/// <param name="Path">The database file; made when it is missing.</param>
public sealed record SqlDatabaseOptions(string Name, string Path)
{
    /// <summary>Writes that may wait; more are refused as overloaded. A commit takes 1,024 of them and about 1
    /// ms.</summary>
    public int WaitingWritesMax { get; init; } = 8192;

    /// <summary>Reads that run at once; more wait for their turn. Each keeps a connection of about 100 KB and its
    /// cache.</summary>
    public int ReadersMax { get; init; } = 16;

    /// <summary>Pages the writer keeps in memory. Enough to hold the indexes of a million rows while they are
    /// loaded.</summary>
    public long WriterCacheBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Pages each reader keeps in memory.</summary>
    public long ReaderCacheBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The file may not outgrow this many pages of 4 KiB, as if the disk were full. Null for no
    /// limit.</summary>
    public long? PagesMax { get; init; }
}

/// <summary>
/// One service's SQLite file: many readers, one writer, group commit. A write is answered once it is on disk
/// (<c>synchronous=FULL</c>), and a read that starts after the answer sees it.
/// </summary>
/// <remarks>
/// Thread-safe. Reads run on the caller's thread; writes run on the writer's, one after the other, so that a write
/// may read, decide and change without a race. See <see cref="SqlWriter"/> for what happens when something fails. The
/// database's own exceptions never get out: they are told as <see cref="ServiceException"/>.
/// </remarks>
public sealed class SqlDatabase : IAsyncDisposable
{
    private readonly SqlDatabaseOptions _options;
    private readonly DbDataSource _source;
    private readonly SqlWriter _writer;
    private readonly SemaphoreSlim _readerSlots;
    private readonly ConcurrentStack<SqlSession> _idleReaders = new();

    private SqlDatabase(SqlDatabaseOptions options, DbDataSource source, SqlWriter writer)
    {
        _options = options;
        _source = source;
        _writer = writer;
        _readerSlots = new SemaphoreSlim(options.ReadersMax);
    }

    /// <summary>The database file.</summary>
    public string Path => _options.Path;

    /// <summary>Opens or makes a service's <c>{name}.db</c> in the directory, with the migrations in its
    /// folder.</summary>
    /// <param name="name">The service's, in lower case: its folder has the same with a capital.</param>
    /// <inheritdoc cref="Open(SqlDatabaseOptions, SqlMigrations, TimeProvider, ILogger, SqlMetrics)"
    /// path="/exception"/>
    public static SqlDatabase Open(
        DataDirectory data, string name, TimeProvider time, ILogger logger, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Open(
            new SqlDatabaseOptions(name, data.FilePath($"{name}.db")),
            SqlMigrations.Embedded(char.ToUpperInvariant(name[0]) + name[1..]), time, logger, new SqlMetrics(meters));
    }

    /// <summary>Opens or makes the database and applies the migrations that it lacks.</summary>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.DataDamaged"/>, <see cref="ErrorCode.StorageFull"/>, <see cref="ErrorCode.Unavailable"/>,
    /// or <see cref="ErrorCode.Conflict"/> when the schema is newer than, or not the same as, the one that this build
    /// knows.
    /// </exception>
    public static SqlDatabase Open(
        SqlDatabaseOptions options, SqlMigrations migrations, TimeProvider time, ILogger logger, SqlMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(migrations);
        var source = SqlDialect.CreateDataSource(options.Path);
        SqlSession? session = null;
        try
        {
            session = OpenWriterSession();
            migrations.Apply(session, options.Path, time);
            var writer = new SqlWriter(options, session, OpenWriterSession, time, logger, metrics);
            return new SqlDatabase(options, source, writer);
        }
        catch (Exception exception)
        {
            session?.Dispose();
            source.Dispose();
            if (exception is DbException failure) throw SqlDialect.Translate(failure, options.Path);
            throw;
        }

        SqlSession OpenWriterSession() =>
            OpenSession(source, connection =>
                SqlDialect.PrepareWriter(connection, options.WriterCacheBytes, options.PagesMax));
    }

    /// <summary>Does <paramref name="work"/> in a transaction that is on disk when the task completes.</summary>
    /// <param name="work">
    /// Runs once, on the writer's thread: SQL and computing only, never blocking on anything else. When it throws,
    /// all it did is undone and the caller gets the exception.
    /// </param>
    /// <param name="committed">
    /// Runs on the writer's thread after the commit and before anybody of the group is answered, in the order of the
    /// commits: the place to bring memory up to date. It must not throw.
    /// </param>
    /// <param name="cancellation">
    /// When it fires while the work waits, the work is not done; once begun it is finished. So "cancelled" means "not
    /// done".
    /// </param>
    /// <exception cref="ServiceException">
    /// <see cref="ErrorCode.Overloaded"/>: too many wait; <see cref="ErrorCode.StorageFull"/>: undone, try again when
    /// there is room; <see cref="ErrorCode.Unavailable"/>: stopping, or an I/O error; <see
    /// cref="ErrorCode.DataDamaged"/>.
    /// </exception>
    public ValueTask<T> WriteAsync<T>(
        Func<SqlSession, T> work, Action<T>? committed = null, CancellationToken cancellation = default)
    {
        var write = new SqlWrite<T>(work, committed, cancellation);
        return _writer.TryEnqueue(write) is { } refusal
            ? ValueTask.FromException<T>(refusal)
            : new ValueTask<T>(write.Task);
    }

    /// <summary>Reads on this thread. Each statement sees the newest commit; two statements may see two different
    /// ones.</summary>
    /// <param name="read">Must have closed its rows when it returns.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/> or <see
    /// cref="ErrorCode.Unavailable"/>.</exception>
    public T Read<T>(Func<SqlSession, T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        _readerSlots.Wait();
        SqlSession? session = null;
        var healthy = false;
        try
        {
            if (!_idleReaders.TryPop(out session))
            {
                session = OpenSession(_source, connection =>
                    SqlDialect.PrepareReader(connection, _options.ReaderCacheBytes));
            }
            var result = read(session);
            healthy = true;
            return result;
        }
        catch (DbException exception)
        {
            throw SqlDialect.Translate(exception, _options.Path);
        }
        finally
        {
            // After an error its rows may still be open: a new connection is cheaper than finding out.
            if (healthy) _idleReaders.Push(session!);
            else session?.Dispose();
            _readerSlots.Release();
        }
    }

    /// <summary>Writes what waits, then closes the file. Nobody may be reading any more.</summary>
    public async ValueTask DisposeAsync()
    {
        // Readers first: the last connection to close moves the write-ahead log into the file, and that is the
        // writer's work.
        while (_idleReaders.TryPop(out var session)) session.Dispose();
        await _writer.DisposeAsync();
        await _source.DisposeAsync();
        _readerSlots.Dispose();
    }

    private static SqlSession OpenSession(DbDataSource source, Action<DbConnection> prepare)
    {
        var connection = source.OpenConnection();
        try
        {
            prepare(connection);
            return new SqlSession(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
