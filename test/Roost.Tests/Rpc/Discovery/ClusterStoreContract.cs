using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;
using Xunit;

namespace Roost.Tests.Rpc.Discovery;

/// <summary>What every cluster store keeps to. Each test uses keys of its own: stores may be shared.</summary>
public abstract class ClusterStoreContract
{
    private readonly string _prefix = $"test/{Guid.NewGuid():N}/";

    protected abstract IClusterStore Store { get; }

    /// <summary>Lets time pass where the store has a clock that tests move; elsewhere it passes by itself.</summary>
    protected virtual void Pass(TimeSpan time)
    {
    }

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_put_is_read_in_the_order_of_keys_until_it_is_removed()
    {
        var b = await Store.PutAsync(_prefix + "b", "2", Ct);
        var a = await Store.PutAsync(_prefix + "a", "é", Ct);
        await Store.PutAsync(_prefix[..^1] + "0", "beside", Ct);

        var both = await Store.ReadAsync(_prefix, Ct);
        Assert.Equal([new(_prefix + "a", "é", a!.Value), new(_prefix + "b", "2", b!.Value)], both.Entries);
        Assert.True(a > b && both.Revision >= a);

        Assert.True(await Store.DeleteAsync(_prefix + "a", Ct));
        Assert.False(await Store.DeleteAsync(_prefix + "a", Ct));
        Assert.Equal([_prefix + "b"], (await Store.ReadAsync(_prefix, Ct)).Entries.Select(entry => entry.Key));
    }

    [Fact]
    public async Task A_key_that_is_not_as_expected_stays_as_it_is()
    {
        var made = await Store.PutAsync(_prefix + "k", "1", Ct, expected: 0);
        Assert.NotNull(made);
        Assert.Null(await Store.PutAsync(_prefix + "k", "2", Ct, expected: 0));
        Assert.Null(await Store.PutAsync(_prefix + "k", "2", Ct, expected: made - 1));

        var changed = await Store.PutAsync(_prefix + "k", "3", Ct, expected: made);

        Assert.True(changed > made);
        Assert.Equal("3", Assert.Single((await Store.ReadAsync(_prefix, Ct)).Entries).Value);
    }

