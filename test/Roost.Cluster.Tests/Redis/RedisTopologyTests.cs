using Roost.Services.Timelines;
using Roost.Services.Timelines.Redis;
using Xunit;

namespace Roost.Cluster.Tests.Redis;

/// <summary>What operators and the cluster itself do to who has which inboxes, and that home timelines do not show
/// it.</summary>
public sealed class RedisTopologyTests : IClassFixture<SharedRedis>
{
    private const int Master = 1;

    private readonly SharedRedis _redis;
    private readonly ITestOutputHelper _output;

    public RedisTopologyTests(SharedRedis redis, ITestOutputHelper output)
    {
        if (redis.Missing is { } missing) Assert.Skip(missing);
        (_redis, _output) = (redis, output);
    }

    private TimelinesOptions Options => new()
    {
        DeliveriesPerTurn = 6,
        RebuildShare = 1,
        Redis = new RedisOptions(RedisServers.Parse(_redis.Place))
        {
            ReadWaitMax = TimeSpan.FromMilliseconds(200),
            WriteWaitMax = TimeSpan.FromSeconds(1),
        },
    };

    [Fact]
    public async Task Slots_are_moved_with_their_inboxes_while_all_goes_on()
    {
        // Two groups and more: there is one every 256 slots.
        const int Slots = 600;
        var moving = Task.CompletedTask;

        await StoryThrough.TellAsync(
            "slots are moved", Options,
            () =>
            {
                moving = _redis.MoveSlotsAsync(from: 0, to: 2, Slots);
                return Task.CompletedTask;
            },
            () => moving, _output);

        Assert.Contains($" {Slots}-", await _redis.AskAsync(0, "CLUSTER", "NODES"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replica_takes_the_place_of_a_master_that_is_killed()
    {
        var replica = await _redis.AddReplicaAsync(Master);

        await StoryThrough.TellAsync(
            "a replica takes over", Options, () => _redis.KillAsync(Master),
            async () =>
            {
                while (!(await _redis.AskAsync(replica, "ROLE")).StartsWith("master", StringComparison.Ordinal))
                    TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }, _output);

        await _redis.StartAsync(Master);
        Assert.StartsWith("slave", await _redis.AskAsync(Master, "ROLE"), StringComparison.Ordinal);
    }
}
