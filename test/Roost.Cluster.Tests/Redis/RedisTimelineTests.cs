using Roost.Services.Timelines;
using Roost.Services.Timelines.Redis;
using Roost.Tests;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Cluster.Tests.Redis;

/// <summary>Home timelines whose inboxes are in a Redis Cluster.</summary>
public sealed class RedisTimelineTests : HomeTimelineContract, IClassFixture<SharedRedis>
{
    private readonly SharedRedis _redis;

    public RedisTimelineTests(SharedRedis redis, ITestOutputHelper output) : base(output)
    {
        if (redis.Missing is { } missing) Assert.Skip(missing);
        _redis = redis;
    }

    protected override int Steps => 400;

    private protected override TimelinesOptions In(TimelinesOptions options) =>
        options with { Redis = new RedisOptions(RedisServers.Parse(_redis.Place)) };

    private protected override TimeProvider ClockOf(FakeTime time) => new RealTimers(time);

    private protected override Task ForgetAsync(TestNetwork network, FakeTime time) => _redis.TellAllAsync("FLUSHALL");
}
