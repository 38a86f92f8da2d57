using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Posts;

public sealed class PostFeedElsewhereTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_that_is_posted_comes_once_and_in_order_also_over_failures_of_the_service()
    {
        const int Posts = 60;
        await using var network = await TestNetwork.StartAsync(1);
        var own = PostFeedElsewhere.Of(network.Posts.Feed, TimeProvider.System);
        var calls = 0;
        var feed = new PostFeedApi((request, call) => ++calls % 3 == 0
            ? throw new ServiceException(ErrorCode.Unavailable, "Away.")
            : own.Events(request, call));
        for (var i = 0; i < Posts / 2; i++) await network.PostAsync(1);
        var told = new List<uint>();

        var reading = Task.Run(async () =>
        {
            await foreach (var batch in feed.Follow(TimeProvider.System)(0, Ct).WithCancellation(Ct))
            {
                foreach (var one in batch.ToArray()) told.Add(one.Ref.Seq);
                if (told.Count >= Posts) break;
            }
        }, Ct);
        for (var i = 0; i < Posts / 2; i++) await network.PostAsync(1);
        await reading;

        Assert.Equal(Enumerable.Range(1, Posts).Select(seq => (uint)seq), told);
    }

    [Fact]
    public async Task A_batch_is_4096_events_at_most_and_says_how_old_they_are()
    {
        const int Events = 5_000;
        var time = new FakeTime();
        time.Advance(TimeSpan.FromSeconds(1));
        var committed = time.GetTimestamp();
        var all = Enumerable.Range(1, Events).Select(seq => new PostEvent(
            PostEventKind.Post, new PostRef(new PostId(seq), (uint)seq, PostKind.Post, new(1), default),
            Visibility.Public, 0, seq == 1 ? 0 : committed)).ToArray();
        time.Advance(TimeSpan.FromMilliseconds(250));
        var feed = PostFeedElsewhere.Of((after, _) => After((int)after), time);

        var first = await feed.Events(new AwaitPostEvents(0, TimeSpan.FromSeconds(1)), Call.Until(Ct));
        var rest = await feed.Events(new AwaitPostEvents(4_096, TimeSpan.FromSeconds(1)), Call.Until(Ct));

        Assert.Equal((4_096, Events - 4_096), (first.Events.Count, rest.Events.Count));
        Assert.Equal([-1, 250_000, 250_000], first.Ages.Take(3));
        Assert.All(first.Events, one => Assert.Equal(0, one.CommittedAt));
        time.Advance(TimeSpan.FromSeconds(1));
        await using var here = feed.Follow(time)(0, Ct).GetAsyncEnumerator(Ct);
        Assert.True(await here.MoveNextAsync());
        Assert.Equal([0, committed, committed], here.Current[..3].ToArray().Select(one => one.CommittedAt));

        async IAsyncEnumerable<ReadOnlyMemory<PostEvent>> After(int after)
        {
            yield return all.AsMemory(after);
            await Task.CompletedTask;
        }
    }

    [Fact]
    public async Task When_nothing_is_posted_the_wait_is_over_and_a_wait_out_of_range_is_refused()
    {
        var time = new FakeTime();
        await using var network = await TestNetwork.StartAsync(1);
        var feed = PostFeedElsewhere.Of(network.Posts.Feed, time);

        var waiting = feed.Events(new AwaitPostEvents(0, TimeSpan.FromSeconds(1)), Call.Until(Ct)).AsTask();
        while (!waiting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Empty((await waiting).Events);
        foreach (var seconds in (int[])[-1, 0, 4])
        {
            await Assert.ThrowsAsync<ServiceException>(async () => await feed.Events(
                new AwaitPostEvents(0, TimeSpan.FromSeconds(seconds)), Call.Until(Ct)));
        }
    }
}
