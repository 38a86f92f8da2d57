using System.Collections.Concurrent;
using Roost.Rpc;
using Roost.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Storage;

/// <summary>What every database keeps to, whichever engine has it.</summary>
public sealed class SqlDatabaseTests : IDisposable
{
    private const string Schema = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);";

    private readonly Scratch _scratch = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task What_was_answered_is_there_after_reopening()
    {
        await using (var database = _scratch.OpenDatabase(Schema))
        {
            await AddAsync(database, 1, "one");
            Assert.Equal(1, Count(database));
        }

        await using var again = _scratch.OpenDatabase(Schema);

        Assert.Equal(1, Count(again));
    }

    [Fact]
    public async Task Writes_that_wait_together_share_a_commit_and_only_the_failing_one_fails()
    {
        await using var database = _scratch.OpenDatabase(Schema);
        using var gate = new ManualResetEventSlim();
        var blocker = Block(database, gate);
        var writes = Enumerable.Range(1, 100)
            .Select(i => AddAsync(database, i, i == 42 ? "thing 41" : $"thing {i}").AsTask()).ToArray();
        var broken = database.WriteAsync<int>(session =>
        {
            session.Execute("INSERT INTO things (id, name) VALUES (@id, @name)", 1000, "half");
            throw new InvalidOperationException("changed my mind");
        }, cancellation: Ct).AsTask();
        gate.Set();

        await blocker;
        var failure = await Assert.ThrowsAsync<ServiceException>(() => writes[41]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => broken);
        await Task.WhenAll(writes.Where((_, i) => i != 41));

        Assert.Equal(ErrorCode.Conflict, failure.Code);
        Assert.Equal(99, Count(database));
    }

    [Fact]
    public async Task Memory_follows_the_commits_in_their_order_and_before_anybody_is_answered()
    {
        await using var database = _scratch.OpenDatabase(Schema);
        var applied = new ConcurrentQueue<int>();

        await Task.WhenAll(Enumerable.Range(1, 200).Select(async i =>
        {
            var result = await database.WriteAsync(session => Add(session, i, $"{i}"), _ => applied.Enqueue(i), Ct);
            Assert.Equal(1, result);
            Assert.Contains(i, applied);
        }));

        Assert.Equal(Enumerable.Range(1, 200), applied);
    }

    [Fact]
    public async Task Nothing_is_applied_to_memory_for_a_write_that_failed()
    {
        await using var database = _scratch.OpenDatabase(Schema);
        var applied = false;

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await database.WriteAsync<int>(
            _ => throw new InvalidOperationException(), _ => applied = true, Ct));

        Assert.False(applied);
    }

    [Fact]
    public async Task After_a_bug_in_bringing_memory_up_to_date_no_further_write_is_taken()
    {
        await using var database = _scratch.OpenDatabase(Schema);

        var first = await Assert.ThrowsAsync<ServiceException>(async () => await database.WriteAsync(
            session => Add(session, 1, "one"), _ => throw new InvalidOperationException("bug"), Ct));
        var second = await Assert.ThrowsAsync<ServiceException>(async () => await AddAsync(database, 2, "two"));

        Assert.Equal(ErrorCode.Internal, first.Code);
        Assert.Equal(ErrorCode.Internal, second.Code);
        Assert.Equal(1, Count(database));
    }

    [Fact]
    public async Task A_write_cancelled_while_it_waits_is_not_done()
    {
        await using var database = _scratch.OpenDatabase(Schema);
        using var gate = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        var blocker = Block(database, gate, begun);
        begun.Wait(Ct);
        var cancelled = database.WriteAsync(session => Add(session, 1, "one"), null, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        gate.Set();

        await Assert.ThrowsAsync<TaskCanceledException>(() => cancelled);
        await blocker;

        Assert.Equal(0, Count(database));
    }

    [Fact]
    public async Task More_writes_than_may_wait_are_refused_as_overloaded()
    {
        await using var database = _scratch.OpenDatabase(Schema, options => options with { WaitingWritesMax = 2 });
        using var gate = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        var blocker = Block(database, gate, begun);
        begun.Wait(Ct);
        var waiting = new[] { AddAsync(database, 1, "one").AsTask(), AddAsync(database, 2, "two").AsTask() };

        var refusal = await Assert.ThrowsAsync<ServiceException>(async () => await AddAsync(database, 3, "three"));
        gate.Set();
        await Task.WhenAll(waiting);
        await blocker;

        Assert.Equal(ErrorCode.Overloaded, refusal.Code);
        Assert.True(refusal.CanRetry);
        Assert.Equal(2, Count(database));
    }

    [Fact]
    public async Task Closing_writes_what_waits_and_refuses_what_comes_later()
    {
        var database = _scratch.OpenDatabase(Schema);
        using var gate = new ManualResetEventSlim();
        var blocker = Block(database, gate);
        var waiting = AddAsync(database, 1, "one").AsTask();
        var closing = database.DisposeAsync().AsTask();
        var refusal = await Assert.ThrowsAsync<ServiceException>(async () => await AddAsync(database, 2, "two"));
        gate.Set();

        await Task.WhenAll(blocker, waiting, closing);

        Assert.Equal(ErrorCode.Unavailable, refusal.Code);
        await using var again = _scratch.OpenDatabase(Schema);
        Assert.Equal(1, Count(again));
    }

    [Fact]
    public async Task Readers_cannot_write()
    {
        await using var database = _scratch.OpenDatabase(Schema);

        Assert.Throws<ServiceException>(() => database.Read(session => Add(session, 1, "one")));

        Assert.Equal(0, Count(database));
    }

    [Fact]
    public async Task Many_readers_share_few_connections()
    {
        await using var database = _scratch.OpenDatabase(Schema, options => options with { ReadersMax = 2 });
        await AddAsync(database, 1, "one");

        await Parallel.ForAsync(0, 500, Ct, (_, _) =>
        {
            Assert.Equal(1, Count(database));
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public async Task A_statement_wants_as_many_values_as_it_has_parameters()
    {
        await using var database = _scratch.OpenDatabase(Schema);

        Assert.Throws<ArgumentException>(() => database.Read(session => session.Number("SELECT @a + @b + @a", 1L)));

        Assert.Equal(4, database.Read(session => session.Number("SELECT @a + @b + @a", 1L, 2L)));
    }

    private static Task<int> Block(
        SqlDatabase database, ManualResetEventSlim gate, ManualResetEventSlim? begun = null) =>
        database.WriteAsync(_ =>
        {
            begun?.Set();
            gate.Wait();
            return 0;
        }, cancellation: Ct).AsTask();

    private static ValueTask<int> AddAsync(SqlDatabase database, int id, string name) =>
        database.WriteAsync(session => Add(session, id, name), cancellation: Ct);

    private static int Add(SqlSession session, int id, string name) =>
        session.Execute("INSERT INTO things (id, name) VALUES (@id, @name)", id, name);

    private static long Count(SqlDatabase database) =>
        database.Read(session => session.Number("SELECT count(*) FROM things"))!.Value;
}
