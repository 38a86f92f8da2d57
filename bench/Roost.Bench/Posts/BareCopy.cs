using Npgsql;
using NpgsqlTypes;

namespace Roost.Bench.Posts;

/// <summary>The peer: records of as many bytes into a table of the same shape, one COPY and one commit a group, and
/// nothing else.</summary>
internal sealed class BareCopy : IDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;
    private readonly byte[] _record;
    private long _seq;

    public BareCopy(string database, int recordBytes)
    {
        _source = NpgsqlDataSource.Create(database);
        _connection = _source.OpenConnection();
        _record = new byte[recordBytes];
        new Random(2).NextBytes(_record);
        Execute("CREATE TABLE IF NOT EXISTS bare (seq BIGINT PRIMARY KEY, record BYTEA NOT NULL); TRUNCATE bare");
    }

    /// <returns>How many records were written: whole groups only.</returns>
    public long Write(int records, int group)
    {
        var groups = Math.Max(1, records / group);
        for (var i = 0; i < groups; i++)
        {
            Execute("BEGIN");
            using (var rows = _connection.BeginBinaryImport("COPY bare (seq, record) FROM STDIN (FORMAT BINARY)"))
            {
                for (var j = 0; j < group; j++)
                {
                    rows.StartRow();
                    rows.Write(++_seq, NpgsqlDbType.Bigint);
                    rows.Write(_record, NpgsqlDbType.Bytea);
                }
                rows.Complete();
            }
            Execute("COMMIT");
        }
        return (long)groups * group;
    }

    public void Dispose()
    {
        _connection.Dispose();
        _source.Dispose();
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
