using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Tracing;

namespace Roost.Services.Storage;

/// <param name="Name">The service's name: in metrics, thread names, and as the folder of its migrations.</param>
/// <param name="Path">The database file; made when it is missing.</param>
public sealed record SqlDatabaseOptions(string Name, string Path)
{
    /// <summary>Writes that may wait; more are refused as overloaded. A commit takes 1,024 of them and about 1
    /// ms.</summary>
    public int WaitingWritesMax { get; init; } = 8192;

    /// <summary>Reads that run at once; more wait for their turn. Each keeps a connection: of about 100 KB and its
    /// cache in a file, one of a hundred or so that a server has. Null: as many as is good there, 16 or 6.</summary>
    public int? ReadersMax { get; init; }

    /// <summary>The server that has the database; null: it is the file.</summary>
    public PostgresServer? Server { get; init; }

    /// <summary>The id of the data directory that the database belongs to, when a server has it.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Whether the database was there before: an empty one must not be made instead.</summary>
    public bool MustExist { get; init; }

    /// <summary>What the process knows that took another one's place; null: it never stood by.</summary>
    internal TakeOver? TakeOver { get; init; }

    /// <summary>How it waits until no other process writes; null: for a moment only.</summary>
    internal LeaseWait? Wait { get; init; }

    /// <summary>Is told when another process has taken over, on the writer's thread; null for nobody.</summary>
    internal Action? Lost { get; init; }

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
/// One service's database, an SQLite file or a schema of a PostgreSQL server: many readers, one writer, group commit. A
/// write is answered once it is on disk, and a read that starts after the answer sees it.
/// </summary>
/// <remarks>
/// Thread-safe. Reads run on the caller's thread; writes run on the writer's, one after the other, so that a write
/// may read, decide and change without a race. See <see cref="SqlWriter"/> for what happens when something fails. The
/// database's own exceptions never get out: they are told as <see cref="ServiceException"/>.
/// </remarks>
public sealed class SqlDatabase : IAsyncDisposable
{
    private readonly SqlDialect _dialect;
    private readonly Func<SqlSession, SqlWriter> _start;
    private readonly SemaphoreSlim _readerSlots;
    private readonly ConcurrentStack<SqlSession> _idleReaders = new();

    // Of spans.
    private readonly string _commit;
    private readonly string _read;
    private readonly string _system;

    /// <summary>Null until it is this process that writes.</summary>
    private volatile SqlWriter? _writer;

    /// <param name="start">Brings the schema up to date, and makes the writer.</param>
    private SqlDatabase(SqlDatabaseOptions options, SqlDialect dialect, Func<SqlSession, SqlWriter> start)
    {
        _dialect = dialect;
        _start = start;
        (_commit, _read) = ($"{options.Name} commit", $"{options.Name} read");
        _system = options.Server is null ? "sqlite" : "postgresql";
        _readerSlots = new SemaphoreSlim(options.ReadersMax ?? dialect.ReadersMax);
    }

    /// <summary>Opens or makes a service's <c>{name}.db</c> in the directory, or its schema where the directory's
    /// databases are, with the migrations in its folder.</summary>
    /// <param name="name">The service's, in lower case: its folder has the same with a capital.</param>
    /// <inheritdoc cref="Open(SqlDatabaseOptions, SqlMigrations, TimeProvider, ILogger, SqlMetrics)"
    /// path="/exception"/>
    public static SqlDatabase Open(
        DataDirectory data, string name, TimeProvider time, ILogger logger, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return data.Ahead?.Take(name) ?? OpenNow(data, name, time, logger, meters);
    }

    /// <inheritdoc cref="Open(DataDirectory, string, TimeProvider, ILogger, IMeterFactory)"/>
    internal static SqlDatabase OpenNow(
        DataDirectory data, string name, TimeProvider time, ILogger logger, IMeterFactory meters) => Open(
            OptionsOf(data, name),
            SqlMigrations.Embedded(char.ToUpperInvariant(name[0]) + name[1..]), time, logger, new SqlMetrics(meters));

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
        var database = Follow(options, migrations, time, logger, metrics);
        try
        {
            if (options.Wait is { } wait) database.Take(wait);
            else database.Write(database._dialect.OpenWriter);
            return database;
        }
        catch
        {
            database._dialect.Dispose();
            throw;
        }
    }

