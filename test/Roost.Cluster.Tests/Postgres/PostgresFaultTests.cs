using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Services.Storage;
using Xunit;

namespace Roost.Cluster.Tests.Postgres;

/// <summary>What becomes of writes and reads while the server, or the way to it, fails. A server of its own, for it is
/// ended.</summary>
public sealed class PostgresFaultTests : IClassFixture<PostgresProcess>, IDisposable
{
    private const string Base = "postgres";

    private static int _prefixes;

    private readonly PostgresProcess _server;
    private readonly string _prefix = $"f{++_prefixes}";
    private readonly ServiceProvider _provider = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public PostgresFaultTests(PostgresProcess server)
    {
        if (server.Missing is { } missing) Assert.Skip(missing);
        _server = server;
    }

    private string Schema => $"{_prefix}_test";

    public void Dispose() => _provider.Dispose();

    [Fact]
    public async Task Connections_that_died_while_nothing_happened_are_not_noticed_by_anybody()
    {
        await using var database = Open();
        await AddAsync(database, 1);
        Assert.Equal([1], Stored(database));

        await _server.CutOffAsync(Base, Schema);

        Assert.Equal([1], Stored(database));
        await AddAsync(database, 2);
        Assert.Equal([1, 2], Stored(database));
    }

    [Fact]
    public async Task A_transaction_that_is_cut_off_is_undone_and_the_next_one_works()
    {
        await using var database = Open();
        await AddAsync(database, 1);
        using var begun = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        var applied = false;
        var write = database.WriteAsync(
            session =>
            {
                Insert(session, 2);
                begun.Set();
                gate.Wait(Ct);
                return Insert(session, 3);
            }, _ => applied = true, Ct).AsTask();
        begun.Wait(Ct);

        await _server.CutOffAsync(Base, Schema);
        gate.Set();
        var failure = await Assert.ThrowsAsync<ServiceException>(() => write);

        Assert.Equal(ErrorCode.Unavailable, failure.Code);
        Assert.True(failure.CanRetry);
        Assert.False(applied);
        await AddAsync(database, 4);
        Assert.Equal([1, 4], Stored(database));
    }

