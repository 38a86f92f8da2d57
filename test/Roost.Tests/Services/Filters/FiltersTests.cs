using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Filters;

public sealed class FiltersTests
{
    private static Call Call => TestNetwork.Call;

    [Fact]
    public async Task A_hidden_post_is_left_out_where_the_filter_holds_and_pages_stay_full()
    {
        await using var network = await TestNetwork.StartAsync(2);
        await network.FollowAsync(1, 2);
        var posts = new List<Post>();
        for (var i = 0; i < 30; i++)
            posts.Add(await network.PostAsync(2, i % 3 == 0 ? "a spoiler!" : $"number {i}"));
        await MakeAsync(network, FilterContexts.Home, FilterAction.Hide, "spoiler");

        var home = await network.HomeAsync(1, new PageRange(Limit: 20));
        var account = await network.Timelines.Account(
            new AccountTimeline(new(1), new(2), new PageRange(Limit: 20), false, false), Call);

        Assert.Equal(20, home.Entries.Count);
        Assert.Equal(posts.Where((_, i) => i % 3 != 0).Reverse().Select(post => post.Id), home.Entries.Select(one => one.Post.Id));
        Assert.Equal(posts[^1].Id, account.Entries[0].Post.Id);
        Assert.All(account.Entries, entry => Assert.Null(entry.Filtered));
    }

    [Fact]
    public async Task A_warning_says_which_keywords_and_posts_matched_also_within_boosts_but_not_on_ones_own_posts()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await network.FollowAsync(1, 2);
        var post = await network.PostAsync(3, "Spoilers and ELECTIONS");
        await network.Posts.Boost(new BoostPost(new(2), post.Id), Call);
        await network.PostAsync(1, "my own spoiler");
        var filter = await MakeAsync(network, FilterContexts.Home, FilterAction.Warn, "spoilers", "elections", "nothing");
        await network.Filters.AddPost(new AddFilteredPost(new(1), filter.Id, post.Id), Call);
        await network.RestartAsync();

        var home = await network.HomeAsync(1);

        Assert.Null(home.Entries[0].Filtered);
        var match = Assert.Single(home.Entries[1].Filtered!);
        Assert.Equal(["spoilers", "elections"], match.Keywords);
        Assert.Equal([post.Id], match.Posts);
        Assert.NotNull(home.Entries[1].Boosted!.Filtered);
    }

    [Fact]
    public async Task Filters_expire_change_and_end_and_the_next_page_obeys()
    {
        var time = new FakeTime();
        await using var network = await TestNetwork.StartAsync(2, time: time);
        await network.FollowAsync(1, 2);
        await network.PostAsync(2, "a spoiler");
        var filter = await network.Filters.Make(
            new MakeFilter(
                new(1), "t", FilterContexts.Home, FilterAction.Hide, TimeSpan.FromHours(1),
                [new KeywordEdit(0, "spoiler", true)]), Call);
        Assert.Empty((await network.HomeAsync(1)).Entries);
        time.Advance(TimeSpan.FromHours(2));
        Assert.Single((await network.HomeAsync(1)).Entries);

        await network.Filters.Change(
            new ChangeFilter(new(1), filter.Id, null, null, null, new ExpiryChange(null), []), Call);
        Assert.Empty((await network.HomeAsync(1)).Entries);
        await network.Filters.ChangeKeyword(new ChangeKeyword(new(1), filter.Keywords[0].Id, "other", null), Call);
        Assert.Single((await network.HomeAsync(1)).Entries);
        await network.Filters.Change(
            new ChangeFilter(
                new(1), filter.Id, "u", FilterContexts.Home, FilterAction.Warn, null,
                [new KeywordEdit(filter.Keywords[0].Id, null, null, IsEnded: true), new KeywordEdit(0, "SPOIL", false)]), Call);
        Assert.Single(Assert.Single((await network.HomeAsync(1)).Entries).Filtered!);
        Assert.True(await network.Filters.End(new EndFilter(new(1), filter.Id), Call));
        Assert.Null(Assert.Single((await network.HomeAsync(1)).Entries).Filtered);
    }

    [Fact]
    public async Task Nobody_touches_the_filters_of_others_and_wrong_ones_are_refused()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var filter = await MakeAsync(network, FilterContexts.Home, FilterAction.Hide, "word");

        Assert.False(await network.Filters.End(new EndFilter(new(2), filter.Id), Call));
        Assert.False(await network.Filters.EndKeyword(new EndKeyword(new(2), filter.Keywords[0].Id), Call));
        Assert.Null(await network.Filters.AddKeyword(new AddKeyword(new(2), filter.Id, "x", false), Call));
        await RefusedAsync(new MakeFilter(new(1), " ", FilterContexts.Home, FilterAction.Warn, null, []));
        await RefusedAsync(new MakeFilter(new(1), "t", FilterContexts.None, FilterAction.Warn, null, []));
        await RefusedAsync(new MakeFilter(new(1), "t", FilterContexts.Home, FilterAction.Warn, TimeSpan.Zero, []));
        await RefusedAsync(new MakeFilter(
            new(1), "t", FilterContexts.Home, FilterAction.Warn, null, [new KeywordEdit(0, "", null)]));
        Assert.Single(await network.Filters.All(new ListFilters(new(1)), Call));

        async Task RefusedAsync(MakeFilter request) => Assert.Equal(
            ErrorCode.Invalid,
            (await Assert.ThrowsAsync<ServiceException>(async () => await network.Filters.Make(request, Call))).Code);
    }

    private static async Task<Filter> MakeAsync(
        TestNetwork network, FilterContexts contexts, FilterAction action, params string[] keywords) =>
        await network.Filters.Make(
            new MakeFilter(
                new AccountId(1), "title", contexts, action, null,
                [.. keywords.Select(keyword => new KeywordEdit(0, keyword, true))]), Call);
}