    [Fact]
    public async Task Writers_who_compare_lose_no_change()
    {
        await Store.PutAsync(_prefix + "n", "0", Ct);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var done = 0; done < 10;)
            {
                var entry = Assert.Single((await Store.ReadAsync(_prefix, Ct)).Entries);
                var next = int.Parse(entry.Value, CultureInfo.InvariantCulture) + 1;
                if (await Store.PutAsync(
                    entry.Key, next.ToString(CultureInfo.InvariantCulture), Ct, expected: entry.Revision) is not null)
                {
                    done++;
                }
            }
        }));

        Assert.Equal("40", Assert.Single((await Store.ReadAsync(_prefix, Ct)).Entries).Value);
    }

    [Fact]
    public async Task A_watch_tells_all_changes_after_a_revision_those_of_the_past_too()
    {
        var start = await Store.PutAsync(_prefix + "a", "before", Ct);
        await Store.PutAsync(_prefix + "a", "1", Ct);
        await Store.PutAsync(_prefix[..^1] + "0", "beside", Ct);
        await Store.DeleteAsync(_prefix + "a", Ct);
        await using var watch = Store.WatchAsync(_prefix, start!.Value, Ct).GetAsyncEnumerator(Ct);

        var first = await Next(watch);
        var second = await Next(watch);
        await Store.PutAsync(_prefix + "b", "live", Ct);
        var third = await Next(watch);

        Assert.Equal([(_prefix + "a", "1"), (_prefix + "a", null), (_prefix + "b", "live")],
            new[] { first, second, third }.Select(change => (change.Key, change.Value)));
        Assert.True(start < first.Revision && first.Revision < second.Revision && second.Revision < third.Revision);
    }

    [Fact]
    public async Task Entries_go_with_their_lease_and_watches_hear_of_it()
    {
        var lease = await Store.GrantAsync(TimeSpan.FromSeconds(60), Ct);
        var revision = await Store.PutAsync(_prefix + "held", "x", Ct, lease);
        await Store.PutAsync(_prefix + "stays", "y", Ct);
        Assert.True(await Store.KeepAliveAsync(lease, Ct));

        await Store.RevokeAsync(lease, Ct);

        await using var watch = Store.WatchAsync(_prefix, revision!.Value, Ct).GetAsyncEnumerator(Ct);
        Assert.Equal(_prefix + "stays", (await Next(watch)).Key);
        var gone = await Next(watch);
        Assert.Equal((_prefix + "held", null), (gone.Key, gone.Value));
        Assert.False(await Store.KeepAliveAsync(lease, Ct));
        await Store.RevokeAsync(lease, Ct);
        var refused = await Assert.ThrowsAsync<ServiceException>(
            async () => await Store.PutAsync(_prefix + "late", "x", Ct, lease));
        Assert.Equal(ErrorCode.NotFound, refused.Code);
    }

    [Fact]
    public async Task A_lease_that_is_not_kept_alive_ends_and_watches_hear_of_it()
    {
        var second = TimeSpan.FromSeconds(1);
        var lease = await Store.GrantAsync(second, Ct);
        var revision = await Store.PutAsync(_prefix + "held", "x", Ct, lease);
        await using var watch = Store.WatchAsync(_prefix, revision!.Value, Ct).GetAsyncEnumerator(Ct);

        Pass(second);

        var gone = await Next(watch);
        Assert.Equal((_prefix + "held", null), (gone.Key, gone.Value));
        Assert.Empty((await Store.ReadAsync(_prefix, Ct)).Entries);
        Assert.False(await Store.KeepAliveAsync(lease, Ct));
    }

    [Fact]
    public async Task A_later_holder_has_a_greater_token()
    {
        var first = await Store.GrantAsync(TimeSpan.FromSeconds(60), Ct);
        var token = await Store.PutAsync(_prefix + "writer", "one", Ct, first, expected: 0);
        await Store.RevokeAsync(first, Ct);
        var second = await Store.GrantAsync(TimeSpan.FromSeconds(60), Ct);

        var later = await Store.PutAsync(_prefix + "writer", "two", Ct, second, expected: 0);

        Assert.True(later > token);
        await Store.RevokeAsync(second, Ct);
    }

    [Fact]
    public async Task Instances_are_known_within_a_second_and_gone_when_they_say_so()
    {
        var service = Guid.NewGuid().ToString("N");
        using var told = new Told();
        await using var watcher = new ServiceWatcher(
            Store, service, told.Take, TimeProvider.System, NullLogger<ServiceWatcher>.Instance);
        await watcher.FirstRead;

        var start = TimeProvider.System.GetTimestamp();
        InstanceInfo info = new("one", "a", 2, "http://127.0.0.1:1");
        var announcement = new Announcement(
            Store, [service, service + "-other"], info, TimeProvider.System, NullLogger<Announcement>.Instance);
        await told.When(instances => instances.SequenceEqual([info]));
        await announcement.DisposeAsync();
        await told.When(instances => instances.Count == 0);

        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 2);
    }

    private static async Task<ClusterChange> Next(IAsyncEnumerator<ClusterChange> watch)
    {
        Assert.True(await watch.MoveNextAsync());
        return watch.Current;
    }
}

/// <summary>What a watcher told, to be waited for.</summary>
internal sealed class Told : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _news = new(0);
    private IReadOnlyList<InstanceInfo> _last = [];

    public IReadOnlyList<InstanceInfo> Last
    {
        get
        {
            lock (_lock) return _last;
        }
    }

    public void Take(IReadOnlyList<InstanceInfo> instances)
    {
        lock (_lock) _last = instances;
        _news.Release();
    }

    public async Task When(Func<IReadOnlyList<InstanceInfo>, bool> isSo)
    {
        while (!isSo(Last)) await _news.WaitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => _news.Dispose();
}