    [Fact]
    public async Task A_server_that_is_away_is_told_clearly_and_all_goes_on_when_it_is_back()
    {
        await using var database = Open();
        await AddAsync(database, 1);
        Assert.Equal([1], Stored(database));
        await _server.CrashAsync();

        var write = await Assert.ThrowsAsync<ServiceException>(() => AddAsync(database, 2));
        var read = Assert.Throws<ServiceException>(() => Stored(database));
        await _server.StartAsync();

        Assert.All([write, read], failure => Assert.Equal(ErrorCode.Unavailable, failure.Code));
        Assert.Contains("when the database is back", write.Message, StringComparison.Ordinal);
        await AddAsync(database, 3);
        Assert.Equal([1, 3], Stored(database));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commit_whose_answer_is_lost_is_asked_after(bool arrives)
    {
        await using var way = new CuttingProxy(_server.Address);
        var applied = false;
        await using var database = Open(through: way);
        (way.LosesAnswerOnly, way.CutAt) = (arrives, "RELEASE one_write"u8.ToArray());

        var write = database.WriteAsync(session => Insert(session, 1), _ => applied = true, Ct).AsTask();

        if (arrives)
        {
            Assert.Equal(1, await write);
        }
        else
        {
            var failure = await Assert.ThrowsAsync<ServiceException>(() => write);
            Assert.Equal((ErrorCode.Unavailable, false), (failure.Code, failure.MayBeDone));
        }
        Assert.Equal(arrives, applied);
        Assert.Equal(arrives ? [1L] : [], Stored(database));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task While_nobody_can_be_asked_callers_are_told_so_and_memory_follows_later(bool arrives)
    {
        await using var way = new CuttingProxy(_server.Address) { ClosesWithCut = true };
        var applied = new ConcurrentQueue<int>();
        await using var database = Open(through: way);
        (way.LosesAnswerOnly, way.CutAt) = (arrives, "RELEASE one_write"u8.ToArray());

        var failure = await Assert.ThrowsAsync<ServiceException>(() => database.WriteAsync(
            session => Insert(session, 1), _ => applied.Enqueue(1), Ct).AsTask());

        Assert.Equal((ErrorCode.Unavailable, true), (failure.Code, failure.MayBeDone));
        Assert.False(failure.CanRetry);
        Assert.Empty(applied);
        way.IsClosed = false;
        await database.WriteAsync(session => Insert(session, 2), _ => applied.Enqueue(2), Ct);
        Assert.Equal(arrives ? [1, 2] : [2], applied);
        Assert.Equal(arrives ? [1L, 2] : [2], Stored(database));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Under_load_through_cuts_and_crashes_memory_is_what_is_stored_and_nothing_acknowledged_is_lost(int seed)
    {
        var random = new Random(seed);
        var memory = new ConcurrentQueue<long>();
        var acknowledged = new ConcurrentBag<long>();
        var refused = new ConcurrentBag<long>();
        var unknown = new ConcurrentBag<long>();
        var next = 0L;
        using var stop = new CancellationTokenSource();
        await using (var database = Open())
        {
            var writers = Enumerable.Range(0, 16).Select(_ => Task.Run(WriteAsync, Ct)).ToArray();
            for (var fault = 0; fault < 20; fault++)
            {
                var goal = acknowledged.Count + random.Next(1, 200);
                while (acknowledged.Count < goal) await Task.Yield();
                if (fault % 10 == 9)
                {
                    await _server.CrashAsync();
                    await _server.StartAsync();
                }
                else
                {
                    await _server.CutOffAsync(Base, Schema);
                }
            }
            await stop.CancelAsync();
            await Task.WhenAll(writers);
            await AddAsync(database, -1);

            async Task WriteAsync()
            {
                while (!stop.IsCancellationRequested)
                {
                    var id = Interlocked.Increment(ref next);
                    try
                    {
                        await database.WriteAsync(session => Insert(session, id), _ => memory.Enqueue(id), Ct);
                        acknowledged.Add(id);
                    }
                    catch (ServiceException failure) when (failure.Code == ErrorCode.Unavailable)
                    {
                        (failure.MayBeDone ? unknown : refused).Add(id);
                    }
                }
            }
        }

        await using var again = Open();
        var stored = Stored(again);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{acknowledged.Count} acknowledged, {refused.Count} refused, {unknown.Count} unknown");
        Assert.Equal(stored.Where(id => id > 0), memory.Order());
        Assert.Empty(acknowledged.Except(stored));
        Assert.Empty(refused.Intersect(stored));
    }

    [Fact]
    public async Task One_process_writes_and_a_second_one_is_told_by_whom()
    {
        await using var first = Open();

        var refusal = Assert.Throws<ServiceException>(() => Open());

        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Contains($"process {Environment.ProcessId}", refusal.Message, StringComparison.Ordinal);
        await AddAsync(first, 1);
    }

    [Fact]
    public async Task Who_was_taken_over_from_while_cut_off_writes_never_again()
    {
        await using var first = Open();
        await AddAsync(first, 1);
        // As a process is that was stopped, or beyond a cut network: the server has given its right away meanwhile.
        await _server.ScalarAsync(Base, $"UPDATE {Schema}.roost_writer SET fence = fence + 1 RETURNING 1");

        var refusals = new List<ServiceException>();
        for (var i = 2; i < 4; i++)
            refusals.Add(await Assert.ThrowsAsync<ServiceException>(() => AddAsync(first, i)));

        Assert.All(refusals, refusal => Assert.Contains("taken over", refusal.Message, StringComparison.Ordinal));
        await using var second = Open();
        await AddAsync(second, 5);
        Assert.Equal([1, 5], Stored(second));
    }

    [Fact]
    public async Task A_schema_of_another_data_directory_is_left_alone()
    {
        await Open().DisposeAsync();

        var refusal = Assert.Throws<ServiceException>(() => Open(options => options with { Owner = "another" }));

        Assert.Equal(ErrorCode.Conflict, refusal.Code);
        Assert.Contains("another data directory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_schema_that_was_there_is_not_made_anew_when_it_is_lost()
    {
        var refusal = Assert.Throws<ServiceException>(() => Open(options => options with { MustExist = true }));

        Assert.Equal(ErrorCode.DataDamaged, refusal.Code);
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1", ErrorCode.Unavailable, "no answer")]
    [InlineData("Database=nowhere", ErrorCode.NotFound, "createdb")]
    [InlineData("Username=nobody", ErrorCode.Forbidden, "not let into")]
    [InlineData("Username=guest", ErrorCode.Forbidden, "OWNER TO guest")]
    [InlineData("Database=latin", ErrorCode.Invalid, "needs UTF8")]
    [InlineData("Host=", ErrorCode.Invalid, "names no Host")]
    [InlineData("Port=many", ErrorCode.Invalid, "cannot be read")]
    [InlineData("Search Path=\"a;b\"", ErrorCode.Invalid, "Search Path")]
    public async Task What_is_wrong_with_a_connection_is_said_with_what_to_do(string change, ErrorCode code, string says)
    {
        if (await _server.ScalarAsync(Base, "SELECT count(*) FROM pg_roles WHERE rolname = 'guest'") == 0)
        {
            await _server.ScalarAsync(Base, $"CREATE ROLE guest LOGIN PASSWORD '{PostgresProcess.Password}'");
            await _server.ScalarAsync(Base, "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
        }

        var refusal = Assert.Throws<ServiceException>(() => Open(options => options with
        {
            Server = PostgresServer.Parse($"{_server.Connection(Base)};{change}"),
        }));

        Assert.Equal(code, refusal.Code);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_too_old_is_refused()
    {
        var server = PostgresServer.Parse(_server.Connection(Base));

        var refusal = Assert.Throws<ServiceException>(() => PostgresSetup.Require("140010", "UTF8", server));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
        Assert.Contains("PostgreSQL 14", refusal.Message, StringComparison.Ordinal);
    }

    private SqlDatabase Open(
        Func<SqlDatabaseOptions, SqlDatabaseOptions>? change = null, CuttingProxy? through = null)
    {
        var options = new SqlDatabaseOptions("test", "")
        {
            Server = PostgresServer.Parse($"{_server.Connection(Base, through?.Port)};Search Path={_prefix}"),
            Owner = "me",
        };
        return SqlDatabase.Open(
            change?.Invoke(options) ?? options,
            SqlMigrations.FromScripts([("0001_test.sql", "CREATE TABLE things (id INTEGER PRIMARY KEY);")]),
            TimeProvider.System, NullLogger.Instance,
            new SqlMetrics(_provider.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()));
    }

    private static Task<int> AddAsync(SqlDatabase database, long id) =>
        database.WriteAsync(session => Insert(session, id), cancellation: Ct).AsTask();

    private static int Insert(SqlSession session, long id) =>
        session.Execute("INSERT INTO things (id) VALUES (@id)", id);

    private static List<long> Stored(SqlDatabase database) => database.Read(session =>
    {
        var ids = new List<long>();
        using var rows = session.Query("SELECT id FROM things ORDER BY id");
        while (rows.Read()) ids.Add(rows.GetInt64(0));
        return ids;
    });
}
