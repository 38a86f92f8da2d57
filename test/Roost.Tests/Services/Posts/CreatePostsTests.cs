using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Posts;

/// <summary>ROOST_SEED repeats a run of the comparison, ROOST_RUNS makes it longer.</summary>
public sealed class CreatePostsTests(ITestOutputHelper output)
{
    private static readonly AccountId _ann = new(1);
    private static readonly AccountId _ben = new(2);

    [Fact]
    public async Task A_batch_is_stored_in_order_side_by_side_and_outlives_a_restart()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var before = await network.PostAsync(1);

        var made = await ManyAsync(
            network, BatchItem.Of(new CreatePost(_ann, "a", "cw", true, Visibility.Unlisted, "de", before.Id, [_ben], "x")),
            BatchItem.Of(new CreatePost(_ben, "b"), answers: 0), BatchItem.BoostOf(1, _ann),
            BatchItem.BoostOf(2, _ben), BatchItem.Of(new BoostPost(_ben, before.Id)));
        await network.RestartAsync();

        Assert.All(made, one => Assert.Null(one.Refusal));
        Assert.Equal([2u, 3u, 4u, 5u, 6u], made.Select(one => one.Ref.Seq));
        var posts = await network.Posts.Get(new GetPosts(_ann, [.. made.Select(one => one.Ref)]), TestNetwork.Call);
        Assert.Equal(("a", "cw", true, "de", before.Id, "x"), (
            posts[0]!.Text, posts[0]!.SpoilerText, posts[0]!.Sensitive, posts[0]!.Language, posts[0]!.InReplyTo,
            posts[0]!.AppName));
        Assert.Equal((made[0].Ref.Id, _ann), (posts[1]!.InReplyTo, posts[1]!.Ref.Answered));
        Assert.Equal([made[1].Ref.Id, made[1].Ref.Id, before.Id], posts[2..].Select(post => post!.Boosted));
    }

    [Fact]
    public async Task A_refused_item_says_why_and_leaves_the_others_alone()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var secret = await network.PostAsync(1, visibility: Visibility.Followers);

        var made = await ManyAsync(
            network, BatchItem.Of(new CreatePost(_ann, " ")), BatchItem.Of(new CreatePost(_ann, new string('x', 5_001))),
            BatchItem.Of(new CreatePost(_ann, "to nothing", InReplyTo: new PostId(77))),
            BatchItem.Of(new CreatePost(_ben, "to a secret", InReplyTo: secret.Id)),
            BatchItem.Of(new BoostPost(_ben, secret.Id)), BatchItem.Of(new CreatePost(_ann, "to a refused"), answers: 0),
            BatchItem.BoostOf(5, _ben), BatchItem.Of(new CreatePost(default, "by nobody")), default,
            BatchItem.BoostOf(10, _ben), BatchItem.Of(new CreatePost(_ben, "good")));

        Assert.Equal(
            [
                ErrorCode.Invalid, ErrorCode.Invalid, ErrorCode.NotFound, ErrorCode.NotFound, ErrorCode.NotFound,
                ErrorCode.NotFound, ErrorCode.NotFound, ErrorCode.Invalid, ErrorCode.Invalid, ErrorCode.Invalid, null,
            ],
            made.Select(one => one.Refusal?.Code));
        Assert.Equal(2u, made[^1].Ref.Seq);
        Assert.Contains("Item 9 of the batch", made[9].Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_blocked_answers_and_boosts_nothing_of_the_same_batch_either()
    {
        await using var network = await TestNetwork.StartAsync(3);
        await network.Relations.Block(new Block(_ann, _ben), TestNetwork.Call);
        var before = await network.PostAsync(1);

        var made = await ManyAsync(
            network, BatchItem.Of(new CreatePost(_ann, "a")), BatchItem.Of(new CreatePost(_ben, "b"), answers: 0),
            BatchItem.BoostOf(0, _ben), BatchItem.Of(new BoostPost(new AccountId(3), before.Id)),
            BatchItem.Of(new CreatePost(_ben, "c"), answers: 3), BatchItem.BoostOf(0, new AccountId(3)));

        Assert.Equal(
            [null, ErrorCode.NotFound, ErrorCode.NotFound, null, ErrorCode.NotFound, null],
            made.Select(one => one.Refusal?.Code));
    }

    [Fact]
    public async Task Batches_and_single_posts_at_once_make_each_key_and_boost_once()
    {
        await using var network = await TestNetwork.StartAsync(2);
        var post = await network.PostAsync(1);
        BatchItem[] items =
        [
            BatchItem.Of(new CreatePost(_ann, "once", IdempotencyKey: "k")), BatchItem.Of(new BoostPost(_ben, post.Id)),
            BatchItem.Of(new CreatePost(_ann, "once", IdempotencyKey: "k")), BatchItem.Of(new BoostPost(_ben, post.Id)),
            BatchItem.Of(new CreatePost(_ben, "once", IdempotencyKey: "k")),
        ];

        var batches = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ManyAsync(network, items)));
        var single = await network.Posts.Create(items[0].Post!, TestNetwork.Call);
        await network.RestartAsync();
        var again = await ManyAsync(network, items);

        var made = batches.Append(again).SelectMany(batch => batch).Select(one => one.Ref.Id).Append(single.Id);
        Assert.Equal(3, made.Distinct().Count());
        Assert.Equal(4u, await network.Posts.Locate(LocatePost.End, TestNetwork.Call) - 1);
    }

    [Fact]
    public async Task A_batch_too_large_is_refused_whole()
    {
        await using var network = await TestNetwork.StartAsync(1);
        var item = BatchItem.Of(new CreatePost(_ann, new string('x', 5_000)));

        var tooMany = await Assert.ThrowsAsync<ServiceException>(
            () => ManyAsync(network, new BatchItem[CreatePosts.ItemsMax + 1]));
        var tooLong = await Assert.ThrowsAsync<ServiceException>(
            () => ManyAsync(network, [.. Enumerable.Repeat(item, 3_400)]));

        Assert.Equal((ErrorCode.Invalid, ErrorCode.Invalid), (tooMany.Code, tooLong.Code));
        Assert.Equal(1u, await network.Posts.Locate(LocatePost.End, TestNetwork.Call));
        Assert.Empty(await ManyAsync(network));
    }

    [Fact]
    public async Task Batches_do_what_the_same_posts_and_boosts_do_one_by_one()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("ROOST_SEED") ?? "20251125");
        var runs = int.Parse(Environment.GetEnvironmentVariable("ROOST_RUNS") ?? "5");
        output.WriteLine($"ROOST_SEED={seed} ROOST_RUNS={runs}");
        for (var run = 0; run < runs; run++)
            await RunAsync(seed + run);
    }

    private static async Task RunAsync(int seed)
    {
        var why = $"seed {seed}";
        var random = new Random(seed);
        await using var many = await TestNetwork.StartAsync(4);
        await using var single = await TestNetwork.StartAsync(4);
        await Task.WhenAll(many.FollowAsync(1, 2).AsTask(), single.FollowAsync(1, 2).AsTask());
        // Ids of the same post in both, by the order in which they were made.
        var pairs = new List<(PostId Many, PostId Single)>();
        for (var round = 0; round < 12; round++)
        {
            var items = new BatchItem[random.Next(1, 20)];
            for (var i = 0; i < items.Length; i++)
                items[i] = RandomItem(random, i, pairs);
            var made = await ManyAsync(many, items);
            var ids = new PostId[items.Length];
            for (var i = 0; i < items.Length; i++)
            {
                if (made[i].Refusal is { } later && later.Message.Contains("send it later", StringComparison.Ordinal))
                    continue;
                var (id, refusal) = await OneByOneAsync(single, items[i], ids, pairs);
                ids[i] = id;
                Assert.True(made[i].Refusal?.Code == refusal, $"{why}: item {i} of round {round}: {items[i]}");
                if (refusal is not null)
                    continue;
                var known = pairs.FindIndex(pair => pair.Many == made[i].Ref.Id);
                Assert.True(known < 0 ? pairs.TrueForAll(pair => pair.Single != id) : pairs[known].Single == id, why);
                if (known < 0)
                    pairs.Add((made[i].Ref.Id, id));
            }
            if (pairs.Count > 0 && random.Next(3) == 0)
                await DeleteAsync(many, single, pairs[random.Next(pairs.Count)]);
        }
        await AssertSameAsync(many, single, pairs, why);
    }

    private static BatchItem RandomItem(Random random, int i, List<(PostId Many, PostId Single)> pairs)
    {
        var account = new AccountId(random.Next(1, 5));
        var about = i > 0 && random.Next(2) == 0 ? random.Next(i) : -1;
        var id = about >= 0 ? default
            : random.Next(8) == 0 ? new PostId(99)
            : pairs.Count > 0 && random.Next(2) == 0 ? pairs[random.Next(pairs.Count)].Many
            : default;
        if (random.Next(2) == 0 && (about >= 0 || !id.IsNone))
            return new BatchItem(null, new BoostPost(account, id), about);
        var post = new CreatePost(
            account, random.Next(10) == 0 ? "" : $"text {random.Next()}", Visibility: (Visibility)random.Next(3),
            InReplyTo: id, IdempotencyKey: random.Next(4) == 0 ? $"k{random.Next(4)}" : null);
        return BatchItem.Of(post, random.Next(2) == 0 && id.IsNone ? about : -1);
    }

    private static async Task<(PostId, ErrorCode?)> OneByOneAsync(
        TestNetwork network, BatchItem item, PostId[] ids, List<(PostId Many, PostId Single)> pairs)
    {
        var id = item.Post?.InReplyTo ?? item.Boost!.Id;
        var target = item.About >= 0 ? ids[item.About]
            : pairs.Find(pair => pair.Many == id) is var pair && !pair.Single.IsNone ? pair.Single
            : id;
        if (item.About >= 0 && target.IsNone)
            target = new PostId(99);
        try
        {
            var post = item.Post is not null
                ? await network.Posts.Create(item.Post with { InReplyTo = target }, TestNetwork.Call)
                : await network.Posts.Boost(item.Boost! with { Id = target }, TestNetwork.Call);
            return post is null ? (default, ErrorCode.NotFound) : (post.Id, null);
        }
        catch (ServiceException refusal)
        {
            return (default, refusal.Code);
        }
    }

    private static async Task DeleteAsync(TestNetwork many, TestNetwork single, (PostId Many, PostId Single) pair)
    {
        for (var account = 1; account <= 4; account++)
        {
            await many.Posts.Delete(new DeletePost(new AccountId(account), pair.Many), TestNetwork.Call);
            await single.Posts.Delete(new DeletePost(new AccountId(account), pair.Single), TestNetwork.Call);
        }
    }

    private static async Task AssertSameAsync(
        TestNetwork many, TestNetwork single, List<(PostId Many, PostId Single)> pairs, string why)
    {
        var places = pairs.ToDictionary(pair => pair.Many, pair => pair.Single);
        foreach (var (a, b) in pairs)
        {
            var one = (await many.Posts.Show(new ShowPosts(_ann, GetPosts.One(_ann, a).Refs), TestNetwork.Call))[0];
            var other = (await single.Posts.Show(new ShowPosts(_ann, GetPosts.One(_ann, b).Refs), TestNetwork.Call))[0];
            Assert.True(one.Stats == other.Stats && one.Post is null == other.Post is null, why);
            if (one.Post is not { } made)
                continue;
            Assert.Equal(
                (Of(made.InReplyTo), Of(made.Boosted), made.Text, made.Visibility, made.Author, made.Ref.Answered),
                (other.Post!.InReplyTo, other.Post.Boosted, other.Post.Text, other.Post.Visibility, other.Post.Author,
                    other.Post.Ref.Answered));
        }

        PostId Of(PostId id) => id.IsNone ? id : places[id];
    }

    private static async Task<CreatedPost[]> ManyAsync(TestNetwork network, params BatchItem[] items) =>
        await network.Posts.CreateMany(new CreatePosts(items), TestNetwork.Call);
}
