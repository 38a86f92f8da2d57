using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;
using Roost.Tests.Rpc.Discovery;
using Xunit;

namespace Roost.Cluster.Tests.Discovery;

/// <summary>What the others notice when the member of an etcd of three goes that leads, and that they ask.</summary>
public sealed class EtcdMembersTests : IAsyncLifetime
{
    private readonly EtcdServer _etcd = new(members: 3);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        if (_etcd.Missing is { } missing) Assert.Skip(missing);
        return _etcd.InitializeAsync();
    }

    public ValueTask DisposeAsync() => _etcd.DisposeAsync();

    [Fact]
    public async Task A_leader_that_is_killed_and_one_that_is_stopped_cost_no_lease_and_no_instance()
    {
        var killed = _etcd.Leader();
        using var first = new EtcdClusterStore(_etcd.EndpointsFrom(killed), TimeProvider.System);
        await using var known = new Known(first);
        await using var one = Announce(first, "one");
        await known.Until("one");
        await _etcd.KillAsync(killed);
        await using var two = Announce(first, "two");
        await known.Until("one", "two");
        await _etcd.StartAsync(killed);

        var stopped = _etcd.Leader();
        using var second = new EtcdClusterStore(_etcd.EndpointsFrom(stopped), TimeProvider.System);
        await using var alsoKnown = new Known(second);
        await using var three = Announce(second, "three");
        await alsoKnown.Until("one", "three", "two");
        var before = await second.ReadAsync("roost/", Ct);
        _etcd.Send(stopped, Signal.Stop);
        try
        {
            var start = TimeProvider.System.GetTimestamp();
            await using var four = Announce(second, "four");
            string[] all = ["four", "one", "three", "two"];
            await Task.WhenAll(known.Until(all), alsoKnown.Until(all));
            // A member says nothing for 1.7 s, and the next one waits for an election.
            Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 8);
            await EndOfALeaseThatNobodyKeepsAsync(second);
            var after = await second.ReadAsync("roost/", Ct);
            Assert.Equal(before.Entries, after.Entries.Where(entry => entry.Key != "roost/instances/users/four"));
            Assert.True(known.ForgotNobody && alsoKnown.ForgotNobody, "Somebody was forgotten.");
        }
        finally
        {
            _etcd.Send(stopped, Signal.Continue);
        }
    }

    /// <summary>As long as a process would be known that says nothing any more.</summary>
    private static async Task EndOfALeaseThatNobodyKeepsAsync(EtcdClusterStore store)
    {
        var lease = await store.GrantAsync(Announcement.Ttl, Ct);
        var put = await store.PutAsync("forgotten", "", Ct, lease);
        await using var watch = store.WatchAsync("forgotten", put!.Value, Ct).GetAsyncEnumerator(Ct);
        Assert.True(await watch.MoveNextAsync());
        Assert.Null(watch.Current.Value);
    }

    private static Announcement Announce(EtcdClusterStore store, string id) => new(
        store, ["users"], new(id, Address: "http://127.0.0.1:1"), TimeProvider.System,
        NullLogger<Announcement>.Instance);

    /// <summary>Who is known, and was ever.</summary>
    private sealed class Known : IAsyncDisposable
    {
        private readonly Told _told = new();
        private readonly ConcurrentQueue<string[]> _all = new();
        private readonly ServiceWatcher _watcher;

        public Known(EtcdClusterStore store) => _watcher = new(
            store, "users", Take, TimeProvider.System, NullLogger<ServiceWatcher>.Instance);

        public bool ForgotNobody => _all.Zip(_all.Skip(1)).All(pair => !pair.First.Except(pair.Second).Any());

        public Task Until(params string[] ids) =>
            _told.When(instances => instances.Select(info => info.Id).SequenceEqual(ids));

        public async ValueTask DisposeAsync()
        {
            await _watcher.DisposeAsync();
            _told.Dispose();
        }

        private void Take(IReadOnlyList<InstanceInfo> instances)
        {
            _all.Enqueue([.. instances.Select(info => info.Id)]);
            _told.Take(instances);
        }
    }
}
