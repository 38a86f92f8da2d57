using Roost.Rpc;
using Roost.Services.Timelines;
using Roost.Services.Timelines.Redis;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Cluster.Tests.Redis;

/// <summary>Inboxes in a server that speaks TLS and asks for a password.</summary>
public sealed class SecureRedisTests : IClassFixture<SecureRedis>
{
    private readonly SecureRedis _redis;

    public SecureRedisTests(SecureRedis redis)
    {
        if (redis.Missing is { } missing) Assert.Skip(missing);
        _redis = redis;
    }

    private string Place => $"rediss://roost:p%40ss@{_redis.Place}?ca={_redis.AuthorityFile}";

    [Fact]
    public async Task Home_timelines_are_read_from_inboxes_that_came_over_tls()
    {
        var options = new TimelinesOptions
        {
            Redis = new RedisOptions(RedisServers.Parse(Place)) { ReadWaitMax = TimeSpan.FromSeconds(10) },
        };
        await using var network = await TestNetwork.StartAsync(2, options);
        await network.FollowAsync(1, 2);
        await network.HomeAsync(1);
        using var reads = new InboxReads(network.Meters);
        var post = await network.PostAsync(2);
        await network.Timelines.FanOut(new AwaitFanOut(), TestNetwork.Call);

        // Built at the first read, and told to Redis meanwhile.
        while (reads.FromInboxes == 0) Assert.Equal([post.Id], await network.WholeHomeAsync(1, 20));
    }

    [Theory]
    [InlineData("redis://roost:p%40ss@{0}", "does not answer")]
    [InlineData("rediss://roost:p%40ss@{0}", "certificate")]
    [InlineData("rediss://roost:wrong@{0}?ca={1}", "WRONGPASS")]
    [InlineData("rediss://{0}?ca={1}", "NOAUTH")]
    public async Task Who_is_not_trusted_or_not_let_in_is_told_why(string place, string why)
    {
        var servers = RedisServers.Parse(string.Format(null, place, _redis.Place, _redis.AuthorityFile));

        var refusal = await Assert.ThrowsAsync<ServiceException>(() => RedisLine.ConnectAsync(
            servers.Seeds[0], servers, "test", TimeSpan.FromSeconds(10), TimeProvider.System,
            TestContext.Current.CancellationToken));

        Assert.Contains(why, refusal.Detail, StringComparison.Ordinal);
    }
}
