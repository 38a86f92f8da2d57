using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Posts;

/// <summary>Boosts for followers: of posts for followers, by their author only, and of any other post.</summary>
public sealed class OwnBoostTests
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);
    private static readonly AccountId _cyd = new(3);

    [Fact]
    public async Task Ones_own_post_for_followers_is_boosted_for_followers_and_for_nobody_else()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await network.FollowAsync(2, 1);
        var post = await network.PostAsync(
            1, "for those who follow, and u3", visibility: Visibility.Followers, mentions: [3]);
        await network.HomeAsync(2);

        var boost = (await network.Posts.Boost(new BoostPost(_ann, post.Id), TestNetwork.Call))!;

        for (var restarts = 0; restarts < 2; restarts++)
        {
            Assert.Equal(Visibility.Followers, (await OfAsync(network, _ben, boost.Id))!.Visibility);
            Assert.Equal([boost.Id, post.Id], await network.WholeHomeAsync(2, 10));
            Assert.Equal([boost.Id, post.Id], await network.WholeHomeAsync(1, 10));
            Assert.Equal([boost.Id, post.Id], await AccountAsync(network, _ben));
            // Who is named sees the post, and follows nobody who boosts it.
            Assert.Null(await OfAsync(network, _cyd, boost.Id));
            Assert.Equal([post.Id], await AccountAsync(network, _cyd));
            Assert.Empty(await AccountAsync(network, default));
            await network.RestartAsync();
        }
        await network.UnfollowAsync(2, 1);
        Assert.Empty(await network.WholeHomeAsync(2, 10));
        Assert.Null(await OfAsync(network, _ben, boost.Id));
    }

    [Fact]
    public async Task Nobody_else_boosts_it_and_nobody_a_direct_post()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await network.FollowAsync(2, 1);
        var post = await network.PostAsync(1, "for those who follow", visibility: Visibility.Followers);
        var direct = await network.PostAsync(1, "u2", visibility: Visibility.Direct, mentions: [2]);

        Assert.Null(await network.Posts.Boost(new BoostPost(_ben, post.Id), TestNetwork.Call));
        Assert.Null(await network.Posts.Boost(new BoostPost(_cyd, post.Id), TestNetwork.Call));
        Assert.Null(await network.Posts.Boost(new BoostPost(_ann, direct.Id), TestNetwork.Call));
    }

    [Fact]
    public async Task A_boost_for_followers_of_what_everybody_may_see_is_for_them_alone()
    {
        await using var network = await TestNetwork.StartAsync(4);
        await network.FollowAsync(2, 1);
        var post = await network.PostAsync(4, "for everybody");

        var boost = (await network.Posts.Boost(
            new BoostPost(_ann, post.Id, Visibility.Followers), TestNetwork.Call))!;
        var quiet = (await network.Posts.Boost(new BoostPost(_cyd, post.Id, Visibility.Unlisted), TestNetwork.Call))!;

        for (var restarts = 0; restarts < 2; restarts++)
        {
            Assert.Equal(Visibility.Followers, (await OfAsync(network, _ben, boost.Id))!.Visibility);
            Assert.Equal([boost.Id], await network.WholeHomeAsync(2, 10));
            Assert.Equal([boost.Id], await AccountAsync(network, _ben));
            Assert.Null(await OfAsync(network, _cyd, boost.Id));
            Assert.Empty(await AccountAsync(network, _cyd));
            Assert.Equal(Visibility.Unlisted, (await OfAsync(network, default, quiet.Id))!.Visibility);
            Assert.Equal([_cyd], await BoostersAsync(network, _ben, post.Id));
            Assert.Equal([_cyd, _ann], await BoostersAsync(network, _ann, post.Id));
            await network.RestartAsync();
        }
        var refused = await Assert.ThrowsAsync<ServiceException>(async () => await network.Posts.Boost(
            new BoostPost(_ben, post.Id, Visibility.Direct), TestNetwork.Call));
        Assert.Equal(ErrorCode.Invalid, refused.Code);
    }

    [Fact]
    public async Task Batches_go_by_the_same_rules()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await network.FollowAsync(2, 1);
        var post = await network.PostAsync(1, "for those who follow", visibility: Visibility.Followers);

        var created = await network.Posts.CreateMany(
            new CreatePosts([
                BatchItem.Of(new BoostPost(_ann, post.Id)),
                BatchItem.Of(new CreatePost(_ann, "another", Visibility: Visibility.Followers)),
                BatchItem.BoostOf(1, _ann),
                BatchItem.BoostOf(1, _ben),
            ]), TestNetwork.Call);

        Assert.Equal([true, true, true, false], created.Select(one => one.Refusal is null));
        Assert.Null(await OfAsync(network, _cyd, created[0].Ref.Id));
        Assert.Null(await OfAsync(network, _cyd, created[2].Ref.Id));
        Assert.Equal(4, (await network.WholeHomeAsync(2, 10)).Count);
    }

    private static async Task<Post?> OfAsync(TestNetwork network, AccountId viewer, PostId id) =>
        (await network.Posts.Get(GetPosts.One(viewer, id), TestNetwork.Call))[0];

    private static async Task<AccountId[]> BoostersAsync(TestNetwork network, AccountId viewer, PostId post)
    {
        var page = await network.Marks.Markers(
            new ListMarkers(viewer, post, MarkerKind.Boosts, new RelationRange()), TestNetwork.Call);
        return [.. page!.Items.Select(item => item.Account)];
    }

    private static async Task<PostId[]> AccountAsync(TestNetwork network, AccountId viewer)
    {
        var page = await network.Timelines.Account(
            new AccountTimeline(viewer, _ann, new PageRange(), ExcludeReplies: false, ExcludeBoosts: false), TestNetwork.Call);
        return [.. page.Entries.Select(entry => entry.Post.Id)];
    }
}
