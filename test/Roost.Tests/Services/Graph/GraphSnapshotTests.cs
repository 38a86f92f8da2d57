using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Storage;
using Roost.Tests.Services.Storage;
using Xunit;

namespace Roost.Tests.Services.Graph;

/// <summary>Whatever becomes of <c>graph.snapshot</c>, the graph is the one that the database has.</summary>
public sealed class GraphSnapshotTests : IAsyncLifetime
{
    private const int Accounts = 3_000;

    private readonly Scratch _scratch = new();
    private readonly StandingClock _clock = new();
    private readonly LogLines _log = new();
    private readonly HashSet<(int Follower, int Followee)> _model = [];
    private DataDirectory _data = null!;
    private GraphService _service = null!;

    private string Snapshot => _data.FilePath("graph.snapshot");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private bool WasRebuilt => _log.All.Any(line => line.StartsWith("The graph was read from graph.db", StringComparison.Ordinal));

    public ValueTask InitializeAsync()
    {
        _data = DataDirectory.Open(_scratch.File("data"));
        _service = Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        _data.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Starts_with_a_snapshot_and_what_came_after_it_are_like_starts_without(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 4; round++)
        {
            await ImportAsync(random, 12_000);
            await ChangeAsync(random, 200);
            await ReopenAsync();
            Assert.False(WasRebuilt);
            await AssertSameAsync();
            await ChangeAsync(random, 200);
            await ReopenAsync();
            Assert.False(WasRebuilt);
            await AssertSameAsync();
        }
        await CheckAsync();
    }

