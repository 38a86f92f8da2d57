using System.Diagnostics.Metrics;
using Roost.Engine.Ids;
using Roost.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Timelines;

public sealed class RebuildTests
{
    [Fact]
    public async Task However_many_requests_wait_for_an_inbox_it_is_built_once()
    {
        await using var network = await SlowNetwork.StartAsync(new TimelinesOptions());
        var first = network.HomeAsync(1);
        await network.Rebuilding;

        var others = Enumerable.Range(0, 20).Select(_ => network.HomeAsync(1)).ToArray();
        network.LetGo();

        Assert.All(await Task.WhenAll([first, .. others]), page => Assert.Equal(network.Posts, Ids(page)));
        Assert.Equal(1, network.Rebuilds);
    }

    [Fact]
    public async Task Who_waits_too_long_for_an_inbox_is_answered_from_the_fallback()
    {
        await using var network = await SlowNetwork.StartAsync(new TimelinesOptions());
        var page = network.HomeAsync(1);
        await network.Rebuilding;

        network.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(network.Posts, Ids(await page));
        network.LetGo();
    }

    [Fact]
    public async Task No_more_are_rebuilt_at_a_time_than_allowed_and_the_rest_are_served_all_the_same()
    {
        await using var network = await SlowNetwork.StartAsync(new TimelinesOptions { RebuildsAtOnceMax = 1 });
        var first = network.HomeAsync(1);
        await network.Rebuilding;

        var refused = await network.HomeAsync(2);
        var rebuildsMeanwhile = network.Rebuilds;
        network.LetGo();
        await first;
        var again = await network.HomeAsync(2);

        Assert.Equal(network.Posts, Ids(refused));
        Assert.Equal(network.Posts, Ids(await first));
        Assert.Equal(network.Posts, Ids(again));
        Assert.Equal(1, rebuildsMeanwhile);
        Assert.Equal(2, network.Rebuilds);
    }

    [Fact]
    public async Task Rebuilding_takes_no_more_than_its_share_and_goes_on_when_that_is_saved_up_again()
    {
        await using var network = await SlowNetwork.StartAsync(
            new TimelinesOptions { RebuildShare = 0.5, RebuildWaitMax = TimeSpan.FromSeconds(10) });
        var first = network.HomeAsync(1);
        await network.Rebuilding;
        network.Time.Advance(TimeSpan.FromSeconds(5));
        network.LetGo();
        await first;

        var refused = await network.HomeAsync(2);
        var rebuiltUntilThen = network.Rebuilds;
        network.Time.Advance(TimeSpan.FromSeconds(10));
        var later = await network.HomeAsync(2);

        Assert.Equal(network.Posts, Ids(refused));
        Assert.Equal(1, rebuiltUntilThen);
        Assert.Equal(network.Posts, Ids(later));
        Assert.Equal(2, network.Rebuilds);
    }

    private static IEnumerable<PostId> Ids(TimelinePage page) => page.Entries.Select(entry => entry.Post.Id);

    /// <summary>A Timelines service over a network whose Posts service answers the first rebuild only when it is let
    /// to. Accounts 1 to 3 follow 4, who has posted.</summary>
    private sealed class SlowNetwork : IAsyncDisposable
    {
        private const int RebuildLimit = 800;

        private readonly TestNetwork _network;
        private readonly TimelinesService _timelines;
        private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _mayGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _rebuilds;

        private SlowNetwork(TestNetwork network, TimelinesOptions options, IMeterFactory meters)
        {
            _network = network;
            var posts = network.Posts with
            {
                Newest = async (request, call) =>
                {
                    if (request.Limit == RebuildLimit)
                    {
                        Interlocked.Increment(ref _rebuilds);
                        _began.TrySetResult();
                        await _mayGo.Task;
                    }
                    return await network.Posts.Newest(request, call);
                },
            };
            _timelines = new TimelinesService(
                options, new TimelinesPeers(network.Users, network.Graph, network.Lists, posts), Time,
                Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance, new TimelinesMetrics(meters));
        }

        public FakeTime Time { get; } = new();

        public List<PostId> Posts { get; } = [];

        public int Rebuilds => Volatile.Read(ref _rebuilds);

        public Task Rebuilding => _began.Task;

        public static async Task<SlowNetwork> StartAsync(TimelinesOptions options)
        {
            var network = await TestNetwork.StartAsync(4);
            var slow = new SlowNetwork(network, options, network.Meters);
            for (var follower = 1; follower <= 3; follower++)
                await network.FollowAsync(follower, 4);
            for (var i = 0; i < 5; i++)
                slow.Posts.Insert(0, (await network.PostAsync(4)).Id);
            await slow._timelines.StartAsync(TestContext.Current.CancellationToken);
            return slow;
        }

        public void LetGo() => _mayGo.SetResult();

        public async Task<TimelinePage> HomeAsync(int account) => await _timelines.Api.Home(
            new HomeTimeline(new AccountId(account), new PageRange()), TestNetwork.Call);

        public async ValueTask DisposeAsync()
        {
            await _timelines.DisposeAsync();
            await _network.DisposeAsync();
        }
    }
}
