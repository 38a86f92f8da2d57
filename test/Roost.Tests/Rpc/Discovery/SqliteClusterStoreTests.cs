using Microsoft.Data.Sqlite;
using Roost.Rpc;
using Roost.Rpc.Discovery;
using Xunit;

namespace Roost.Tests.Rpc.Discovery;

/// <summary>Two processes' stores over one file: what is asked of it is asked of the one and the other in turn, so that
/// each finds what the other has done.</summary>
public sealed class SqliteClusterStoreTests : ClusterStoreContract, IDisposable
{
    private readonly ClusterDirectory _directory = new();
    private readonly SqliteClusterStore _one;
    private readonly SqliteClusterStore _other;
    private int _asked;

    public SqliteClusterStoreTests()
    {
        (_one, _other) = (_directory.Open(), _directory.Open());
        Store = new StoreThrough(() => (Interlocked.Increment(ref _asked) & 1) == 0 ? _one : _other);
    }

    protected override IClusterStore Store { get; }

    public void Dispose()
    {
        Leave();
        _directory.Dispose();
    }

    [Fact]
    public async Task What_a_process_leaves_behind_that_dies_goes_when_its_lease_ends()
    {
        var died = _directory.Open();
        var lease = await died.GrantAsync(TimeSpan.FromSeconds(1), Ct);
        var put = await died.PutAsync("left", "x", Ct, lease);
        died.Dispose();

        Assert.Single((await Store.ReadAsync("left", Ct)).Entries);
        await using var watch = Store.WatchAsync("left", put!.Value, Ct).GetAsyncEnumerator(Ct);
        Assert.True(await watch.MoveNextAsync());

        Assert.Equal(("left", null), (watch.Current.Key, watch.Current.Value));
    }

    [Fact]
    public async Task Who_comes_when_all_have_gone_finds_what_stays_and_no_revision_twice()
    {
        var first = await Store.PutAsync("stays", "x", Ct);
        var lease = await Store.GrantAsync(TimeSpan.FromSeconds(60), Ct);
        Leave();

        using var later = _directory.Open();

        Assert.Equal([new("stays", "x", first!.Value)], (await later.ReadAsync("", Ct)).Entries);
        Assert.True(await later.KeepAliveAsync(lease, Ct));
        Assert.True(await later.PutAsync("new", "y", Ct) > first);
        Assert.NotEqual(lease, await later.GrantAsync(TimeSpan.FromSeconds(60), Ct));
    }

    [Fact]
    public async Task A_watch_from_before_what_is_kept_is_told_to_read_again()
    {
        using var store = new SqliteClusterStore(_directory.Path, TimeProvider.System, changesMax: 10);
        var first = (await store.PutAsync("k", "v", Ct))!.Value;
        for (var i = 0; i < 10; i++) await store.PutAsync("k", "v", Ct);
        await using var all = store.WatchAsync("k", first, Ct).GetAsyncEnumerator(Ct);
        Assert.True(await all.MoveNextAsync());
        await using var watch = store.WatchAsync("k", first - 1, Ct).GetAsyncEnumerator(Ct);

        var old = await Assert.ThrowsAsync<ServiceException>(async () => await watch.MoveNextAsync());

        Assert.Equal(ErrorCode.Conflict, old.Code);
    }

    [Fact]
    public async Task A_lock_of_another_process_is_waited_for_and_readers_wait_for_nobody()
    {
        var before = await Store.PutAsync("k", "1", Ct);
        await using var other = new SqliteConnection($"Data Source={_directory.Path};Pooling=false");
        await other.OpenAsync(Ct);
        var locked = other.BeginTransaction();

        var put = Store.PutAsync("k", "2", Ct).AsTask();
        Assert.Equal("1", Assert.Single((await Store.ReadAsync("k", Ct)).Entries).Value);
        Assert.False(put.IsCompleted);
        await locked.DisposeAsync();

        Assert.True(await put > before);
    }

    [Fact]
    public async Task Nobody_is_forgotten_while_all_processes_stand_still()
    {
        var time = new Jumping();
        using var store = new SqliteClusterStore(_directory.Path, time);
        var ttl = TimeSpan.FromSeconds(9);
        var lease = await store.GrantAsync(ttl, Ct);
        await store.PutAsync("held", "x", Ct, lease);

        time.Ahead = 2 * ttl;
        await store.PutAsync("other", "x", Ct);
        Assert.True(await store.KeepAliveAsync(lease, Ct), "It ended while nobody could keep it alive.");

        Assert.True(await EndAsync(store, time, "held") >= ttl);
    }