    [Fact]
    public async Task Without_a_snapshot_the_graph_comes_from_the_database_and_a_new_one_is_written()
    {
        await ImportAsync(new Random(1), 12_000);
        await CloseAsync();
        File.Delete(Snapshot);

        _service = Open();

        Assert.Contains(_log.All, line => line.Contains("it is not there", StringComparison.Ordinal));
        await AssertSameAsync();
        await ReopenAsync();
        Assert.False(WasRebuilt);
        await AssertSameAsync();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_snapshot_that_is_damaged_anywhere_is_refused(int seed)
    {
        var random = new Random(seed);
        await ImportAsync(random, 12_000);
        await CloseAsync();
        var whole = await File.ReadAllBytesAsync(Snapshot, Ct);
        for (var round = 0; round < 12; round++)
        {
            var bytes = whole.ToArray();
            if (round % 3 == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            else if (round % 3 == 1)
                bytes = [.. bytes, .. new byte[random.Next(1, 100)]];
            else
                bytes[random.Next(round % 2 == 0 ? 128 : bytes.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(Snapshot, bytes, Ct);
            if (round == 0)
                Assert.Contains(Check().Findings, finding => finding.What.StartsWith("It cannot be used: ", StringComparison.Ordinal));

            _log.Clear();
            _service = Open();

            Assert.True(WasRebuilt, $"Round {round}: {bytes.Length} of {whole.Length} bytes");
            await AssertSameAsync();
            await CloseAsync();
        }
        _service = Open();
    }

    [Fact]
    public async Task The_rest_of_one_that_was_not_written_to_its_end_is_removed()
    {
        await ImportAsync(new Random(6), 12_000);
        await CloseAsync();
        var draft = Snapshot + ".new";
        await File.WriteAllBytesAsync(draft, (await File.ReadAllBytesAsync(Snapshot, Ct))[..1_000], Ct);
        _log.Clear();

        _service = Open();

        // The one that is there is good, and so none is being written.
        Assert.False(File.Exists(draft));
        Assert.False(WasRebuilt);
        await AssertSameAsync();
    }

    [Fact]
    public async Task The_snapshot_before_the_one_that_was_not_written_any_more_is_still_good()
    {
        var random = new Random(3);
        await ImportAsync(random, 12_000);
        await CloseAsync();
        var older = await File.ReadAllBytesAsync(Snapshot, Ct);
        _service = Open();
        await ImportAsync(random, 14_000);
        await ChangeAsync(random, 300);
        await CloseAsync();
        Assert.NotEqual(older, await File.ReadAllBytesAsync(Snapshot, Ct));

        // As if killed between the database's word for the new one and its rename.
        await File.WriteAllBytesAsync(Snapshot, older, Ct);
        _log.Clear();
        _service = Open();

        Assert.False(WasRebuilt);
        await AssertSameAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_that_was_restored_refuses_a_snapshot_made_after_the_backup(bool goesOn)
    {
        Assert.SkipUnless(File.Exists(_data.FilePath("graph.db")), "The backup here is a copy of a file.");
        var random = new Random(4);
        await ImportAsync(random, 12_000);
        await CloseAsync();
        var backup = await File.ReadAllBytesAsync(_data.FilePath("graph.db"), Ct);
        var modelThen = _model.ToArray();
        _service = Open();
        await ImportAsync(random, 14_000);
        await CloseAsync();
        var newer = await File.ReadAllBytesAsync(Snapshot, Ct);

        await File.WriteAllBytesAsync(_data.FilePath("graph.db"), backup, Ct);
        _model.Clear();
        _model.UnionWith(modelThen);
        if (goesOn)
        {
            // Another history, longer than the lost one.
            File.Delete(Snapshot);
            _service = Open();
            await ImportAsync(random, 30_000);
            await CloseAsync();
        }
        await File.WriteAllBytesAsync(Snapshot, newer, Ct);
        _log.Clear();
        _service = Open();

        Assert.Contains(_log.All, line => line.Contains("this graph.db does not know it", StringComparison.Ordinal));
        await AssertSameAsync();
        await ReopenAsync();
        Assert.False(WasRebuilt);
        await AssertSameAsync();
    }

    [Fact]
    public async Task A_newer_database_goes_on_from_an_older_snapshot()
    {
        var random = new Random(5);
        await ImportAsync(random, 12_000);
        await CloseAsync();
        var snapshot = await File.ReadAllBytesAsync(Snapshot, Ct);
        _service = Open();
        await ChangeAsync(random, 3_000);
        await CloseAsync();

        Assert.Equal(snapshot, await File.ReadAllBytesAsync(Snapshot, Ct));
        _log.Clear();
        _service = Open();
        Assert.False(WasRebuilt);
        await AssertSameAsync();
        await CheckAsync();
    }

    [Fact]
    public async Task Duplicates_within_a_large_import_and_with_what_is_there_count_once()
    {
        await _service.Api.Follow(new Follow(new(1), new(2)), Call.Until(Ct));
        _model.Add((1, 2));
        var pairs = Enumerable.Range(0, 30_000).Select(i => (new AccountId((i % 9_000) + 1), new AccountId((i % 7) + 1)));

        var added = await _service.Api.Import(new ImportFollows([.. pairs], _clock.Now), Call.Until(Ct));

        var expected = pairs.Where(pair => pair.Item1 != pair.Item2).Select(pair => (pair.Item1.Value, pair.Item2.Value));
        var before = _model.Count;
        _model.UnionWith(expected);
        Assert.Equal(_model.Count - before, added);
        await AssertSameAsync();
        await CheckAsync();
    }

    private async Task ImportAsync(Random random, int count)
    {
        var pairs = new (AccountId, AccountId)[count];
        for (var i = 0; i < count; i++)
        {
            // Account 1 is a giant: its lists go through all their forms.
            var (a, b) = (random.Next(1, Accounts + 1), random.Next(4) == 0 ? 1 : random.Next(1, Accounts + 1));
            pairs[i] = (new AccountId(a), new AccountId(b));
        }
        var before = _model.Count;
        _model.UnionWith(pairs.Where(pair => pair.Item1 != pair.Item2).Select(pair => (pair.Item1.Value, pair.Item2.Value)));
        Assert.Equal(_model.Count - before, await _service.Api.Import(new ImportFollows(pairs, _clock.Now), Call.Until(Ct)));
    }

    private async Task ChangeAsync(Random random, int count)
    {
        var existing = _model.ToArray();
        var tasks = new List<Task>();
        for (var i = 0; i < count; i++)
        {
            var (a, b) = (random.Next(1, Accounts + 1), random.Next(1, Accounts + 1));
            if (random.Next(2) == 0)
                (a, b) = existing[random.Next(existing.Length)];
            if (a == b)
                continue;
            // In their order: the writer takes them one after the other.
            if (_model.Remove((a, b)))
                tasks.Add(_service.Api.Unfollow(new Unfollow(new(a), new(b)), Call.Until(Ct)).AsTask());
            else if (_model.Add((a, b)))
                tasks.Add(_service.Api.Follow(new Follow(new(a), new(b)), Call.Until(Ct)).AsTask());
            await Task.WhenAll(tasks);
            tasks.Clear();
        }
    }

    private async Task AssertSameAsync()
    {
        var followees = _model.ToLookup(pair => pair.Follower, pair => pair.Followee);
        var followers = _model.ToLookup(pair => pair.Followee, pair => pair.Follower);
        for (var account = 1; account <= Accounts; account++)
        {
            Assert.Equal(
                followees[account].Order(),
                (await _service.Api.Followees(new GetFollowees(new(account)), Call.Until(Ct))).Ids.ToArray());
            Assert.Equal(
                followers[account].Order(),
                (await _service.Api.Followers(new GetFollowers(new(account)), Call.Until(Ct))).ToArray());
        }
        Assert.Equal(_model.Count, _service.Follows);
    }

    private async Task CheckAsync()
    {
        await CloseAsync();
        Assert.Empty(Check().Findings);
        _service = Open();
    }

    private CheckReport Check() => GraphCheck.Run(_data, repair: false, ct: Ct);

    private GraphService Open() => GraphService.Open(_data, _clock, _log, _scratch.Meters);

    private Task CloseAsync() => _service.DisposeAsync().AsTask();

    private async Task ReopenAsync()
    {
        await CloseAsync();
        _log.Clear();
        _service = Open();
    }
}
