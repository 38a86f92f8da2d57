using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using NpgsqlTypes;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Posts.Log.Table;

/// <summary>Receives one record of the table, in order; false: that is enough.</summary>
internal delegate bool RowVisitor(long seq, byte[] record);

/// <summary>
/// The table that has a log's truth: <c>records</c> in the schema <c>roost_posts</c> of a PostgreSQL server, a row a
/// record, with its bytes as they lie in a segment. It is a <see cref="SqlDatabase"/> like those of other services, and
/// so one process has the right to write it, each commit is checked for that, and commits whose answer is lost are
/// asked after (<see cref="PostgresLease"/>).
/// </summary>
/// <remarks>What blocks here waits for the server, for a minute at most (the connection string's <c>Command
/// Timeout</c>). Reading is thread-safe; appending is for the log's writer.</remarks>
public sealed class LogTable : IAsyncDisposable
{
    private const string CopyIn = "COPY records (seq, record) FROM STDIN (FORMAT BINARY)";

    private readonly SqlDatabase _database;
    private volatile bool _isStored;

    private LogTable(SqlDatabase database, string place, string owner) =>
        (_database, Place, Owner) = (database, place, owner);

    /// <summary>Where it is, for the operator.</summary>
    internal string Place { get; }

    /// <summary>By what it knows its network's data directories.</summary>
    internal string Owner { get; }

    /// <summary>Whether it is another process that writes it, as far as is known.</summary>
    internal bool IsFollowed { get; private set; }

    /// <summary>The table of a data directory, made when it is missing; null where posts are in files only.</summary>
    /// <exception cref="ServiceException">It cannot be had, or another process has it; says why.</exception>
    public static LogTable? Of(DataDirectory data, TimeProvider time, ILogger logger, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Database is null
            ? null
            : Open(SqlDatabase.OptionsOf(data, PostsService.Folder), time, logger, new SqlMetrics(meters));
    }

    /// <summary>The table of a data directory that another process may be writing, to be followed and, with
    /// <see cref="Take"/>, taken over; null where there is none yet, or posts are in files only.</summary>
    /// <exception cref="ServiceException">It cannot be read; says why.</exception>
    public static LogTable? Follow(DataDirectory data, TimeProvider time, ILogger logger, IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Database is null
            ? null
            : Follow(SqlDatabase.OptionsOf(data, PostsService.Folder), time, logger, new SqlMetrics(meters));
    }

