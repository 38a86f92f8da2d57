using Roost.Engine.Ids;
using Roost.Services.Conversations;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Conversations;

public sealed class ConversationsTests
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);
    private static readonly AccountId _cat = new(3);

    [Fact]
    public async Task Those_who_take_part_have_a_conversation_each_and_know_what_they_have_not_read()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var first = await DirectAsync(network, _ann, "hi", [_ben]);
        var second = await DirectAsync(network, _ben, "hello", [_ann], first.Id);
        await network.RestartAsync();

        var anns = Assert.Single(await ListAsync(network, _ann));
        var bens = Assert.Single(await ListAsync(network, _ben));

        Assert.Equal([_ben], anns.Others);
        Assert.Equal((second.Id, true), (anns.LastPost, anns.IsUnread));
        Assert.Equal((second.Id, false), (bens.LastPost, bens.IsUnread));
        Assert.Empty(await ListAsync(network, _cat));
        var read = await network.Conversations.Read(new ReadConversation(_ann, anns.Id), TestNetwork.Call);
        Assert.False(read!.IsUnread);
        Assert.Null(await network.Conversations.Read(new ReadConversation(_cat, anns.Id), TestNetwork.Call));
        await network.RestartAsync();
        Assert.False((await ListAsync(network, _ann))[0].IsUnread);
    }

    [Fact]
    public async Task Other_people_make_another_conversation_and_so_does_another_thread()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var first = await DirectAsync(network, _ann, "hi", [_ben]);
        await DirectAsync(network, _ann, "hi both", [_ben, _cat], first.Id);
        var other = await DirectAsync(network, _ann, "something else", [_ben]);
        var alone = await DirectAsync(network, _ann, "a note", []);

        var anns = await ListAsync(network, _ann);

        Assert.Equal(4, anns.Count);
        Assert.Equal([alone.Id, other.Id], anns.Take(2).Select(one => one.LastPost));
        Assert.Empty(anns[0].Others);
        Assert.Single(await ListAsync(network, _cat));
    }

    [Fact]
    public async Task What_is_put_away_comes_back_with_the_next_post()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var first = await DirectAsync(network, _ann, "hi", [_ben]);
        var conversation = (await ListAsync(network, _ben))[0];

        Assert.False(await network.Conversations.End(new EndConversation(_ann, conversation.Id), TestNetwork.Call));
        Assert.True(await network.Conversations.End(new EndConversation(_ben, conversation.Id), TestNetwork.Call));
        Assert.Empty(await ListAsync(network, _ben));
        Assert.Single(await ListAsync(network, _ann));
        await DirectAsync(network, _ann, "are you there?", [_ben], first.Id);

        Assert.NotEqual(conversation.Id, Assert.Single(await ListAsync(network, _ben)).Id);
    }

    [Fact]
    public async Task A_deleted_post_is_no_longer_the_last_and_the_only_one_takes_the_conversation_along()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var first = await DirectAsync(network, _ann, "hi", [_ben]);
        var second = await DirectAsync(network, _ann, "hi again", [_ben], first.Id);

        await network.Posts.Delete(new DeletePost(_ann, second.Id), TestNetwork.Call);
        Assert.Equal(first.Id, (await ListAsync(network, _ben))[0].LastPost);
        await network.Posts.Delete(new DeletePost(_ann, first.Id), TestNetwork.Call);
        await network.RestartAsync();

        Assert.Empty(await ListAsync(network, _ben));
        Assert.Empty(await ListAsync(network, _ann));
    }

    [Fact]
    public async Task Whom_an_edit_names_anew_takes_part()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var post = await DirectAsync(network, _ann, "hi", [_ben]);

        await network.Posts.Edit(new EditPost(_ann, post.Id, "hi both", "", false, null, [_ben, _cat]), TestNetwork.Call);

        Assert.Equal([_ann, _ben], Assert.Single(await ListAsync(network, _cat)).Others);
        Assert.Single(await ListAsync(network, _ben));
    }

    [Fact]
    public async Task Pages_go_down_and_up_by_the_newest_posts()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var posts = new List<PostId>();
        for (var i = 0; i < 5; i++)
            posts.Add((await DirectAsync(network, _ann, $"{i}", [_ben])).Id);

        var newest = await PageAsync(new DirectRange(default, default, false, 2));
        var older = await PageAsync(new DirectRange(newest.Conversations[^1].LastPost, default, false, 3));
        var above = await PageAsync(new DirectRange(default, posts[0], true, 2));

        Assert.Equal([posts[4], posts[3]], newest.Conversations.Select(one => one.LastPost));
        Assert.True(newest.HasOlder);
        Assert.Equal([posts[2], posts[1], posts[0]], older.Conversations.Select(one => one.LastPost));
        Assert.False(older.HasOlder);
        Assert.Equal([posts[2], posts[1]], above.Conversations.Select(one => one.LastPost));

        async Task<ConversationPage> PageAsync(DirectRange range) =>
            await network.Conversations.List(new ListConversations(_ben, range), TestNetwork.Call);
    }

    [Fact]
    public async Task A_direct_post_is_on_no_timeline_but_its_authors_own_page_and_counts_nowhere()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await network.FollowAsync(2, 1);
        await network.HomeAsync(2);
        var open = await network.PostAsync(1, "for all");
        var answer = await DirectAsync(network, _ben, "@u1 quietly", [_ann], open.Id);
        var direct = await DirectAsync(network, _ann, "@u2 hi", [_ben]);
        await network.Timelines.FanOut(new AwaitFanOut(), TestNetwork.Call);

        Assert.Equal([open.Id], (await network.HomeAsync(1)).Entries.Select(entry => entry.Post.Id));
        Assert.Equal([open.Id], (await network.HomeAsync(2)).Entries.Select(entry => entry.Post.Id));
        Assert.Equal([direct.Id, open.Id], await AccountAsync(_ann));
        Assert.Equal([open.Id], await AccountAsync(_ben));
        Assert.Null(await network.Posts.Boost(new BoostPost(_ben, direct.Id), TestNetwork.Call));
        Assert.Null(await network.Posts.Boost(new BoostPost(_ann, direct.Id), TestNetwork.Call));
        Assert.True(await network.Posts.Favourite(new FavouritePost(_ben, direct.Id), TestNetwork.Call));
        Assert.False(await network.Posts.Favourite(new FavouritePost(_cat, direct.Id), TestNetwork.Call));
        Assert.Equal(1, (await network.Posts.Counts(new CountPosts([_ann]), TestNetwork.Call))[0].Posts);
        await network.Posts.Delete(new DeletePost(_ben, answer.Id), TestNetwork.Call);
        await network.RestartAsync();
        var shown = await network.Posts.Show(new ShowPosts(_ann, [open.Ref]), TestNetwork.Call);
        Assert.Equal(0, shown[0].Stats.Replies);

        async Task<IEnumerable<PostId>> AccountAsync(AccountId viewer)
        {
            var page = await network.Timelines.Account(
                new AccountTimeline(viewer, _ann, new PageRange(), false, false), TestNetwork.Call);
            return page.Entries.Select(entry => entry.Post.Id);
        }
    }

    private static async Task<IReadOnlyList<Conversation>> ListAsync(TestNetwork network, AccountId account) =>
        (await network.Conversations.List(
            new ListConversations(account, new DirectRange(default, default, false, 20)), TestNetwork.Call)).Conversations;

    private static async Task<Post> DirectAsync(
        TestNetwork network, AccountId author, string text, AccountId[] mentions, PostId inReplyTo = default) =>
        await network.Posts.Create(
            new CreatePost(
                author, text, Visibility: Visibility.Direct, InReplyTo: inReplyTo, Mentions: mentions), TestNetwork.Call);
}
