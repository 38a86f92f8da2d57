using Roost.Engine.Ids;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Search;

public sealed class SearchServiceTests
{
    [Fact]
    public async Task What_several_people_tag_link_and_boost_trends()
    {
        await using var network = await TestNetwork.StartAsync(5);
        var post = await network.PostAsync(1, "Look #Eclipse https://moon.example/now");
        for (var account = 2; account <= 4; account++)
        {
            await network.PostAsync(account, "wow #eclipse https://moon.example/now/ #only" + account);
            await network.Posts.Boost(new BoostPost(new AccountId(account), post.Id), TestNetwork.Call);
        }
        await network.PostAsync(5, "#secret", visibility: Visibility.Unlisted);
        await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);

        var request = new GetTrends(0, 10);
        var tags = await network.Search.TrendingTags(request, TestNetwork.Call);
        var links = await network.Search.TrendingLinks(request, TestNetwork.Call);
        var posts = await network.Search.TrendingPosts(request, TestNetwork.Call);

        var tag = Assert.Single(tags);
        Assert.Equal(("eclipse", 4, 4), (tag.Name, tag.Days[0].Uses, tag.Days[0].Accounts));
        Assert.Equal("https://moon.example/now", Assert.Single(links).Url);
        Assert.Equal(post.Id, Assert.Single(posts).Id);
    }

    [Fact]
    public async Task Hashtags_of_sensitive_posts_count_and_their_links_do_not()
    {
        await using var network = await TestNetwork.StartAsync(3);
        for (var account = 1; account <= 3; account++)
        {
            await network.Posts.Create(
                new CreatePost(new AccountId(account), "#Sunset https://sun.example", Sensitive: true), TestNetwork.Call);
        }
        await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);

        var found = Assert.Single(await network.Search.Tags(new FindTags("#sunset", 0, 10), TestNetwork.Call));
        Assert.Equal(("Sunset", 3), (found.Name, found.Days[0].Accounts));
        Assert.Equal(3, (await network.Search.Tag(new GetTagUses("sunset"), TestNetwork.Call)).Days[0].Uses);
        Assert.Empty(await network.Search.TrendingLinks(new GetTrends(0, 10), TestNetwork.Call));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1 << 18)]
    public async Task Trends_are_there_again_after_a_restart_and_deleted_posts_are_not(uint saveAfterRecords)
    {
        await using var network = await TestNetwork.StartAsync(
            4, search: new SearchOptions { SaveAfterRecords = saveAfterRecords });
        var post = await network.PostAsync(1, "#eclipse");
        var gone = await network.PostAsync(2, "#eclipse");
        for (var account = 2; account <= 4; account++)
        {
            await network.Posts.Favourite(new FavouritePost(new AccountId(account), post.Id), TestNetwork.Call);
            await network.Posts.Favourite(new FavouritePost(new AccountId(account), gone.Id), TestNetwork.Call);
        }
        await network.Posts.Delete(new DeletePost(new AccountId(2), gone.Id), TestNetwork.Call);

        await network.RestartAsync();
        await network.Search.Ingested(new AwaitIngest { WithTrends = true }, TestNetwork.Call);

        var posts = await network.Search.TrendingPosts(new GetTrends(0, 10), TestNetwork.Call);
        Assert.Equal(post.Id, Assert.Single(posts).Id);
        Assert.Equal("eclipse", (await network.Search.Tags(new FindTags("#ECL", 0, 10), TestNetwork.Call))[0].Name);
    }

    [Fact]
    public async Task People_are_found_by_the_beginnings_of_their_names_those_who_are_followed_first()
    {
        await using var network = await TestNetwork.StartAsync(12);
        await network.FollowAsync(3, 11);
        await network.FollowAsync(4, 12);
        await network.FollowAsync(5, 12);

        await ExpectAsync(new FindPeople(new AccountId(3), "u1", false, 0, 10), 1, 11, 12, 10);
        await ExpectAsync(new FindPeople(default, "@U1", false, 0, 10), 1, 12, 11, 10);
        await ExpectAsync(new FindPeople(new AccountId(3), "user 1", true, 0, 10), 11);
        await ExpectAsync(new FindPeople(default, "user 1", false, 0, 1), 12);
        await ExpectAsync(new FindPeople(default, "@user", false, 0, 10));
        await ExpectAsync(new FindPeople(default, "...", false, 0, 10));

        async Task ExpectAsync(FindPeople request, params int[] ids) => Assert.Equal(
            ids, (await network.Search.People(request, TestNetwork.Call)).Select(id => id.Value));
    }
}
