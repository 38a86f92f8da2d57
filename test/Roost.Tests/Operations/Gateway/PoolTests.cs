using Microsoft.Extensions.Logging.Abstractions;
using Roost.Operations.Gateway;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;
using Roost.Tests.Rpc;
using Xunit;

namespace Roost.Tests.Operations.Gateway;

/// <summary>What becomes of requests while nobody serves an application.</summary>
public sealed class PoolTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly TestMeters _meters = new();
    private readonly MemoryClusterStore _store;

    public PoolTests() => _store = new(_time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public async Task Whoever_takes_the_place_is_told_to_those_that_wait()
    {
        await using var pool = await OpenAsync(new GatewayOptions());
        var since = _time.GetTimestamp();
        var waiting = pool.WaitAsync(since, Ct).AsTask();
        Assert.False(waiting.IsCompleted);

        await using var next = new Announcement(
            _store, ["web"], new InstanceInfo("next", Address: "http://127.0.0.1:1"), _time,
            NullLogger<Announcement>.Instance);

        Assert.True(await waiting);
        Assert.True(pool.HasInstances);
    }

    [Fact]
    public async Task Services_that_are_called_as_an_application_are_none_of_its_instances()
    {
        await using var web = await OpenAsync(new GatewayOptions());
        var waiting = web.WaitAsync(_time.GetTimestamp(), Ct).AsTask();
        await using var both = new Announcement(
            _store, ["media", "web"], new InstanceInfo("both", Address: "http://127.0.0.1:1"), _time,
            NullLogger<Announcement>.Instance);
        Assert.True(await waiting);

        await using var media = new Pool(
            Applications.Media, new GatewayOptions(), _store,
            new GatewayTools(_time, NullLoggerFactory.Instance, _meters));
        await media.KnownAsync(Ct);

        Assert.True(web.HasInstances);
        Assert.False(media.HasInstances);
    }

    [Fact]
    public async Task Nobody_waits_longer_than_a_gap_may_last_nor_do_more_than_may()
    {
        await using var pool = await OpenAsync(
            new GatewayOptions { GapMax = TimeSpan.FromSeconds(2), GapWaitingMax = 1 });
        var since = _time.GetTimestamp();

        var first = pool.WaitAsync(since, Ct).AsTask();
        Assert.False(await pool.WaitAsync(since, Ct));

        while (!first.IsCompleted) _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(await first);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(await pool.WaitAsync(since, Ct));
    }

    [Fact]
    public async Task It_is_behind_for_a_while_after_a_gap()
    {
        await using var pool = await OpenAsync(new GatewayOptions { BehindMax = TimeSpan.FromSeconds(3) });
        Assert.False(pool.IsBehind);

        pool.NoteGap();

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(pool.IsBehind);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(pool.IsBehind);
    }

    [Fact]
    public async Task Who_is_not_told_of_any_more_keeps_what_it_was_asked_until_somebody_else_has_been_there_for_a_while()
    {
        await using var pool = await OpenAsync(new GatewayOptions());
        var first = Announce("first");
        while (!pool.HasInstances) await Task.Yield();
        var asked = pool.Balancer.Pick(_time.GetTimestamp()).Target;

        await first.DisposeAsync();
        while (pool.HasInstances) await Task.Yield();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(asked.Gone.IsCancellationRequested);

        await using var second = Announce("second");
        while (!pool.HasInstances) await Task.Yield();
        Assert.False(asked.Gone.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(asked.Gone.IsCancellationRequested);
        Assert.False(pool.Balancer.Pick(_time.GetTimestamp()).Target.Gone.IsCancellationRequested);
    }

    [Fact]
    public async Task Where_nobody_new_can_come_nobody_waits()
    {
        await using var pool = new Pool(
            Applications.Web,
            new GatewayOptions
            {
                To = new Dictionary<string, IReadOnlyList<Uri>> { ["web"] = [new("http://127.0.0.1:1")] },
            },
            store: null, new GatewayTools(_time, NullLoggerFactory.Instance, _meters));

        Assert.False(await pool.WaitAsync(_time.GetTimestamp(), Ct));
    }

    private Announcement Announce(string id) => new(
        _store, ["web"], new InstanceInfo(id, Address: $"http://{id}"), _time, NullLogger<Announcement>.Instance);

    private async Task<Pool> OpenAsync(GatewayOptions options)
    {
        var pool = new Pool(
            Applications.Web, options, _store, new GatewayTools(_time, NullLoggerFactory.Instance, _meters));
        await pool.KnownAsync(Ct);
        return pool;
    }
}