    /// <summary>Opens a database that another process may be writing, to read it, until <see cref="Take"/>.</summary>
    internal static SqlDatabase Follow(
        SqlDatabaseOptions options, SqlMigrations migrations, TimeProvider time, ILogger logger, SqlMetrics metrics)
    {
        var dialect = DialectOf(options);
        return new SqlDatabase(options, dialect, session =>
        {
            migrations.Apply(session, dialect.Place, time);
            return new SqlWriter(options, dialect, session, time, logger, metrics);
        });
    }

    /// <summary>Waits for the right to write, and has it from then on. Once, for one that follows.</summary>
    /// <exception cref="ServiceException">It cannot be had now: may be tried again.</exception>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    internal void Take(LeaseWait wait) => Write(() => _dialect.OpenWriter(wait));

    /// <summary>Rings at the commits of whoever writes it (<see cref="SqlSession.RingAtCommit"/>); to be disposed
    /// before this is. Only of a server's.</summary>
    internal PostgresBell OpenBell(TimeProvider time, ILogger logger) =>
        ((PostgresDialect)_dialect).OpenBell(time, logger);

    internal static SqlDatabaseOptions OptionsOf(DataDirectory data, string name) =>
        new(name, data.FilePath($"{name}.db"))
        {
            Server = data.Database?.Server,
            Owner = data.Database?.Owner ?? "",
            MustExist = DataParts.HasHeld(data, $"{name}.db"),
            TakeOver = data.TakeOver,
            Wait = data.Wait,
            Lost = data.Lose,
        };

    internal static SqlDialect DialectOf(SqlDatabaseOptions options) =>
        options.Server is null ? new SqliteDialect(options) : new PostgresDialect(options.Server, options);

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
        return (_writer is { } writer ? writer.TryEnqueue(write) : StandsBy()) is { } refusal
            ? ValueTask.FromException<T>(refusal)
            : Spans.OfStore(_commit, _system, new ValueTask<T>(write.Task));
    }

    /// <summary>Reads on this thread. Each statement sees the newest commit; two statements may see two different
    /// ones.</summary>
    /// <param name="read">Must have closed its rows when it returns, and runs once more when the connection that it was
    /// given turns out to be dead.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/> or <see
    /// cref="ErrorCode.Unavailable"/>.</exception>
    public T Read<T>(Func<SqlSession, T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        using var span = Spans.StartOfStore(_read, _system);
        _readerSlots.Wait();
        try
        {
            T result;
            while (!TryRead(read, out result))
            {
                // All that were kept may have died together; each is tried once.
            }
            return result;
        }
        finally
        {
            _readerSlots.Release();
        }
    }

    /// <summary>Writes what waits, then closes the database. Nobody may be reading any more.</summary>
    public async ValueTask DisposeAsync()
    {
        // Readers first: the last connection to close moves SQLite's write-ahead log into the file, and that is the
        // writer's work.
        while (_idleReaders.TryPop(out var session)) session.Dispose();
        if (_writer is { } writer) await writer.DisposeAsync();
        _dialect.Dispose();
        _readerSlots.Dispose();
    }

    private void Write(Func<SqlSession> open)
    {
        SqlSession? session = null;
        try
        {
            session = open();
            _writer = _start(session);
        }
        catch (Exception exception)
        {
            session?.Dispose();
            if (exception is DbException failure) throw _dialect.Translate(failure);
            throw;
        }
    }

    private ServiceException StandsBy() => new(
        ErrorCode.Unavailable, "This server stands by; ask the one that serves.", _dialect.Place);

    /// <summary>False: the connection that was kept is gone.</summary>
    private bool TryRead<T>(Func<SqlSession, T> read, out T result)
    {
        var isKept = _idleReaders.TryPop(out var session);
        var isHealthy = false;
        try
        {
            result = read(session ??= _dialect.OpenReader());
            isHealthy = true;
            return true;
        }
        catch (DbException exception) when (isKept && _dialect.EndsConnection(exception))
        {
            result = default!;
            return false;
        }
        catch (DbException exception)
        {
            throw _dialect.Translate(exception);
        }
        finally
        {
            // After an error its rows may still be open: a new connection is cheaper than finding out.
            if (isHealthy) _idleReaders.Push(session!);
            else session?.Dispose();
        }
    }
}