    [Fact]
    public async Task A_clock_that_is_set_back_keeps_nobody_who_is_gone()
    {
        var time = new Jumping { Ahead = TimeSpan.FromHours(1) };
        using (var before = new SqliteClusterStore(_directory.Path, time))
            await before.PutAsync("held", "x", Ct, await before.GrantAsync(TimeSpan.FromSeconds(9), Ct));
        time.Ahead = TimeSpan.Zero;
        using var after = new SqliteClusterStore(_directory.Path, time);

        Assert.InRange(await EndAsync(after, time, "held"), TimeSpan.FromSeconds(8), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_file_that_is_taken_away_is_begun_anew_by_all_and_watches_are_told_to_read_again()
    {
        var time = new Jumping();
        using var one = new SqliteClusterStore(_directory.Path, time);
        using var other = new SqliteClusterStore(_directory.Path, time);
        var put = await one.PutAsync("k", "v", Ct);
        await using var watch = other.WatchAsync("k", put!.Value, Ct).GetAsyncEnumerator(Ct);
        var next = watch.MoveNextAsync().AsTask();

        _directory.Empty();
        time.Ahead = TimeSpan.FromSeconds(3);

        var away = await Assert.ThrowsAsync<ServiceException>(() => next);
        Assert.Equal(ErrorCode.Unavailable, away.Code);
        Assert.Empty((await one.ReadAsync("", Ct)).Entries);
        Assert.True(await one.PutAsync("again", "v", Ct) > put);
        Assert.Equal("again", Assert.Single((await other.ReadAsync("", Ct)).Entries).Key);
    }

    [Fact]
    public async Task What_is_no_such_file_is_refused_with_what_to_do_and_left_as_it_is()
    {
        await File.WriteAllTextAsync(_directory.Beside("letter"), new string('x', 5_000), Ct);
        Refuses("letter", ErrorCode.DataDamaged, "If it is one, remove it");
        Assert.Equal(new string('x', 5_000), await File.ReadAllTextAsync(_directory.Beside("letter"), Ct));

        await RunAsync("other.db", "CREATE TABLE t (x INTEGER)");
        Refuses("other.db", ErrorCode.Invalid, "another program's database");

        _directory.Open("newer.db").Dispose();
        await RunAsync("newer.db", "PRAGMA user_version = 2");
        Refuses("newer.db", ErrorCode.Conflict, "made by a newer Roost");

        Refuses(Path.Combine("nowhere", "cluster.db"), ErrorCode.Unavailable, "whether its directory is there");
    }

    /// <summary>As when both processes have ended.</summary>
    private void Leave()
    {
        _one.Dispose();
        _other.Dispose();
    }

    /// <summary>Lets time pass, in which the store is asked all the while, until a key is gone.</summary>
    /// <returns>After how long.</returns>
    private static async Task<TimeSpan> EndAsync(SqliteClusterStore store, Jumping time, string key)
    {
        var start = time.Ahead;
        while ((await store.ReadAsync(key, Ct)).Entries.Count > 0)
        {
            time.Ahead += TimeSpan.FromMilliseconds(250);
            await store.PutAsync("asked", "x", Ct);
        }
        return time.Ahead - start;
    }

    private void Refuses(string name, ErrorCode code, string words)
    {
        var refused = Assert.Throws<ServiceException>(() => _directory.Open(name));
        Assert.Equal(code, refused.Code);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    private async Task RunAsync(string name, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={_directory.Beside(name)};Pooling=false");
        await connection.OpenAsync(Ct);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>The system's clock, which jumps as one that is set, or that of a machine that was asleep.</summary>
    private sealed class Jumping : TimeProvider
    {
        private long _ahead;

        public TimeSpan Ahead
        {
            get => new(Interlocked.Read(ref _ahead));
            set => Interlocked.Exchange(ref _ahead, value.Ticks);
        }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

        public override long GetTimestamp() => GetUtcNow().Ticks;
    }
}

/// <summary>What discovery does while the file is something else.</summary>
public sealed class SqliteAwayTests : StoreAwayContract, IDisposable
{
    private readonly ClusterDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IClusterStore Open() => _directory.Open();

    protected override async Task BreakAsync(IClusterStore store)
    {
        await File.WriteAllTextAsync(_directory.Beside("damaged"), new string('x', 5_000));
        File.Move(_directory.Beside("damaged"), _directory.Path, overwrite: true);
        // Until it looks whether the file is the same one still.
        while (await IsThereAsync(store)) TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
    }

    protected override Task MendAsync()
    {
        _directory.Empty();
        return Task.CompletedTask;
    }

    private static async Task<bool> IsThereAsync(IClusterStore store)
    {
        try
        {
            await store.ReadAsync("x", TestContext.Current.CancellationToken);
            return true;
        }
        catch (ServiceException damaged)
        {
            Assert.Equal(ErrorCode.DataDamaged, damaged.Code);
            return false;
        }
    }
}

/// <summary>A directory for a store's file, which goes at the end.</summary>
internal sealed class ClusterDirectory : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("roost-store-").FullName;

    public string Path => Beside("cluster.db");

    public string Beside(string name) => System.IO.Path.Combine(_root, name);

    public SqliteClusterStore Open(string name = "cluster.db") => new(Beside(name), TimeProvider.System);

    /// <summary>Takes away the store's files.</summary>
    public void Empty()
    {
        foreach (var file in Directory.GetFiles(_root, "cluster.db*")) File.Delete(file);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
