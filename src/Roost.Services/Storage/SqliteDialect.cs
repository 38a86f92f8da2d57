using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// A database that is an SQLite file: how a file is opened, what a connection is set to, and what its error numbers
/// mean (sqlite.org/rescode.html).
/// </summary>
internal sealed partial class SqliteDialect(SqlDatabaseOptions options) : SqlDialect
{
    private const int Busy = 5, Locked = 6, NoMemory = 7, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13,
        CantOpen = 14, Constraint = 19, NotADatabase = 26;

    private const string InMemory = ":memory:";

    private readonly string _path = options.Path;
    private readonly DbDataSource _source = CreateDataSource(options.Path);

    public override string Name => Path.GetFileName(_path);

    public override string Place => _path;

    /// <summary>
    /// A write lock is asked for at once, for a transaction that begins as a reader and then writes can fail in the
    /// middle.
    /// </summary>
    public override string BeginText => "BEGIN IMMEDIATE";

    public override int ReadersMax => 16;

    /// <summary>The directory is locked for the process, so nobody takes the file away.</summary>
    public override TimeSpan IdleCheck => Timeout.InfiniteTimeSpan;

    public override bool Exists() => File.Exists(_path);

    /// <summary>Sets it up for writing: write-ahead log, and every commit on disk before it returns.</summary>
    public override SqlSession OpenWriter() => Open(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000;"
        + " PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;"
        + $" PRAGMA cache_size = -{Kibibytes(options.WriterCacheBytes)};"
        + (options.PagesMax is { } max
            ? $" PRAGMA max_page_count = {max.ToString(CultureInfo.InvariantCulture)};" : ""));

    public override SqlSession OpenReader() => Open(
        "PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;"
        + $" PRAGMA cache_size = -{Kibibytes(options.ReaderCacheBytes)};");

    public override SqlSession OpenForCheck() => new(_source.OpenConnection(), this);

    public override SqlStatement Prepare(DbConnection connection, string sql) =>
        new SqliteStatement((SqliteConnection)connection, sql);

    public override void InsertAll(
        DbConnection connection, string table, IReadOnlyList<string> columns, int count, FillRow fill)
    {
        var places = string.Join(", ", columns.Select((_, i) => $"?{i + 1}"));
        using var insert = new SqliteStatement(
            (SqliteConnection)connection, $"INSERT INTO {table} ({string.Join(", ", columns)}) VALUES ({places})");
        Span<long> row = stackalloc long[columns.Count];
        for (var i = 0; i < count; i++)
        {
            fill(i, row);
            insert.Execute(row);
        }
    }

    /// <summary>
    /// Whether the transaction cannot go on after this error: SQLite may have rolled all of it back by itself already
    /// (sqlite.org/lang_transaction.html §3.1), so none of its writes may be trusted.
    /// </summary>
    public override bool EndsTransaction(DbException exception) => exception is SqliteException
    {
        SqliteErrorCode: Busy or Locked or NoMemory or ReadOnly or IoError or Corrupt or Full or CantOpen
            or NotADatabase
    };

    public override ServiceException Translate(DbException exception)
    {
        var error = exception as SqliteException;
        var detail = $"{_path}: SQLite error {error?.SqliteErrorCode}/{error?.SqliteExtendedErrorCode}: "
            + $"{exception.Message}";
        switch (error?.SqliteErrorCode)
        {
            case Full:
            case IoError or CantOpen when StorageErrors.HasNoRoom(_path):
                return StorageErrors.Full(detail, exception);
            case Corrupt or NotADatabase:
                return new ServiceException(ErrorCode.DataDamaged,
                    $"The database {Name} is damaged. Run `roost check` on the data directory, or restore a backup.",
                    detail, exception);
            case Busy or Locked:
                return new ServiceException(ErrorCode.Unavailable,
                    $"The database {Name} is locked by another program. Close the program that has it open.",
                    detail, exception);
            case IoError or CantOpen or ReadOnly or NoMemory:
                return new ServiceException(ErrorCode.Unavailable,
                    $"The database {Name} cannot be read or written now. Nothing was changed; the server's log says "
                    + "why.", detail, exception);
            case Constraint:
                return new ServiceException(ErrorCode.Conflict,
                    "That contradicts what is stored. Nothing was changed.", detail, exception);
            default:
                return new ServiceException(ErrorCode.Internal,
                    $"A statement to the database {Name} failed.", detail, exception);
        }
    }

