using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace Roost.Services.Storage;

/// <summary>
/// One connection with the commands that were prepared on it. A statement's text is its key, so pass constants, never
/// text with values in it; values go in as parameters, written <c>@name</c>, in the order in which the names first
/// appear.
/// </summary>
/// <remarks>
/// For one thread at a time, and only while the work runs that was given the session. Since a command is kept per text,
/// the rows of a statement must be closed before the same statement runs again. A first use prepares (about 20 µs),
/// later ones cost 1 to 3 µs beside what the database does.
/// </remarks>
public sealed class SqlSession : IDisposable
{
    private readonly DbConnection _connection;
    private readonly Dictionary<string, DbCommand> _commands = [];
    private readonly Func<SqlSession>? _openAnother;
    private SqlSession? _another;
    private bool _rings;

    /// <param name="openAnother">For engines whose connections read one thing at a time, where a second one may be read
    /// beside it; null where none is.</param>
    internal SqlSession(DbConnection connection, SqlDialect dialect, Func<SqlSession>? openAnother = null) =>
        (_connection, Dialect, _openAnother) = (connection, dialect, openAnother);

    internal SqlDialect Dialect { get; }

    /// <summary>The connection, where the engine is PostgreSQL: for what no other has (COPY).</summary>
    internal NpgsqlConnection Postgres => (NpgsqlConnection)_connection;

    /// <summary>Has those told who listen to this schema (<see cref="PostgresBell"/>), at the transaction's
    /// commit.</summary>
    internal void RingAtCommit() => _rings = true;

    /// <summary>Whether they are to be told at this one.</summary>
    internal bool TakeRing() => _rings && !(_rings = false);

    /// <summary>Runs a statement; returns how many rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).ExecuteNonQuery();

    /// <summary>The whole number in the first column of the first row; null when there is no row or it is
    /// NULL.</summary>
    public long? Number(string sql, params ReadOnlySpan<object?> values) =>
        Bind(sql, values).ExecuteScalar() switch
        {
            long value => value,
            null or DBNull => null,
            // What engines make of literals and sums.
            IConvertible other => other.ToInt64(CultureInfo.InvariantCulture),
            _ => null,
        };

    /// <summary>The rows of a statement, which the caller disposes.</summary>
    public DbDataReader Query(string sql, params ReadOnlySpan<object?> values) =>
        _openAnother is not null && Dialect.IsReading(_connection)
            ? (_another ??= _openAnother()).Query(sql, values)
            : Bind(sql, values).ExecuteReader();

    /// <summary>A statement of which a great many rows are read.</summary>
    internal SqlStatement Prepared(string sql) => Dialect.Prepare(_connection, sql);

    /// <inheritdoc cref="SqlDialect.InsertAll"/>
    internal void InsertAll(string table, IReadOnlyList<string> columns, int count, FillRow fill) =>
        Dialect.InsertAll(_connection, table, columns, count, fill);

    /// <summary>Runs a text of several statements without parameters once, without keeping it.</summary>
    internal void ExecuteScript(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        // Of a large table an index takes as long as it takes.
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _another?.Dispose();
        foreach (var command in _commands.Values) command.Dispose();
        _connection.Dispose();
    }

    private DbCommand Bind(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command)) command = Prepare(sql);
        var parameters = command.Parameters;
        if (parameters.Count != values.Length)
        {
            throw new ArgumentException($"The statement has {parameters.Count} parameters, {values.Length} values "
                + $"were given: {sql}");
        }
        for (var i = 0; i < values.Length; i++) parameters[i].Value = Dialect.ValueOf(values[i]);
        return command;
    }

    private DbCommand Prepare(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in ParameterNames(sql))
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            command.Parameters.Add(parameter);
        }
        _commands.Add(sql, command);
        return command;
    }

    // No statement of ours has an '@' in a literal, so no tokenizer is needed.
    private static List<string> ParameterNames(string sql)
    {
        var names = new List<string>();
        for (var at = sql.IndexOf('@'); at >= 0; at = sql.IndexOf('@', at + 1))
        {
            var end = at + 1;
            while (end < sql.Length && (char.IsAsciiLetterOrDigit(sql[end]) || sql[end] == '_')) end++;
            var name = sql[at..end];
            if (!names.Contains(name)) names.Add(name);
        }
        return names;
    }
}
