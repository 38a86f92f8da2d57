using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Roost.Rpc.Discovery;

/// <summary>
/// The file of a <see cref="SqliteClusterStore"/> over one connection, which one caller uses at a time. It is made when
/// it is missing; one that was taken away, or replaced, while it is in use is left for the one that stands there now.
/// </summary>
internal sealed class ClusterFile : IDisposable
{
    /// <summary>How long a lock that another process has is waited for. None has it for longer than a sync of the
    /// disk takes, unless it was stopped in the middle.</summary>
    public static readonly TimeSpan BusyMax = TimeSpan.FromSeconds(5);

    // "Rost" in the file's head, at byte 68, by which it is told from other programs' files.
    private const int Application = 0x526F7374;

    private const int Layout = 1;

    // sqlite.org/rescode.html
    private const int Corrupt = 11, Full = 13, CantOpen = 14, NotADatabase = 26, Busy = 5;

    // An open file goes on when its name is taken away, so that processes could each have one of their own.
    private static readonly TimeSpan _replacedAfter = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1);

    // All used by whose turn it is. Null when it could not be opened again.
    private SqliteConnection? _connection;
    private SqliteCommand? _version;
    private long _looked;
    private long _opened;

    private ClusterFile(string path, TimeProvider time) => (_path, _time) = (path, time);

    /// <summary>Which file it is: drawn when it was made. Read by whose turn it is.</summary>
    public string Id { get; private set; } = "";

    /// <exception cref="ServiceException">It is no such file, or cannot be opened.</exception>
    public static ClusterFile Open(string path, TimeProvider time)
    {
        var file = new ClusterFile(path, time);
        try
        {
            file.Look();
            return file;
        }
        catch (SqliteException error)
        {
            throw file.Failure(error);
        }
    }

    /// <summary>Runs on this thread once it is the caller's turn.</summary>
    /// <exception cref="ServiceException">The file cannot be read or written; or what <paramref name="ask"/>
    /// throws.</exception>
    public async ValueTask<T> AskAsync<T>(Func<SqliteConnection, T> ask, CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            Look();
            return ask(_connection!);
        }
        catch (SqliteException error)
        {
            // What a connection has of a file that failed is not to be trusted.
            if (error.SqliteErrorCode != Busy) Close();
            throw Failure(error);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Another one than before whenever another connection, of any process, may have changed the file.
    /// </summary>
    public ValueTask<(long Opened, long Version)> VersionAsync(CancellationToken ct) =>
        AskAsync(_ => (_opened, (long)_version!.ExecuteScalar()!), ct);

    /// <summary>Runs a statement, or several, whose parameters are <c>$1</c>, <c>$2</c>, …</summary>
    /// <returns>How many rows it has changed.</returns>
    public static int Run(SqliteConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>The number that a statement is answered with; null for none.</summary>
    /// <inheritdoc cref="Run" path="/param"/>
    public static long? Number(SqliteConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, sql, values);
        return command.ExecuteScalar() as long?;
    }

    /// <summary>All rows that a statement is answered with.</summary>
    public static List<T> Rows<T>(
        SqliteConnection connection, Func<SqliteDataReader, T> read, string sql, params ReadOnlySpan<object> values)
    {
        using var command = Command(connection, sql, values);
        using var rows = command.ExecuteReader();
        var all = new List<T>();
        while (rows.Read()) all.Add(read(rows));
        return all;
    }

    /// <summary>Waits for whose turn it is.</summary>
    public void Dispose()
    {
        _turn.Wait();
        Close();
        _turn.Dispose();
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, ReadOnlySpan<object> values)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
            command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"${i + 1}"), values[i]);
        return command;
    }

    /// <summary>Sees to it that the connection is to the file that stands there.</summary>
    private void Look()
    {
        if (_connection is not null && _time.GetElapsedTime(_looked) < _replacedAfter) return;
        var (connection, id) = Connect();
        _looked = _time.GetTimestamp();
        if (_connection is not null && id == Id)
        {
            connection.Dispose();
            return;
        }
        Close();
        (_connection, Id) = (connection, id);
        _version = Command(connection, "PRAGMA data_version", []);
        _opened++;
    }

    private (SqliteConnection Connection, string Id) Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Pooling = false,
            DefaultTimeout = (int)BusyMax.TotalSeconds,
        }.ToString());
        try
        {
            connection.Open();
            Run(connection, string.Create(
                CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {BusyMax.TotalMilliseconds:0}"));
            if (!IsOurs(connection)) Make(connection);
            if (Number(connection, "PRAGMA user_version") is not Layout)
            {
                throw new ServiceException(
                    ErrorCode.Conflict,
                    $"The cluster store {_path} was made by a newer Roost. Start that one, or name another file.");
            }
            // Readers then wait for nobody. A revision that was told must not be given again after a power cut: FULL.
            Run(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
            return (connection, Rows(connection, row => row.GetString(0), "SELECT id FROM store")[0]);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static bool IsOurs(SqliteConnection connection) =>
        Number(connection, "PRAGMA application_id") is Application;

    private void Make(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        // Another process may have been faster.
        if (IsOurs(connection)) return;
        if (Number(connection, "SELECT COUNT(*) FROM sqlite_schema") > 0)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"{_path} is another program's database; name a file of its own for the cluster store, which is made "
                + "when it is missing.");
        }
        Run(
            connection,
            string.Create(CultureInfo.InvariantCulture, $"""
                PRAGMA application_id = {Application};
                PRAGMA user_version = {Layout};
                CREATE TABLE store (id TEXT NOT NULL);
                INSERT INTO store (id) VALUES ('{Guid.NewGuid():N}');
                CREATE TABLE entries (
                  key TEXT PRIMARY KEY, value TEXT NOT NULL, revision INTEGER NOT NULL, lease INTEGER NOT NULL
                ) WITHOUT ROWID;
                CREATE TABLE leases (
                  id INTEGER PRIMARY KEY, ttl INTEGER NOT NULL, ends INTEGER NOT NULL);
                CREATE TABLE changes (revision INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT);
                INSERT INTO changes (revision, key) VALUES ({_time.GetUtcNow().ToUnixTimeMilliseconds()}, '');
                """));
        transaction.Commit();
    }

    private void Close()
    {
        _version?.Dispose();
        _connection?.Dispose();
        (_connection, _version) = (null, null);
    }

    private ServiceException Failure(SqliteException error)
    {
        var detail = $"SQLite error {error.SqliteErrorCode}/{error.SqliteExtendedErrorCode}: {error.Message}";
        return error.SqliteErrorCode switch
        {
            Corrupt or NotADatabase => new(
                ErrorCode.DataDamaged,
                $"The cluster store {_path} is damaged, or is no such file. If it is one, remove it, and with it "
                + $"{_path}-wal and -shm: the processes that run make it again, and nothing else is lost.",
                detail, error),
            Full => new(
                ErrorCode.StorageFull,
                $"The disk of the cluster store {_path} is full. It goes on by itself when there is room.",
                detail, error),
            CantOpen => new(
                ErrorCode.Unavailable,
                $"The cluster store {_path} cannot be opened. Look whether its directory is there, and whether this "
                + "process may write there.", detail, error),
            Busy => new(
                ErrorCode.Unavailable,
                $"Another process has kept the cluster store {_path} locked for {BusyMax.TotalSeconds:0} s. Look for "
                + "one that is stopped, or a program that has the file open.", detail, error),
            _ => new(
                ErrorCode.Unavailable, $"The cluster store {_path} cannot be read or written now.", detail, error),
        };
    }
}
