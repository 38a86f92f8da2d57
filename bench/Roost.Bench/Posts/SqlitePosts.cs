using Microsoft.Data.Sqlite;

namespace Roost.Bench.Posts;

/// <summary>
/// The peer: a table of posts and one statement, in the settings that make SQLite as durable as the log.
/// </summary>
internal sealed class SqlitePosts : IDisposable
{
    private const int TransactionRecords = 1_000;

    private readonly SqliteConnection _connection;
    private long _id;

    public SqlitePosts(string path)
    {
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        Execute(
            "CREATE TABLE posts ("
            + "id INTEGER PRIMARY KEY, author INTEGER NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL)");
    }

    public long Insert(int records, byte[] payload)
    {
        using var insert = _connection.CreateCommand();
        insert.CommandText = "INSERT INTO posts (id, author, at, body) VALUES ($id, $author, $at, $body)";
        var id = insert.Parameters.Add("$id", SqliteType.Integer);
        insert.Parameters.AddWithValue("$author", 1);
        insert.Parameters.AddWithValue("$at", 1L);
        insert.Parameters.AddWithValue("$body", payload);
        for (var done = 0; done < records; done += TransactionRecords)
        {
            using var transaction = _connection.BeginTransaction();
            insert.Transaction = transaction;
            for (var i = 0; i < TransactionRecords; i++)
            {
                id.Value = ++_id;
                insert.ExecuteNonQuery();
            }
            transaction.Commit();
        }
        return (records + TransactionRecords - 1) / TransactionRecords * TransactionRecords;
    }

    public void Dispose() => _connection.Dispose();

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
