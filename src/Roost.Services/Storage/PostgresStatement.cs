using System.Text.RegularExpressions;
using Npgsql;

namespace Roost.Services.Storage;

/// <summary>A statement whose rows come as they are read, without being held anywhere.</summary>
internal sealed partial class PostgresStatement(NpgsqlConnection connection, string sql) : SqlStatement
{
    private readonly NpgsqlCommand _command = new(Place().Replace(sql, "$$$1"), connection) { CommandTimeout = 0 };
    private NpgsqlDataReader? _rows;

    public override long this[int column] => _rows!.GetInt64(column);

    public override void Bind(params ReadOnlySpan<long> values)
    {
        _command.Parameters.Clear();
        foreach (var value in values) _command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = value });
    }

    public override bool Read() => (_rows ??= _command.ExecuteReader()).Read();

    public override void Dispose()
    {
        _rows?.Dispose();
        _command.Dispose();
    }

    [GeneratedRegex(@"\?([0-9]+)")]
    private static partial Regex Place();
}