    /// <summary>
    /// What the database itself finds wrong with its file: b-trees, indexes against tables, constraints. A hundred
    /// problems at most.
    /// </summary>
    public override IEnumerable<string> CheckIntegrity(SqlSession session)
    {
        using var rows = session.Query("PRAGMA integrity_check(100)");
        while (rows.Read())
        {
            if (rows.GetString(0) is not "ok" and var problem) yield return problem;
        }
    }

    /// <summary>Rows that refer to rows which are not there.</summary>
    public override IEnumerable<string> CheckReferences(SqlSession session)
    {
        using var rows = session.Query("PRAGMA foreign_key_check");
        while (rows.Read())
        {
            yield return $"Row {rows.GetValue(1)} of {rows.GetString(0)} refers to a row of {rows.GetString(2)} that "
                + "is missing";
        }
    }

    /// <summary>The statement that made each table and index, by its name; without those that tables make by
    /// themselves.</summary>
    public override Dictionary<string, string> ReadSchema(SqlSession session)
    {
        var schema = new Dictionary<string, string>();
        using var rows = session.Query("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
        while (rows.Read()) schema.Add(rows.GetString(0), rows.GetString(1));
        return schema;
    }

    public override Dictionary<string, string> ReadNewSchema(SqlMigrations migrations)
    {
        using var made = new SqliteDialect(options with { Path = InMemory });
        using var session = made.OpenForCheck();
        migrations.Apply(session, InMemory, TimeProvider.System);
        return ReadSchema(session);
    }

    public override bool[] AreIndexProblems(SqlSession session, IReadOnlyList<string> problems)
    {
        var roots = ReadIndexRoots(session);
        return [.. problems.Select(problem => IsIndexProblem(problem, roots))];
    }

    public override void Dispose() => _source.Dispose();

    /// <summary>The pages at which indexes begin: a problem of a b-tree is told by that page.</summary>
    private static HashSet<long> ReadIndexRoots(SqlSession session)
    {
        var roots = new HashSet<long>();
        using var rows = session.Query("SELECT rootpage FROM sqlite_schema WHERE type = 'index'");
        while (rows.Read()) roots.Add(rows.GetInt64(0));
        return roots;
    }

    /// <summary>Whether a problem of <see cref="CheckIntegrity"/> is one of an index only, which the table can be
    /// asked to make anew. Of one row's several lines, all are.</summary>
    /// <param name="indexRoots">As <see cref="ReadIndexRoots"/> tells.</param>
    private static bool IsIndexProblem(string problem, HashSet<long> indexRoots) => problem.Split('\n').All(line =>
        line.StartsWith("*** in database", StringComparison.Ordinal)
        || (TreeRoot().Match(line) is { Success: true } tree
            ? indexRoots.Contains(long.Parse(tree.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
            : IsOfIndexRows(line)));

    private static bool IsOfIndexRows(string problem) =>
        problem.Contains("missing from index", StringComparison.Ordinal)
        || problem.StartsWith("wrong # of entries in index", StringComparison.Ordinal)
        || problem.StartsWith("non-unique entry in index", StringComparison.Ordinal);

    // Of the layout within a page, SQLite names the page alone; when that is an index's root, the index it is.
    [GeneratedRegex("^(?:Tree |(?:Fragmentation|Multiple uses) .* (?:on|of) page )([0-9]+)(?: |$)")]
    private static partial Regex TreeRoot();

    private static string Kibibytes(long bytes) => Math.Max(bytes / 1024, 64).ToString(CultureInfo.InvariantCulture);

    /// <summary>Connections to the file, which is made when it is missing. We pool sessions ourselves.</summary>
    private static DbDataSource CreateDataSource(string path)
    {
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = 30,
        };
        return SqliteFactory.Instance.CreateDataSource(settings.ToString());
    }

    private SqlSession Open(string settings)
    {
        var connection = _source.OpenConnection();
        try
        {
            using var command = connection.CreateCommand();
            command.CommandText = settings;
            command.ExecuteNonQuery();
            return new SqlSession(connection, this);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