    /// <inheritdoc cref="Follow(DataDirectory, TimeProvider, ILogger, IMeterFactory)"/>
    internal static LogTable? Follow(SqlDatabaseOptions options, TimeProvider time, ILogger logger, SqlMetrics metrics)
    {
        var database = SqlDatabase.Follow(
            options with { ReadersMax = 1 }, SqlMigrations.Embedded("Posts"), time, logger, metrics);
        var isThere = false;
        try
        {
            isThere = database.Read(session => session.Number(
                "SELECT 1 FROM pg_tables WHERE schemaname = @schema AND tablename = 'records'",
                options.Server!.SchemaOf(options.Name)) is not null);
            return isThere ? new LogTable(database, PlaceOf(options), options.Owner) { IsFollowed = true } : null;
        }
        finally
        {
            // Nothing is under way in it.
            if (!isThere) database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    /// <param name="options">Of a server's database.</param>
    /// <inheritdoc cref="Of" path="/exception"/>
    internal static LogTable Open(SqlDatabaseOptions options, TimeProvider time, ILogger logger, SqlMetrics metrics)
    {
        var database = SqlDatabase.Open(
            // Read at a start, and where a file is damaged.
            options with { ReadersMax = 1 }, SqlMigrations.Embedded("Posts"), time, logger, metrics);
        return new LogTable(database, PlaceOf(options), options.Owner);
    }

    internal static string PlaceOf(SqlDatabaseOptions options) =>
        $"{options.Server!.SchemaOf(options.Name)} in {options.Server.Place}";

    /// <summary>Rings when whoever writes it has added something; to be disposed before the table is.</summary>
    internal PostgresBell OpenBell(TimeProvider time, ILogger logger) => _database.OpenBell(time, logger);

    /// <summary>The newest record's seq, 0 for none.</summary>
    internal uint LastSeq() => _database.Read(session => (uint)(session.Number("SELECT max(seq) FROM records") ?? 0));

    /// <summary>A record's bytes, not verified; null when there is none.</summary>
    internal byte[]? Read(uint seq)
    {
        byte[]? found = null;
        Read(seq, seq, (_, record) =>
        {
            found = record;
            return true;
        });
        return found;
    }

    /// <summary>Reads what is there of a range, in order, as it comes from the server.</summary>
    internal void Read(long first, long last, RowVisitor visit) => _database.Read(session =>
    {
        // It may be begun again, where a connection was dead.
        Read(session, first, last, (seq, record) =>
        {
            first = seq + 1;
            return visit(seq, record);
        });
        return true;
    });

    internal static void Read(SqlSession session, long first, long last, RowVisitor visit)
    {
        using var rows = session.Postgres.BeginBinaryExport(
            $"COPY (SELECT seq, record FROM records WHERE seq BETWEEN {first} AND {last} ORDER BY seq) TO STDOUT "
            + "(FORMAT BINARY)");
        while (rows.StartRow() >= 0)
        {
            if (visit(rows.Read<long>(NpgsqlDbType.Bigint), rows.Read<byte[]>(NpgsqlDbType.Bytea))) continue;
            rows.Cancel();
            return;
        }
    }

    /// <summary>Waits for the right to write what was followed. Blocks.</summary>
    /// <exception cref="ServiceException">It cannot be had now; may be tried again.</exception>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    internal void Take(LeaseWait wait)
    {
        _database.Take(wait);
        IsFollowed = false;
    }

    /// <summary>Completes when the server has said that it is still this process that may write.</summary>
    /// <exception cref="ServiceException">It is not, or the server does not answer.</exception>
    internal async Task ConfirmAsync() => await _database.WriteAsync(_ => 0);

    /// <summary>Adds records that follow those that are there, whole groups; returns when they are on the server's
    /// disk.</summary>
    /// <exception cref="ServiceException">They are not stored; with <see cref="ServiceException.MayBeDone"/> nobody
    /// knows, and <see cref="IsStored"/> is to be asked.</exception>
    internal void Append(ReadOnlyMemory<byte> records)
    {
        _isStored = false;
        Wait(_database.WriteAsync(session => Copy(session, records), _ => _isStored = true));
    }

    /// <summary>What became of the records that were added last; null while that cannot be told.</summary>
    internal bool? IsStored()
    {
        try
        {
            // Before the next transaction it is found out what became of the last.
            Wait(_database.WriteAsync(_ => 0));
            return _isStored;
        }
        catch (ServiceException)
        {
            // Not swallowed: it is why nobody knows yet.
            return null;
        }
    }

    internal ServiceException Damaged(long seq, string problem) => new(
        ErrorCode.DataDamaged,
        "The table of posts is damaged; nothing in it was changed.",
        $"Record {seq} of {Place}: {problem}. Run `roost check` on this data directory, and restore a backup of the "
        + "database.");

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    private static int Copy(SqlSession session, ReadOnlyMemory<byte> records)
    {
        session.RingAtCommit();
        using var rows = session.Postgres.BeginBinaryImport(CopyIn);
        var count = 0;
        for (; !records.IsEmpty; count++)
        {
            var record = records[..RecordFormat.LengthAt(records.Span)];
            rows.StartRow();
            rows.Write<long>(RecordFormat.Seq(record.Span), NpgsqlDbType.Bigint);
            rows.Write(record, NpgsqlDbType.Bytea);
            records = records[record.Length..];
        }
        rows.Complete();
        return count;
    }

    // The log's writer is a thread of its own, and has nothing else to do meanwhile.
    private static void Wait(ValueTask<int> write) => write.AsTask().GetAwaiter().GetResult();
}
