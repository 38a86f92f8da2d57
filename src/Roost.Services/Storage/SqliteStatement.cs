using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Roost.Services.Storage;

/// <summary>
/// A statement that runs millions of times in a row, on SQLite's own functions: a row read or written takes a fifth of
/// a microsecond beside what the database does, where ADO.NET takes one to three.
/// </summary>
internal sealed class SqliteStatement : SqlStatement
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;

    /// <param name="sql">Parameters are <c>?1</c>, <c>?2</c>, ….</param>
    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _connection = connection.Handle ?? throw new InvalidOperationException("The connection is not open.");
        Check(raw.sqlite3_prepare_v2(_connection, sql, out _statement));
    }

    public override long this[int column] => raw.sqlite3_column_int64(_statement, column);

    public override void Bind(params ReadOnlySpan<long> values)
    {
        for (var i = 0; i < values.Length; i++)
            Check(raw.sqlite3_bind_int64(_statement, i + 1, values[i]));
    }

    public override bool Read()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW)
            return true;
        if (result != raw.SQLITE_DONE)
            Check(result);
        return false;
    }

    /// <summary>Runs a statement that has no rows.</summary>
    public void Execute(params ReadOnlySpan<long> values)
    {
        Bind(values);
        Read();
        Check(raw.sqlite3_reset(_statement));
    }

    public override void Dispose() => _statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _connection);
}
