using Roost.Engine.Ids;
using Roost.Services.Timelines;
using Roost.Services.Timelines.Redis;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Cluster.Tests.Redis;

/// <summary>What happens to servers that have inboxes, and that home timelines do not show it.</summary>
public sealed class RedisFaultTests : IClassFixture<SharedRedis>
{
    private const int Victim = 1;
    private const int Readers = 12;

    private readonly SharedRedis _redis;
    private readonly ITestOutputHelper _output;

    public RedisFaultTests(SharedRedis redis, ITestOutputHelper output)
    {
        if (redis.Missing is { } missing) Assert.Skip(missing);
        (_redis, _output) = (redis, output);
    }

    /// <summary>Of a network that soon gives a server up.</summary>
    private TimelinesOptions Impatient => Waiting(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1));

    /// <summary>Of one that waits for it, however busy the machine is.</summary>
    private TimelinesOptions Patient => Waiting(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));

    [Theory]
    [InlineData(Fault.KilledAndBackWithItsLog)]
    [InlineData(Fault.KilledAndBackEmpty)]
    [InlineData(Fault.Stopped)]
    [InlineData(Fault.Emptied)]
    public async Task Whatever_happens_to_a_server_timelines_are_what_a_naive_model_says(Fault fault)
    {
        await StoryThrough.TellAsync($"{fault}", Impatient, () => BeginAsync(fault), () => EndAsync(fault), _output);
    }

    [Fact]
    public async Task After_a_restart_inboxes_are_read_as_they_were_left_and_get_what_was_on_its_way()
    {
        await using var network = await TestNetwork.StartAsync(Readers, Patient);
        // Redis is looked for beside the start; who comes before it was found gets no inbox.
        var posts = new List<PostId> { (await network.PostAsync(Readers)).Id };
        await SettleAsync(network);
        for (var reader = 1; reader <= Readers; reader++)
        {
            await network.FollowAsync(reader, Readers + 1 - reader);
            await network.HomeAsync(reader);
        }
        for (var i = 0; i < 30; i++)
            posts.Insert(0, (await network.PostAsync(Readers)).Id);
        await SettleAsync(network);
        // Some of these are delivered before the end, some after the start.
        for (var i = 0; i < 100; i++)
            posts.Insert(0, (await network.PostAsync(Readers)).Id);

        using var reads = new InboxReads(network.Meters);
        await network.RestartAsync();
        Assert.Equal(posts, await network.WholeHomeAsync(1, 40));
        await SettleAsync(network);

        Assert.Equal(posts, await network.WholeHomeAsync(1, 40));
        for (var reader = 1; reader <= Readers; reader++)
            await network.HomeAsync(reader);
        Assert.Equal(0, reads.Rebuilds);
        Assert.Equal(0, reads.FromFallback);
        Assert.True(reads.FromInboxes > Readers);
    }

    [Fact]
    public async Task Inboxes_of_another_network_or_of_a_past_that_never_was_are_not_read()
    {
        await using var network = await TestNetwork.StartAsync(2, Patient);
        await network.FollowAsync(1, 2);
        await network.HomeAsync(1);
        var before = await network.PostAsync(2);
        await SettleAsync(network);
        // As if the log had been put back to an older state, and others had posted since.
        foreach (var server in Enumerable.Range(0, RedisEngine.Servers))
        {
            var keys = await _redis.AskAsync(server, "KEYS", "*m");
            foreach (var key in keys.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var mark = InboxMark.Parse(await _redis.AskAsync(server, "GET", key))!.Value;
                var other = mark with { UpTo = mark.UpTo + 10, Id = mark.Id + 1 };
                Assert.Equal("OK", await _redis.AskAsync(server, "SET", key, other.ToString()));
            }
        }

        await network.RestartAsync();
        await SettleAsync(network);
        var after = await network.PostAsync(2);
        await SettleAsync(network);

        Assert.Equal([after.Id, before.Id], await network.WholeHomeAsync(1, 20));
    }

    private TimelinesOptions Waiting(TimeSpan read, TimeSpan write) => new()
    {
        DeliveriesPerTurn = 6,
        RebuildShare = 1,
        RebuildWaitMax = TimeSpan.FromSeconds(10),
        Redis = new RedisOptions(RedisServers.Parse(_redis.Place)) { ReadWaitMax = read, WriteWaitMax = write },
    };

    private async Task BeginAsync(Fault fault)
    {
        switch (fault)
        {
            case Fault.Stopped:
                _redis.Send(Victim, Signal.Stop);
                break;
            case Fault.Emptied:
                await _redis.TellAllAsync("FLUSHALL");
                break;
            default:
                await _redis.KillAsync(Victim);
                break;
        }
    }

    private async Task EndAsync(Fault fault)
    {
        switch (fault)
        {
            case Fault.Stopped:
                _redis.Send(Victim, Signal.Continue);
                break;
            case Fault.KilledAndBackEmpty:
                _redis.Empty(Victim);
                await _redis.StartAsync(Victim);
                break;
            case Fault.KilledAndBackWithItsLog:
                await _redis.StartAsync(Victim);
                break;
            default:
                // Over at once.
                break;
        }
    }

    private static async Task SettleAsync(TestNetwork network) =>
        await network.Timelines.FanOut(new AwaitFanOut(), TestNetwork.Call);

    public enum Fault
    {
        KilledAndBackWithItsLog,
        KilledAndBackEmpty,
        Stopped,
        Emptied,
    }
}
