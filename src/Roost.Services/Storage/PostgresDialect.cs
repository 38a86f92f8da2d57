using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// A service's database that is a schema of a PostgreSQL server. Migrations are adapted to its types: whole numbers are
/// 8 bytes as they are in SQLite, and texts are ordered by their bytes.
/// </summary>
/// <remarks>
/// Only one process writes a schema (<see cref="PostgresLease"/>). A connection reads one thing at a time, so the rows
/// of a statement must be closed before another one is run on its session.
/// </remarks>
internal sealed partial class PostgresDialect(PostgresServer server, SqlDatabaseOptions options) : SqlDialect
{
    // A commit is on the server's disk before it is answered, unless the operator has asked for more than that. A
    // client that is gone without a word is noticed in half a minute, and its locks end.
    private const string WriterSettings =
        """
        SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
        SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4
        """;

    private readonly string _schema = server.SchemaOf(options.Name);
    private readonly NpgsqlDataSource _source = server.SourceOf(server.SchemaOf(options.Name));
    private readonly PostgresLease _lease = new(
        server.SchemaOf(options.Name), options.Owner, options.TakeOver, options.Lost);
    private readonly PostgresErrors _errors = new(server, server.SchemaOf(options.Name));
    private readonly string _ringAndCommit =
        $"{PostgresBell.RingText(server.SchemaOf(options.Name))}; RELEASE one_write; COMMIT";
    private bool _isSetUp;

    public override string Name => _schema;

    public override string Place => $"{_schema} in {server.Place}";

    public override string BeginText => "BEGIN";

    /// <summary>A network's twelve services stay below the hundred connections that a server allows unless
    /// told.</summary>
    public override int ReadersMax => 6;

    public override TimeSpan IdleCheck => TimeSpan.FromSeconds(2);

    public override bool HasLastCommit => _lease.HasLastCommit;

    public override bool Exists()
    {
        try
        {
            using var session = Open();
            return PostgresSetup.HasSchema(session, _schema) && PostgresLease.IsFor(session, options.Owner);
        }
        catch (DbException exception)
        {
            throw Translate(exception);
        }
    }

    /// <summary>Whose the schema is; null when there is none, or it is nobody's.</summary>
    /// <exception cref="ServiceException">It cannot be told; says why.</exception>
    public string? FindOwner()
    {
        try
        {
            using var session = Open();
            return PostgresSetup.HasSchema(session, _schema) ? PostgresLease.OwnerOf(session) : null;
        }
        catch (DbException exception)
        {
            throw Translate(exception);
        }
    }

    public override SqlSession OpenWriter() => OpenAsOnly(Open(), _lease.Lock, SetUp);

    public override SqlSession OpenWriter(LeaseWait wait) =>
        OpenAsOnly(Open(), session => _lease.LockWhenFree(session, wait), SetUp);

    public override SqlSession OpenForCheck() => OpenAsOnly(Open(OpenReader), _lease.Lock, _ => { });

    public override SqlSession OpenReader()
    {
        var session = Open();
        session.ExecuteScript("SET default_transaction_read_only = on");
        return session;
    }

    public override void Begin(SqlSession writer) => _lease.Begin(writer);

    public override void Commit(SqlSession writer)
    {
        if (writer.TakeRing()) writer.Execute(_ringAndCommit);
        else base.Commit(writer);
        _lease.Committed();
    }

    /// <summary>Rings at the commits of whoever writes the schema; takes a connection.</summary>
    public PostgresBell OpenBell(TimeProvider time, ILogger logger) => new(_source, _schema, time, logger);

    public override bool MayBeCommitted(DbException failure) => !IsOfStatement(failure);

    public override bool EndsTransaction(DbException exception) =>
        !IsOfStatement(exception) || exception.SqlState is ['4', '0', ..] or ['5', '7', ..] or ['X', 'X', ..];

    public override bool EndsConnection(DbException exception) => !IsOfStatement(exception)
        && exception is not NpgsqlOperationInProgressException and not { InnerException: TimeoutException };

    public override ServiceException Translate(DbException exception) => _errors.Translate(exception, _isSetUp);

    public override string Adapt(string migration) => TypeName().Replace(migration, static type => type.Value switch
    {
        "INTEGER" => "BIGINT",
        "BLOB" => "BYTEA",
        "REAL" => "DOUBLE PRECISION",
        _ => "TEXT COLLATE \"C\"",
    });

    /// <summary>Whole numbers have one type, so that a statement is prepared once.</summary>
    public override object ValueOf(object? value) => value switch
    {
        null => DBNull.Value,
        long or string or byte[] or double => value,
        IConvertible number => number.ToInt64(CultureInfo.InvariantCulture),
        _ => value,
    };

    public override bool IsReading(DbConnection connection) =>
        (((NpgsqlConnection)connection).FullState & (ConnectionState.Fetching | ConnectionState.Executing)) != 0;

    public override SqlStatement Prepare(DbConnection connection, string sql) =>
        new PostgresStatement((NpgsqlConnection)connection, sql);

    public override void InsertAll(
        DbConnection connection, string table, IReadOnlyList<string> columns, int count, FillRow fill)
    {
        using var rows = ((NpgsqlConnection)connection).BeginBinaryImport(
            $"COPY {table} ({string.Join(", ", columns)}) FROM STDIN (FORMAT BINARY)");
        Span<long> row = stackalloc long[columns.Count];
        for (var i = 0; i < count; i++)
        {
            fill(i, row);
            rows.StartRow();
            foreach (var number in row) rows.Write(number, NpgsqlDbType.Bigint);
        }
        rows.Complete();
    }

    public override Dictionary<string, string> ReadSchema(SqlSession session) => PostgresSetup.ReadSchema(session);

    public override Dictionary<string, string> ReadNewSchema(SqlMigrations migrations)
    {
        using var session = Open();
        return PostgresSetup.ReadNewSchema(session, $"{_schema}_new", migrations);
    }

    public override void Dispose() => _source.Dispose();

    private void SetUp(SqlSession session)
    {
        if (!_isSetUp) PostgresSetup.Run(session, _schema, server, options.MustExist);
    }

    private SqlSession OpenAsOnly(SqlSession session, Action<SqlSession> takeLock, Action<SqlSession> setUp)
    {
        try
        {
            session.ExecuteScript(WriterSettings);
            takeLock(session);
            setUp(session);
            _lease.Take(session);
            _isSetUp = true;
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private SqlSession Open(Func<SqlSession>? openAnother = null) => new(_source.OpenConnection(), this, openAnother);

    /// <summary>Whether the server has told that a statement failed, and the connection is as good as
    /// before.</summary>
    private static bool IsOfStatement(DbException exception) =>
        exception is PostgresException { InvariantSeverity: "ERROR" };

    // Types are in capitals in migrations, and nothing else that is called so is.
    [GeneratedRegex(@"\b(?:INTEGER|BLOB|REAL|TEXT)\b")]
    private static partial Regex TypeName();
}
