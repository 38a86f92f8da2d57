using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// Everything that is SQLite's own rather than SQL's: how a file is opened, what a connection is set to, and what its
/// error numbers mean (sqlite.org/rescode.html). The statements of the services are plain SQL.
/// </summary>
internal static partial class SqlDialect
{
    private const int Busy = 5, Locked = 6, NoMemory = 7, ReadOnly = 8, IoError = 10, Corrupt = 11, Full = 13,
        CantOpen = 14, Constraint = 19, NotADatabase = 26;

    /// <summary>The path of a database that lives as long as its one connection.</summary>
    public const string InMemory = ":memory:";

    /// <summary>
    /// A write lock is asked for at once, for a transaction that begins as a reader and then writes can fail in the
    /// middle.
    /// </summary>
    public const string Begin = "BEGIN IMMEDIATE";

    /// <summary>Connections to one database file, which is made when it is missing. We pool sessions
    /// ourselves.</summary>
    public static DbDataSource CreateDataSource(string path)
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

    /// <summary>Sets a new connection up for writing: write-ahead log, and every commit on disk before it
    /// returns.</summary>
    /// <param name="pagesMax">The file may not outgrow this many pages of 4 KiB; null for no limit.</param>
    public static void PrepareWriter(DbConnection connection, long cacheBytes, long? pagesMax)
    {
        Execute(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000;"
            + " PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 67108864;"
            + $" PRAGMA cache_size = -{Kibibytes(cacheBytes)};");
        if (pagesMax is { } max)
        {
            Execute(connection, $"PRAGMA max_page_count = {max.ToString(CultureInfo.InvariantCulture)};");
        }
    }

    /// <summary>Sets a new connection up for reading only.</summary>
    public static void PrepareReader(DbConnection connection, long cacheBytes) =>
        Execute(connection, "PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;"
            + $" PRAGMA cache_size = -{Kibibytes(cacheBytes)};");

    /// <summary>
    /// Whether the transaction cannot go on after this error: SQLite may have rolled all of it back by itself already
    /// (sqlite.org/lang_transaction.html §3.1), so none of its writes may be trusted.
    /// </summary>
    public static bool EndsTransaction(DbException exception) => exception is SqliteException
    {
        SqliteErrorCode: Busy or Locked or NoMemory or ReadOnly or IoError or Corrupt or Full or CantOpen
            or NotADatabase
    };

    /// <summary>The service error that stands for a database's error.</summary>
    public static ServiceException Translate(DbException exception, string path)
    {
        var error = exception as SqliteException;
        var detail = $"{path}: SQLite error {error?.SqliteErrorCode}/{error?.SqliteExtendedErrorCode}: "
            + $"{exception.Message}";
        var name = Path.GetFileName(path);
        switch (error?.SqliteErrorCode)
        {
            case Full:
            case IoError or CantOpen when StorageErrors.HasNoRoom(path):
                return StorageErrors.Full(detail, exception);
            case Corrupt or NotADatabase:
                return new ServiceException(ErrorCode.DataDamaged,
                    $"The database {name} is damaged. Run `roost check` on the data directory, or restore a backup.",
                    detail, exception);
            case Busy or Locked:
                return new ServiceException(ErrorCode.Unavailable,
                    $"The database {name} is locked by another program. Close the program that has it open.",
                    detail, exception);
            case IoError or CantOpen or ReadOnly or NoMemory:
                return new ServiceException(ErrorCode.Unavailable,
                    $"The database {name} cannot be read or written now. Nothing was changed; the server's log says "
                    + "why.", detail, exception);
            case Constraint:
                return new ServiceException(ErrorCode.Conflict,
                    "That contradicts what is stored. Nothing was changed.", detail, exception);
            default:
                return new ServiceException(ErrorCode.Internal,
                    $"A statement to the database {name} failed.", detail, exception);
        }
    }

    /// <summary>
    /// What the database itself finds wrong with its file: b-trees, indexes against tables, constraints. A hundred
    /// problems at most.
    /// </summary>
    public static IEnumerable<string> CheckIntegrity(SqlSession session)
    {
        using var rows = session.Query("PRAGMA integrity_check(100)");
        while (rows.Read())
        {
            if (rows.GetString(0) is not "ok" and var problem) yield return problem;
        }
    }

    /// <summary>Rows that refer to rows which are not there.</summary>
    public static IEnumerable<string> CheckReferences(SqlSession session)
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
    public static Dictionary<string, string> ReadSchema(SqlSession session)
    {
        var schema = new Dictionary<string, string>();
        using var rows = session.Query("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name");
        while (rows.Read()) schema.Add(rows.GetString(0), rows.GetString(1));
        return schema;
    }

    /// <summary>The pages at which indexes begin: a problem of a b-tree is told by that page.</summary>
    public static HashSet<long> ReadIndexRoots(SqlSession session)
    {
        var roots = new HashSet<long>();
        using var rows = session.Query("SELECT rootpage FROM sqlite_schema WHERE type = 'index'");
        while (rows.Read()) roots.Add(rows.GetInt64(0));
        return roots;
    }

    /// <summary>Whether a problem of <see cref="CheckIntegrity"/> is one of an index only, which the table can be
    /// asked to make anew. Of one row's several lines, all are.</summary>
    /// <param name="indexRoots">As <see cref="ReadIndexRoots"/> tells.</param>
    public static bool IsIndexProblem(string problem, HashSet<long> indexRoots) => problem.Split('\n').All(line =>
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

    private static void Execute(DbConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
