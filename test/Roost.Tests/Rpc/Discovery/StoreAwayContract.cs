using Microsoft.Extensions.Logging.Abstractions;
using Roost.Rpc.Balancing;
using Roost.Rpc.Discovery;
using Xunit;

namespace Roost.Tests.Rpc.Discovery;

/// <summary>What discovery does while a store is away that processes share.</summary>
public abstract class StoreAwayContract
{
    protected abstract IClusterStore Open();

    /// <summary>Takes the store away; ends when it is.</summary>
    protected abstract Task BreakAsync(IClusterStore store);

    /// <summary>Brings it back, with what it had or empty.</summary>
    protected abstract Task MendAsync();

    [Fact]
    public async Task While_the_store_is_away_the_last_known_instances_stay_and_afterwards_all_goes_on()
    {
        using var store = Open();
        using var told = new Told();
        await using var watcher = new ServiceWatcher(
            store, "users", told.Take, TimeProvider.System, NullLogger<ServiceWatcher>.Instance);
        InstanceInfo one = new("one", Address: "http://127.0.0.1:1");
        await using var first = new Announcement(
            store, ["users"], one, TimeProvider.System, NullLogger<Announcement>.Instance);
        await told.When(instances => instances.SequenceEqual([one]));

        await BreakAsync(store);
        Assert.Equal([one], told.Last);

        await MendAsync();
        InstanceInfo two = new("two", Address: "http://127.0.0.1:2");
        await using var second = new Announcement(
            store, ["users"], two, TimeProvider.System, NullLogger<Announcement>.Instance);
        await told.When(instances => instances.SequenceEqual([one, two]));
    }
}
