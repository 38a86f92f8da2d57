using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Posts;

public sealed class PostsServiceTests
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);

    [Fact]
    public async Task A_post_is_there_after_a_restart_as_it_was_written()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var written = await network.Posts.Create(
            new CreatePost(
                _ann, "Grüße, 世界 🌍\n@u2", "spoiler", true, Visibility.Unlisted, "de", default, [_ben], "toot"),
            TestNetwork.Call);

        await network.RestartAsync();

        var read = await OneAsync(network, written.Id);
        Assert.NotNull(read);
        Assert.Equal(written.Mentions, read.Mentions);
        Assert.Equal(written with { Mentions = [] }, read with { Mentions = [] });
    }

    [Fact]
    public async Task What_is_answered_is_what_will_be_read_back_half_surrogate_pairs_and_empty_names_too()
    {
        await using var network = await TestNetwork.StartAsync(1);
        var odd = new CreatePost(_ann, "a \ud800 b 🌍", "\udc00", Language: "", AppName: "");

        var written = await network.Posts.Create(odd, TestNetwork.Call);
        var many = await network.Posts.CreateMany(new CreatePosts([BatchItem.Of(odd)]), TestNetwork.Call);
        var kept = await OneAsync(network, many[0].Ref.Id);
        await network.RestartAsync();

        Assert.Equal("a \ufffd b 🌍", written.Text);
        Assert.Equal(written, (await OneAsync(network, written.Id))! with { Mentions = written.Mentions });
        Assert.Equal(kept, (await OneAsync(network, kept!.Id))! with { Mentions = kept.Mentions });
    }

    [Fact]
    public async Task The_same_idempotency_key_answers_the_same_post_also_at_once_and_after_a_restart()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var request = new CreatePost(_ann, "once", IdempotencyKey: "k");
        var posts = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => network.Posts.Create(request, TestNetwork.Call).AsTask()));
        var others = await network.Posts.Create(request with { Author = _ben }, TestNetwork.Call);

        await network.RestartAsync();
        var again = await network.Posts.Create(request, TestNetwork.Call);

        Assert.Single(posts.Append(again).Select(post => post.Id).Distinct());
        Assert.NotEqual(again.Id, others.Id);
    }

    [Fact]
    public async Task An_idempotency_key_is_forgotten_after_an_hour()
    {
        var time = new FakeTime();
        await using var network = await TestNetwork.StartAsync(1, time: time);
        var request = new CreatePost(_ann, "twice", IdempotencyKey: "k");
        var first = await network.Posts.Create(request, TestNetwork.Call);

        time.Advance(TimeSpan.FromMinutes(59));
        var soon = await network.Posts.Create(request, TestNetwork.Call);
        time.Advance(TimeSpan.FromMinutes(2));
        var late = await network.Posts.Create(request, TestNetwork.Call);

        Assert.Equal(first.Id, soon.Id);
        Assert.NotEqual(first.Id, late.Id);
    }

    [Fact]
    public async Task However_often_and_at_once_one_boosts_and_favourites_it_counts_once()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var post = await network.PostAsync(1);

        var boosts = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            _ => network.Posts.Boost(new BoostPost(_ben, post.Id), TestNetwork.Call).AsTask()));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(
            _ => network.Posts.Favourite(new FavouritePost(_ben, post.Id), TestNetwork.Call).AsTask()));
        await network.RestartAsync();

        Assert.Single(boosts.Select(boost => boost!.Id).Distinct());
        Assert.Equal(new PostStats(0, 1, 1, true, true), await StatsAsync(network, _ben, post.Id));
        Assert.Equal(new PostStats(0, 1, 1, false, false), await StatsAsync(network, _ann, post.Id));
    }

    [Fact]
    public async Task What_is_taken_back_can_be_done_again()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var post = await network.PostAsync(1);
        var first = await network.Posts.Boost(new BoostPost(_ben, post.Id), TestNetwork.Call);

        Assert.True(await network.Posts.Unboost(new UnboostPost(_ben, post.Id), TestNetwork.Call));
        Assert.True(await network.Posts.Unboost(new UnboostPost(_ben, post.Id), TestNetwork.Call));
        Assert.Null(await OneAsync(network, first!.Id));
        var second = await network.Posts.Boost(new BoostPost(_ben, post.Id), TestNetwork.Call);

        Assert.NotEqual(first.Id, second!.Id);
        Assert.Equal(1, (await StatsAsync(network, _ben, post.Id)).Boosts);
    }

    [Fact]
    public async Task A_deleted_post_takes_its_boosts_with_it_and_leaves_its_thread()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var root = await network.PostAsync(1);
        var middle = await network.PostAsync(2, "answer", root.Id);
        var leaf = await network.PostAsync(1, "and again", middle.Id);
        var boost = await network.Posts.Boost(new BoostPost(_ann, middle.Id), TestNetwork.Call);

        Assert.Null(await network.Posts.Delete(new DeletePost(_ann, middle.Id), TestNetwork.Call));
        Assert.NotNull(await network.Posts.Delete(new DeletePost(_ben, middle.Id), TestNetwork.Call));
        await network.RestartAsync();

        Assert.Null(await OneAsync(network, middle.Id));
        Assert.Null(await OneAsync(network, boost!.Id));
        Assert.Equal(0, (await StatsAsync(network, _ann, root.Id)).Replies);
        var thread = await network.Posts.Thread(new GetThread(_ann, leaf.Id), TestNetwork.Call);
        Assert.Equal([root.Id], thread!.Ancestors.Select(post => post.Id));
        Assert.Null(await network.Posts.Delete(new DeletePost(_ben, middle.Id), TestNetwork.Call));
    }

    [Fact]
    public async Task A_thread_is_told_depth_first_older_answers_before_younger()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var root = await network.PostAsync(1, "0");
        var a = await network.PostAsync(2, "a", root.Id);
        var b = await network.PostAsync(2, "b", root.Id);
        var a1 = await network.PostAsync(1, "a1", a.Id);

        var thread = await network.Posts.Thread(new GetThread(default, root.Id), TestNetwork.Call);

        Assert.Equal([a.Id, a1.Id, b.Id], thread!.Descendants.Select(post => post.Id));
        Assert.Empty(thread.Ancestors);
    }

    [Fact]
    public async Task An_edit_changes_what_everybody_reads_and_outlives_a_restart()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var post = await network.PostAsync(1, "frist");
        await OneAsync(network, post.Id);

        Assert.Null(
            await network.Posts.Edit(new EditPost(_ben, post.Id, "mine", "", false, null, []), TestNetwork.Call));
        await network.Posts.Edit(new EditPost(_ann, post.Id, "first", "cw", true, "en", [_ben]), TestNetwork.Call);
        var before = await OneAsync(network, post.Id);
        await network.RestartAsync();
        var after = await OneAsync(network, post.Id);

        Assert.Equal("first", before!.Text);
        Assert.NotNull(before.EditedAt);
        Assert.Equal(
            (before.Text, before.SpoilerText, before.Sensitive, before.EditedAt),
            (after!.Text, after.SpoilerText, after.Sensitive, after.EditedAt));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    public async Task A_post_without_words_is_refused(string text)
    {
        await using var network = await TestNetwork.StartAsync(1);

        var refusal = await Assert.ThrowsAsync<ServiceException>(() => network.PostAsync(1, text));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
    }

    [Fact]
    public async Task A_post_too_long_or_answering_nothing_is_refused()
    {
        await using var network = await TestNetwork.StartAsync(1);

        var tooLong = await Assert.ThrowsAsync<ServiceException>(() => network.PostAsync(1, new string('x', 5_001)));
        var gone = await Assert.ThrowsAsync<ServiceException>(() => network.PostAsync(1, "yes", new PostId(77)));

        Assert.Equal(ErrorCode.Invalid, tooLong.Code);
        Assert.Equal(ErrorCode.NotFound, gone.Code);
    }

    [Fact]
    public async Task The_feed_tells_everything_in_order_from_any_place_and_then_what_comes()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var post = await network.PostAsync(1);
        await network.Posts.Favourite(new FavouritePost(_ben, post.Id), TestNetwork.Call);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var kinds = new List<PostEventKind>();
        await foreach (var batch in network.Posts.Feed(0, stop.Token).WithCancellation(stop.Token))
        {
            foreach (var post1 in batch.ToArray())
                kinds.Add(post1.Kind);
            if (kinds.Count == 2)
                await network.Posts.Boost(new BoostPost(_ben, post.Id), TestNetwork.Call);
            if (kinds.Count == 3)
                break;
        }

        Assert.Equal([PostEventKind.Post, PostEventKind.Favourite, PostEventKind.Boost], kinds);
    }

    [Fact]
    public async Task An_authors_last_day_is_that_of_the_newest_post_that_is_not_deleted()
    {
        var time = new FakeTime();
        await using var network = await TestNetwork.StartAsync(1, time: time);
        var posts = new List<Post>();
        for (var day = 0; day < 4; day++)
        {
            posts.Add(await network.Posts.Create(new CreatePost(_ann, $"day {day}"), TestNetwork.Call));
            time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Equal((4, posts[3]), await LastAsync());
        await DeleteAsync(posts[2]);
        Assert.Equal((3, posts[3]), await LastAsync());
        await DeleteAsync(posts[3]);
        Assert.Equal((2, posts[1]), await LastAsync());
        await network.RestartAsync();
        Assert.Equal((2, posts[1]), await LastAsync());
        await DeleteAsync(posts[1]);
        await DeleteAsync(posts[0]);
        Assert.Equal((0, null), await LastAsync());

        async Task DeleteAsync(Post post) =>
            await network.Posts.Delete(new DeletePost(_ann, post.Id), TestNetwork.Call);

        async Task<(int, Post?)> LastAsync()
        {
            var counts = (await network.Posts.Counts(new CountPosts([_ann]), TestNetwork.Call))[0];
            return (counts.Posts, posts.Find(post => DateOnly.FromDateTime(post.At.UtcDateTime) == counts.LastOn));
        }
    }

    private static async Task<Post?> OneAsync(TestNetwork network, PostId id) =>
        (await network.Posts.Get(GetPosts.One(default, id), TestNetwork.Call))[0];

    private static async Task<PostStats> StatsAsync(TestNetwork network, AccountId viewer, PostId id) =>
        (await network.Posts.Show(new ShowPosts(viewer, GetPosts.One(viewer, id).Refs), TestNetwork.Call))[0].Stats;
}
