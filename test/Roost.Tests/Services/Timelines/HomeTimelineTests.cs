using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Timelines;

public sealed class HomeTimelineTests
{
    [Fact]
    public async Task People_read_what_those_they_follow_post_and_what_they_post_themselves()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await network.FollowAsync(1, 2);

        var hers = await network.PostAsync(2);
        await network.PostAsync(3);
        var own = await network.PostAsync(1);

        Assert.Equal([own.Id, hers.Id], await network.WholeHomeAsync(1, 20));
    }

    [Fact]
    public async Task Following_brings_what_was_there_and_unfollowing_takes_it_away()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var post = await network.PostAsync(2);
        Assert.Empty(await network.WholeHomeAsync(1, 20));

        await network.FollowAsync(1, 2);
        var after = await network.WholeHomeAsync(1, 20);
        await network.UnfollowAsync(1, 2);

        Assert.Equal([post.Id], after);
        Assert.Empty(await network.WholeHomeAsync(1, 20));
    }

    [Fact]
    public async Task A_reply_reaches_those_who_follow_both_and_the_two_themselves()
    {
        await using var network = await TestNetwork.StartAsync(5);
        await network.FollowAsync(3, 1);
        await network.FollowAsync(4, 1);
        await network.FollowAsync(4, 2);
        var question = await network.PostAsync(1);

        var answer = await network.PostAsync(2, "yes", question.Id);

        Assert.Equal([answer.Id, question.Id], await network.WholeHomeAsync(1, 20));
        Assert.Equal([answer.Id], await network.WholeHomeAsync(2, 20));
        Assert.Equal([question.Id], await network.WholeHomeAsync(3, 20));
        Assert.Equal([answer.Id, question.Id], await network.WholeHomeAsync(4, 20));
        Assert.Empty(await network.WholeHomeAsync(5, 20));
    }

    [Fact]
    public async Task A_timeline_goes_on_beyond_what_the_inbox_holds()
    {
        await using var network = await TestNetwork.StartAsync(2);
        await network.FollowAsync(1, 2);
        await network.HomeAsync(1);
        var posts = new List<PostId>();
        for (var i = 0; i < 1_000; i++)
            posts.Insert(0, (await network.PostAsync(2)).Id);

        await network.Timelines.FanOut(new AwaitFanOut(), TestNetwork.Call);

        Assert.Equal(posts, await network.WholeHomeAsync(1, 40));
        Assert.Equal(posts, await network.WholeHomeUpwardsAsync(1, 40));
    }

    [Fact]
    public async Task A_page_is_full_though_posts_on_it_were_deleted()
    {
        await using var network = await TestNetwork.StartAsync(1);
        var posts = new List<PostId>();
        for (var i = 0; i < 60; i++)
            posts.Add((await network.PostAsync(1)).Id);
        foreach (var id in posts.Skip(20))
            await network.Posts.Delete(new DeletePost(new AccountId(1), id), TestNetwork.Call);

        var page = await network.HomeAsync(1);

        Assert.Equal(posts.Take(20).Reverse(), page.Entries.Select(entry => entry.Post.Id));
        Assert.False(page.HasOlder);
    }

    [Fact]
    public async Task Who_may_not_see_a_post_for_followers_does_not_find_it_anywhere()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await network.FollowAsync(2, 1);
        var post = await network.PostAsync(1, visibility: Visibility.Followers);

        Assert.NotNull(await OneAsync(network, 2, post.Id));
        Assert.Null(await OneAsync(network, 3, post.Id));
        Assert.Null(await OneAsync(network, 0, post.Id));
        Assert.Null(await network.Posts.Boost(new BoostPost(new AccountId(2), post.Id), TestNetwork.Call));
        Assert.Empty((await network.Timelines.Account(
            new AccountTimeline(new AccountId(3), new AccountId(1), new PageRange(), false, false), TestNetwork.Call)).Entries);
        Assert.Empty(
            (await network.Timelines.Public(new PublicTimeline(default, new PageRange()), TestNetwork.Call)).Entries);
    }

    [Fact]
    public async Task A_page_may_hold_a_post_its_boosts_and_what_is_gone_in_any_order()
    {
        await using var network = await TestNetwork.StartAsync(4);
        var post = await network.PostAsync(1, "boosted twice");
        var other = await network.PostAsync(2, "boosted once");
        var gone = await network.PostAsync(3, "deleted");
        var boosts = new List<Post?>();
        foreach (var (account, what) in new[] { (3, post), (4, other), (2, post), (4, gone) })
            boosts.Add(await network.Posts.Boost(new BoostPost(new AccountId(account), what.Id), TestNetwork.Call));
        await network.Posts.Delete(new DeletePost(new AccountId(3), gone.Id), TestNetwork.Call);
        PostRef[] refs =
            [boosts[3]!.Ref, boosts[2]!.Ref, gone.Ref, boosts[1]!.Ref, post.Ref, boosts[0]!.Ref, boosts[2]!.Ref];

        var entries = await network.Timelines.Hydrate(new HydratePosts(new AccountId(4), refs), TestNetwork.Call);

        Assert.Equal(
            [
                null, "u2: u1 boosted twice", null, "u4: u2 boosted once",
                "u1 boosted twice", "u3: u1 boosted twice", "u2: u1 boosted twice",
            ],
            entries.Select(Told));
        Assert.Equal(2, entries[4]!.Stats.Boosts);
        Assert.True(entries[3]!.Boosted!.Stats.Boosted);

        static string? Told(TimelineEntry? entry) => entry is null ? null
            : entry.Boosted is null ? $"{entry.Author.Account.Username} {entry.Post.Text}"
            : $"{entry.Author.Account.Username}: {Told(entry.Boosted)}";
    }

    [Fact]
    public async Task The_long_absent_lose_their_inbox_and_find_everything_when_they_return()
    {
        var time = new FakeTime();
        await using var network = await TestNetwork.StartAsync(2, time: time);
        await network.FollowAsync(1, 2);
        await network.HomeAsync(1);
        await network.HomeAsync(2);
        Assert.Equal(2, (await network.Timelines.FanOut(new AwaitFanOut(), TestNetwork.Call)).Inboxes);

        time.Advance(TimeSpan.FromDays(29));
        await network.HomeAsync(2);
        time.Advance(TimeSpan.FromDays(2));
        await WaitAsync(async () => (await network.Timelines.FanOut(new AwaitFanOut(), TestNetwork.Call)).Inboxes == 1);
        var post = await network.PostAsync(2);

        Assert.Equal([post.Id], await network.WholeHomeAsync(1, 20));
    }

    [Fact]
    public async Task When_memory_for_inboxes_is_used_up_timelines_are_right_all_the_same()
    {
        await using var network = await TestNetwork.StartAsync(
            2_000, new TimelinesOptions { InboxBytesMax = 4 << 20, RebuildShare = 1 });
        var posts = new List<PostId>();
        for (var i = 0; i < 40; i++)
            posts.Insert(0, (await network.PostAsync(1)).Id);

        for (var account = 2; account <= 2_000; account++)
        {
            await network.FollowAsync(account, 1);
            Assert.Equal(posts.Take(20), (await network.HomeAsync(account)).Entries.Select(entry => entry.Post.Id));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(41)]
    [InlineData(-1)]
    public async Task A_page_of_no_sensible_size_is_refused(int limit)
    {
        await using var network = await TestNetwork.StartAsync(1);

        var refusal = await Assert.ThrowsAsync<ServiceException>(
            () => network.HomeAsync(1, new PageRange(Limit: limit)));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
    }

    private static async Task<TimelineEntry?> OneAsync(TestNetwork network, int viewer, PostId id) =>
        (await network.Timelines.Hydrate(
            new HydratePosts(new AccountId(viewer), GetPosts.One(default, id).Refs), TestNetwork.Call))[0];

    /// <summary>Waits for what a background loop does after its timer went off, by asking until it is done.</summary>
    private static async Task WaitAsync(Func<Task<bool>> isDone)
    {
        while (!await isDone())
            await Task.Yield();
    }
}
