using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;
using Xunit;

namespace Roost.Tests.Rpc.Discovery;

public sealed class MemoryClusterStoreTests : ClusterStoreContract, IDisposable
{
    private readonly FakeTime _time = new();
    private readonly MemoryClusterStore _store;

    public MemoryClusterStoreTests() => _store = new(_time);

    protected override IClusterStore Store => _store;

    protected override void Pass(TimeSpan time) => _time.Advance(time);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_lease_that_is_not_kept_alive_ends()
    {
        var lease = await _store.GrantAsync(TimeSpan.FromSeconds(9), Ct);
        await _store.PutAsync("k", "v", Ct, lease);

        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.True(await _store.KeepAliveAsync(lease, Ct));
        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.Single((await _store.ReadAsync("k", Ct)).Entries);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Empty((await _store.ReadAsync("k", Ct)).Entries);
        Assert.False(await _store.KeepAliveAsync(lease, Ct));
    }

    [Fact]
    public async Task A_watch_from_before_what_is_kept_is_told_to_read_again()
    {
        using var store = new MemoryClusterStore(_time, changesMax: 10);
        for (var i = 0; i < 11; i++) await store.PutAsync("k", "v", Ct);
        await using var watch = store.WatchAsync("k", 0, Ct).GetAsyncEnumerator(Ct);

        var old = await Assert.ThrowsAsync<ServiceException>(async () => await watch.MoveNextAsync());

        Assert.Equal(ErrorCode.Conflict, old.Code);
    }

    [Fact]
    public async Task A_process_that_lost_its_lease_tells_again()
    {
        await using var announcement = new Announcement(
            _store, ["users"], new("one", Address: "http://a"), _time, NullLogger<Announcement>.Instance);
        await announcement.Told;
        await _store.RevokeAsync(1, Ct);
        Assert.Empty((await _store.ReadAsync("roost/", Ct)).Entries);

        _time.Advance(Announcement.Ttl / 3);

        Assert.Single((await _store.ReadAsync("roost/", Ct)).Entries);
    }

    [Fact]
    public async Task Instances_that_a_store_forgot_are_kept_until_they_have_had_time_to_come_back()
    {
        using var flaky = new FlakyStore(_store);
        using var told = new Told();
        await _store.PutAsync("roost/instances/users/one", """{"address":"http://a","zone":"z","weight":1}""", Ct);
        await _store.PutAsync("roost/instances/users/odd", "made by hand", Ct);
        await using var watcher = new ServiceWatcher(
            flaky, "users", told.Take, _time, NullLogger<ServiceWatcher>.Instance);
        await watcher.FirstRead;
        InstanceInfo one = new("one", "z", 1, "http://a");
        await told.When(instances => instances.SequenceEqual([one]));

        await flaky.BreakAsync();
        await _store.DeleteAsync("roost/instances/users/one", Ct);
        await _store.PutAsync("roost/instances/users/two", """{"address":"http://b","weight":1}""", Ct);
        while (told.Last.Count < 2)
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }
        Assert.Equal(["one", "two"], told.Last.Select(info => info.Id));

        while (told.Last.Count > 1)
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }
        Assert.Equal(["two"], told.Last.Select(info => info.Id));
    }

    /// <summary>A store whose watches break when they are told to.</summary>
    private sealed class FlakyStore(IClusterStore inner) : StoreThrough(() => inner)
    {
        private readonly CancellationTokenSource _break = new();

        public override void Dispose()
        {
            _break.Dispose();
            base.Dispose();
        }

        public Task BreakAsync() => _break.CancelAsync();

        public override async IAsyncEnumerable<ClusterChange> WatchAsync(
            string prefix, long after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            var isWhole = !_break.IsCancellationRequested;
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, isWhole ? _break.Token : default);
            await using var watch = base.WatchAsync(prefix, after, either.Token).GetAsyncEnumerator(either.Token);
            while (await NextAsync(watch, ct)) yield return watch.Current;
        }

        private static async Task<bool> NextAsync(IAsyncEnumerator<ClusterChange> watch, CancellationToken ct)
        {
            try
            {
                return await watch.MoveNextAsync();
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                throw new ServiceException(ErrorCode.Unavailable, "broken");
            }
        }
    }
}
