using Roost.Engine.Ids;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Search;

public sealed class PostSearchTests
{
    [Fact]
    public async Task Posts_are_found_by_what_they_say_newest_first()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var one = await network.PostAsync(1, "Big #Eclipse over New York https://moon.example/now");
        var two = await network.PostAsync(2, "York is new to the éclipse", inReplyTo: one.Id);
        var three = await network.PostAsync(3, "東京タワー");

        await ExpectAsync("eclipse", two, one);
        await ExpectAsync("\"new york\"", one);
        await ExpectAsync("#eclipse", one);
        await ExpectAsync("york -from:u1", two);
        await ExpectAsync("has:link OR 東京", three, one);
        await ExpectAsync("to:u1 is:reply", two);
        await ExpectAsync("moon.example", one);
        await ExpectAsync("タ", three);
        await ExpectAsync("ecl* language:en", two, one);
        await ExpectAsync("from:nobody");
        await ExpectAsync("eclipse before:2020");

        async Task ExpectAsync(string query, params Post[] posts) =>
            Assert.Equal(posts.Select(post => post.Ref.Seq), await SeqsAsync(network, 0, query));
    }

    [Fact]
    public async Task An_edit_is_found_by_its_new_words_and_a_deleted_post_not_at_all_also_after_a_restart()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var edited = await network.PostAsync(1, "first words");
        var gone = await network.PostAsync(1, "second words");
        await network.Posts.Edit(
            new EditPost(new AccountId(1), edited.Id, "better words", "", false, null, []), TestNetwork.Call);
        await network.Posts.Delete(new DeletePost(new AccountId(1), gone.Id), TestNetwork.Call);

        for (var start = 0; start < 2; start++)
        {
            Assert.Equal(Seqs(edited.Ref.Seq), await SeqsAsync(network, 0, "words"));
            Assert.Equal(Seqs(edited.Ref.Seq), await SeqsAsync(network, 0, "better"));
            Assert.Empty(await SeqsAsync(network, 0, "first"));
            await network.RestartAsync();
        }
    }

    [Fact]
    public async Task What_is_not_public_is_found_by_its_author_and_those_named_only()
    {
        await using var network = await TestNetwork.StartAsync(3);
        var post = await network.Posts.Create(
            new CreatePost(
                new AccountId(1), "our secret", Visibility: Visibility.Followers, Mentions: [new AccountId(2)]),
            TestNetwork.Call);

        Assert.Equal(Seqs(post.Ref.Seq), await SeqsAsync(network, 1, "secret"));
        Assert.Equal(Seqs(post.Ref.Seq), await SeqsAsync(network, 2, "secret in:library"));
        Assert.Empty(await SeqsAsync(network, 3, "secret"));
        Assert.Empty(await SeqsAsync(network, 0, "secret"));
    }

    [Fact]
    public async Task Pages_fit_together_while_posts_come_in_and_can_be_read_upwards()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var posts = new List<Post>();
        for (var i = 0; i < 25; i++)
            posts.Add(await network.PostAsync(1 + i % 2, "same #tag"));
        var wanted = posts.Select(post => post.Ref.Seq).Reverse().ToArray();

        var first = await TaggedAsync(new SearchRange(Limit: 10));
        await network.PostAsync(1, "same #tag");
        var second = await TaggedAsync(new SearchRange(Limit: 10, Below: first.Next));
        var third = await TaggedAsync(new SearchRange(Before: posts[5].Id, Limit: 10));
        var above = await TaggedAsync(new SearchRange(After: posts[5].Id, Oldest: true, Limit: 4));
        var since = await TaggedAsync(new SearchRange(Before: posts[9].Id, After: posts[6].Id));

        Assert.Equal(wanted[..20], first.Refs.Concat(second.Refs).Select(found => found.Seq));
        Assert.Equal(wanted[20..], third.Refs.Select(found => found.Seq));
        Assert.Null(third.Next);
        Assert.Equal(posts[6..10].Select(post => post.Ref.Seq).Reverse(), above.Refs.Select(found => found.Seq));
        Assert.Equal([posts[8].Ref.Seq, posts[7].Ref.Seq], since.Refs.Select(found => found.Seq));

        async Task<FoundPosts> TaggedAsync(SearchRange range)
        {
            await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);
            return await network.Search.Tagged(new FindTagged(default, ["Tag"], [], [], false, range), TestNetwork.Call);
        }
    }

    [Fact]
    public async Task By_relevance_pages_fit_together_and_count_what_others_did()
    {
        await using var network = await TestNetwork.StartAsync(4);
        var posts = new List<Post>();
        for (var i = 0; i < 25; i++)
            posts.Add(await network.PostAsync(1, "same words"));
        foreach (var account in new[] { 2, 3, 4 })
            await network.Posts.Favourite(new FavouritePost(new AccountId(account), posts[3].Id), TestNetwork.Call);
        await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);

        var seqs = new List<uint>();
        var range = new SearchRange(Limit: 10) { ByRelevance = true };
        for (var isEnd = false; !isEnd;)
        {
            var page = await network.Search.Posts(new FindPosts(default, "words", default, range), TestNetwork.Call);
            seqs.AddRange(page.Refs.Select(post => post.Seq));
            isEnd = page.IsEnd;
            range = range with { Ranked = page.NextRanked };
        }

        Assert.Equal(posts[3].Ref.Seq, seqs[0]);
        Assert.Equal(posts.Select(post => post.Ref.Seq), seqs.Order());
    }

    [Fact]
    public async Task A_wrong_query_is_answered_with_its_place()
    {
        await using var network = await TestNetwork.StartAsync(1);

        var found = await network.Search.Posts(
            new FindPosts(default, "a has:x", default, new SearchRange()), TestNetwork.Call);

        Assert.Equal(6, found.Error!.Offset);
    }

    private static uint[] Seqs(params uint[] seqs) => seqs;

    private static async Task<uint[]> SeqsAsync(TestNetwork network, int viewer, string query)
    {
        await network.Search.Ingested(new AwaitIngest(), TestNetwork.Call);
        var found = await network.Search.Posts(
            new FindPosts(new AccountId(viewer), query, default, new SearchRange()), TestNetwork.Call);
        Assert.Null(found.Error);
        Assert.False(found.IsPartial);
        return [.. found.Refs.Select(post => post.Seq)];
    }
}
