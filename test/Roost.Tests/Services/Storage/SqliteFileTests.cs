using Roost.Rpc;
using Roost.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Storage;

/// <summary>What is particular about databases that are files.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private const string Schema = "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);";

    private readonly Scratch _scratch = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task What_was_answered_is_in_the_files_though_nothing_was_closed()
    {
        var copy = Directory.CreateDirectory(_scratch.File("copy")).FullName;
        await using var database = _scratch.OpenDatabase(Schema);
        await Task.WhenAll(Enumerable.Range(1, 50).Select(i => AddAsync(database, i, $"thing {i}").AsTask()));

        // The files as kill -9 would leave them: the shared memory of the live process is not among them.
        File.Copy(_scratch.File("test.db"), Path.Combine(copy, "test.db"));
        File.Copy(_scratch.File("test.db-wal"), Path.Combine(copy, "test.db-wal"));
        await using var killed = _scratch.OpenDatabase(
            Schema, options => options with { Path = Path.Combine(copy, "test.db") });

        Assert.Equal(50, Count(killed));
    }

    [Fact]
    public async Task A_full_database_refuses_writes_whole_and_takes_them_again_when_there_is_room()
    {
        await using var database = _scratch.OpenDatabase(Schema, options => options with { PagesMax = 40 });

        var stored = await FillAsync(database);
        Assert.Equal(stored, Count(database));
        await database.WriteAsync(
            session => session.Execute("DELETE FROM things WHERE id <= @id", stored / 2), cancellation: Ct);
        await AddAsync(database, 100_000, "there is room again");

        Assert.Equal(stored - (stored / 2) + 1, Count(database));
    }

    [Fact]
    public async Task A_full_disk_refuses_writes_whole_and_takes_them_again_when_there_is_room()
    {
        using var disk = SmallDisk.TryMount(_scratch.File("small"), megabytes: 2);
        Assert.SkipWhen(disk is null, "needs the right to mount a tmpfs");
        var filler = Path.Combine(disk!.Path, "filler");
        await File.WriteAllBytesAsync(filler, new byte[700_000], Ct);
        long stored;
        await using (var database = OpenOnSmallDisk())
        {
            stored = await FillAsync(database);
            Assert.Equal(stored, Count(database));

            File.Delete(filler);
            await AddAsync(database, 100_000, "there is room again");
        }

        await using var again = OpenOnSmallDisk();
        Assert.Equal(stored + 1, Count(again));

        SqlDatabase OpenOnSmallDisk() =>
            _scratch.OpenDatabase(Schema, options => options with { Path = Path.Combine(disk.Path, "test.db") });
    }

    [Fact]
    public void What_is_no_database_is_said_to_be_damaged()
    {
        File.WriteAllBytes(_scratch.File("test.db"), Enumerable.Repeat((byte)7, 8192).ToArray());

        var refusal = Assert.Throws<ServiceException>(() => _scratch.OpenDatabase(Schema));

        Assert.Equal(ErrorCode.DataDamaged, refusal.Code);
        Assert.Contains("test.db", refusal.Message, StringComparison.Ordinal);
    }

    // Adds things of 2 KB until there is no room, many at a time; how many were acknowledged.
    private static async Task<long> FillAsync(SqlDatabase database)
    {
        var name = new string('x', 2000);
        var stored = 0L;
        for (var round = 0; ; round++)
        {
            var writes = Enumerable.Range(0, 5)
                .Select(i => AddAsync(database, (round * 5) + i + 1, $"{name} {round} {i}").AsTask()).ToArray();
            ServiceException? refusal = null;
            foreach (var write in writes)
            {
                try
                {
                    await write;
                    stored++;
                }
                catch (ServiceException exception)
                {
                    refusal = exception;
                }
            }
            if (refusal is null) continue;
            Assert.Equal(ErrorCode.StorageFull, refusal.Code);
            return stored;
        }
    }

    private static ValueTask<int> AddAsync(SqlDatabase database, int id, string name) =>
        database.WriteAsync(session => Add(session, id, name), cancellation: Ct);

    private static int Add(SqlSession session, int id, string name) =>
        session.Execute("INSERT INTO things (id, name) VALUES (@id, @name)", id, name);

    private static long Count(SqlDatabase database) =>
        database.Read(session => session.Number("SELECT count(*) FROM things"))!.Value;
}
