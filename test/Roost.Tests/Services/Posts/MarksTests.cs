using Roost.Check;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Posts;

/// <summary>Bookmarks, pins, muted threads, and lists of what was done with posts.</summary>
public sealed class MarksTests
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);

    [Fact]
    public async Task What_was_marked_is_marked_once_until_it_is_taken_back_and_after_a_restart()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var post = await network.PostAsync(1);
        var reply = await network.PostAsync(2, inReplyTo: post.Id);
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await MarkAsync(network, _ben, post.Id, PostMark.Bookmark));
            Assert.True(await MarkAsync(network, _ann, post.Id, PostMark.Pin));
            Assert.True(await MarkAsync(network, _ben, reply.Id, PostMark.Mute));
        }

        for (var start = 0; start < 2; start++)
        {
            Assert.Equal((true, true, true), await FlagsAsync(network, _ben, post.Id));
            Assert.Equal((false, false, true), await FlagsAsync(network, _ben, reply.Id));
            Assert.Equal((false, true, false), await FlagsAsync(network, _ann, post.Id));
            Assert.Equal([post.Id], await ListAsync(network, _ben, MarkedKind.Bookmarks));
            Assert.Equal([post.Id], await ListAsync(network, _ann, MarkedKind.Pins));
            await network.RestartAsync(directory => Assert.True(
                DataCheck.Run(directory, repair: false, ct: TestContext.Current.CancellationToken).IsSound));
        }
        await MarkAsync(network, _ben, post.Id, PostMark.Bookmark, isSet: false);
        await MarkAsync(network, _ann, post.Id, PostMark.Pin, isSet: false);
        await MarkAsync(network, _ben, post.Id, PostMark.Mute, isSet: false);

        for (var start = 0; start < 2; start++)
        {
            Assert.Equal((false, false, false), await FlagsAsync(network, _ben, post.Id));
            Assert.Empty(await ListAsync(network, _ben, MarkedKind.Bookmarks));
            Assert.Empty(await ListAsync(network, _ann, MarkedKind.Pins));
            await network.RestartAsync();
        }
    }

    [Fact]
    public async Task A_muted_thread_is_muted_as_a_whole_whatever_of_it_is_deleted()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var root = await network.PostAsync(1, "root");
        var middle = await network.PostAsync(2, "middle", root.Id);
        var leaf = await network.PostAsync(1, "leaf", middle.Id);
        var other = await network.PostAsync(1, "other");
        await MarkAsync(network, _ben, middle.Id, PostMark.Mute);
        await network.Posts.Delete(new DeletePost(_ann, root.Id), TestNetwork.Call);
        await network.RestartAsync();
        var late = await network.PostAsync(1, "late", leaf.Id);

        var muted = await network.Marks.Muted(
            new FindMutedThreads([(_ben, leaf.Ref), (_ben, late.Ref), (_ben, other.Ref), (_ann, leaf.Ref)]),
            TestNetwork.Call);

        Assert.Equal([true, true, false, false], muted);
    }

    [Fact]
    public async Task Five_posts_of_ones_own_can_be_pinned_and_a_deleted_one_makes_room()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var posts = new List<Post>();
        for (var i = 0; i < 6; i++)
            posts.Add(await network.PostAsync(1, $"post {i}"));
        var boost = await network.Posts.Boost(new BoostPost(_ben, posts[0].Id), TestNetwork.Call);
        for (var i = 0; i < 5; i++)
            await MarkAsync(network, _ann, posts[i].Id, PostMark.Pin);

        await RefusedAsync(network, _ann, posts[5].Id, "maximum");
        await RefusedAsync(network, _ben, posts[0].Id, "Someone else's");
        await RefusedAsync(network, _ben, boost!.Id, "Reblogs");
        var direct = await network.PostAsync(_ann.Value, "for u2", visibility: Visibility.Direct, mentions: [2]);
        await RefusedAsync(network, _ann, direct.Id, "only visible to mentioned users");
        Assert.False(await MarkAsync(network, _ann, new PostId(77), PostMark.Pin));
        await network.Posts.Delete(new DeletePost(_ann, posts[1].Id), TestNetwork.Call);
        await network.RestartAsync();
        await MarkAsync(network, _ann, posts[5].Id, PostMark.Pin);

        Assert.Equal(
            [posts[5].Id, posts[4].Id, posts[3].Id, posts[2].Id, posts[0].Id],
            await ListAsync(network, _ann, MarkedKind.Pins));
    }

    [Fact]
    public async Task Lists_are_paged_both_ways_by_the_marks_own_ids_without_what_is_deleted_or_taken_back()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var posts = new List<Post>();
        for (var i = 0; i < 12; i++)
            posts.Add(await network.PostAsync(1, $"post {i}"));
        // Not in the order of the posts.
        int[] order = [3, 0, 7, 1, 11, 2, 9, 4, 10, 5, 8, 6];
        foreach (var i in order)
            await network.Posts.Favourite(new FavouritePost(_ben, posts[i].Id), TestNetwork.Call);
        await network.Posts.Delete(new DeletePost(_ann, posts[11].Id), TestNetwork.Call);
        await network.Posts.Unfavourite(new UnfavouritePost(_ben, posts[6].Id), TestNetwork.Call);
        var wanted = order.Reverse().Where(i => i is not (11 or 6)).Select(i => posts[i].Id).ToArray();

        for (var start = 0; start < 2; start++)
        {
            var first = await PageAsync(new RelationRange(Limit: 4));
            var second = await PageAsync(new RelationRange(Before: first.Items[^1].Id, Limit: 4));
            var third = await PageAsync(new RelationRange(Before: second.Items[^1].Id, Limit: 4));
            var up = await PageAsync(new RelationRange(After: second.Items[^1].Id, Ascending: true, Limit: 3));
            var since = await PageAsync(new RelationRange(After: second.Items[0].Id, Limit: 9));

            Assert.Equal(wanted, first.Items.Concat(second.Items).Concat(third.Items).Select(item => item.Post.Id));
            Assert.Equal((true, true, false), (first.HasMore, second.HasMore, third.HasMore));
            Assert.Equal(wanted[4..7], up.Items.Select(item => item.Post.Id));
            Assert.Equal(wanted[..4], since.Items.Select(item => item.Post.Id));
            Assert.True(since.HasMore);
            await network.RestartAsync();
        }

        async Task<MarkedPage> PageAsync(RelationRange range) =>
            await network.Marks.Marked(new ListMarked(_ben, MarkedKind.Favourites, range), TestNetwork.Call);
    }

    [Fact]
    public async Task Who_favourited_and_boosted_a_post_is_told_to_whom_it_is_shown()
    {
        await using var network = await TestNetwork.StartAsync(4);
        var post = await network.PostAsync(1, "for followers", visibility: Visibility.Followers);
        var open = await network.PostAsync(1, "for all");
        await network.FollowAsync(2, 1);
        await network.Posts.Favourite(new FavouritePost(_ben, post.Id), TestNetwork.Call);
        foreach (var account in (int[])[3, 2, 4])
            await network.Posts.Boost(new BoostPost(new AccountId(account), open.Id), TestNetwork.Call);
        await network.Posts.Unboost(new UnboostPost(new AccountId(2), open.Id), TestNetwork.Call);
        await network.PostAsync(2, "an answer is no boost", open.Id);

        Assert.Equal([_ben], (await WhoAsync(_ann, post, MarkerKind.Favourites))!);
        Assert.Null(await WhoAsync(new AccountId(3), post, MarkerKind.Favourites));
        Assert.Null(await WhoAsync(default, post, MarkerKind.Favourites));
        Assert.Equal([new(4), new(3)], (await WhoAsync(default, open, MarkerKind.Boosts))!);
        await network.Relations.Block(new Block(_ann, new AccountId(3)), TestNetwork.Call);
        Assert.Null(await WhoAsync(new AccountId(3), open, MarkerKind.Boosts));

        async Task<AccountId[]?> WhoAsync(AccountId viewer, Post of, MarkerKind kind) =>
            (await network.Marks.Markers(new ListMarkers(viewer, of.Id, kind, new RelationRange()), TestNetwork.Call))
                ?.Items.Select(item => item.Account).ToArray();
    }

    [Fact]
    public async Task What_is_not_ones_to_see_cannot_be_marked()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var post = await network.PostAsync(1, visibility: Visibility.Followers);

        foreach (var mark in Enum.GetValues<PostMark>())
            Assert.False(await MarkAsync(network, _ben, post.Id, mark));
    }

    private static async Task<bool> MarkAsync(
        TestNetwork network, AccountId account, PostId post, PostMark mark, bool isSet = true) =>
        await network.Marks.Mark(new MarkPost(account, post, mark, isSet), TestNetwork.Call);

    private static async Task RefusedAsync(TestNetwork network, AccountId account, PostId post, string why)
    {
        var refusal = await Assert.ThrowsAsync<ServiceException>(() => MarkAsync(network, account, post, PostMark.Pin));
        Assert.Equal(ErrorCode.Invalid, refusal.Code);
        Assert.Contains(why, refusal.Message);
    }

    private static async Task<PostId[]> ListAsync(TestNetwork network, AccountId account, MarkedKind kind) =>
        [.. (await network.Marks.Marked(new ListMarked(account, kind, new RelationRange()), TestNetwork.Call))
            .Items.Select(item => item.Post.Id)];

    private static async Task<(bool Bookmarked, bool Pinned, bool Muted)> FlagsAsync(
        TestNetwork network, AccountId viewer, PostId post)
    {
        var refs = GetPosts.One(viewer, post).Refs;
        var stats = (await network.Posts.Show(new ShowPosts(viewer, refs), TestNetwork.Call))[0].Stats;
        Assert.Equal(stats, (await network.Posts.Outline(new OutlinePosts(viewer, refs), TestNetwork.Call))[0].Stats);
        return (stats.Bookmarked, stats.Pinned, stats.Muted);
    }
}
