using Roost.Engine.Search;
using Roost.Engine.Search.Queries;
using Xunit;

namespace Roost.Tests.Engine.Search;

public sealed class SearchIndexTests(ITestOutputHelper output)
{
    /// <summary>Set to run as many queries as that, such as 100000, instead of the few of every day.</summary>
    internal const string QueriesVariable = "ROOST_SEARCH_QUERIES";

    /// <summary>What a round asks; the next begins with other posts, since a scan of many takes long.</summary>
    internal const int QueriesPerRound = 500;

    /// <summary>How many rounds a test of so many cases runs in each.</summary>
    internal static int RoundsOf(int cases) =>
        int.TryParse(Environment.GetEnvironmentVariable(QueriesVariable), out var queries)
            ? Math.Max(1, queries / cases / QueriesPerRound)
            : 1;

    [Theory]
    [InlineData(1, 1 << 23)]
    [InlineData(2, 900)]
    [InlineData(3, 100)]
    [InlineData(4, 3_000)]
    public void Any_query_finds_what_a_scan_of_all_posts_finds(int seed, int segmentPostsMax)
    {
        var rounds = RoundsOf(cases: 4);
        output.WriteLine($"seeds {seed}, {seed + 4}, … {seed + (4 * (rounds - 1))}, segments of {segmentPostsMax}");
        for (var round = 0; round < rounds; round++) RunRound(seed + (4 * round), segmentPostsMax);
    }

    private static void RunRound(int seed, int segmentPostsMax)
    {
        var random = new Random(seed);
        var world = new SearchWorld(random);
        var naive = new NaiveIndex();
        var index = new SearchIndex(Options(segmentPostsMax));
        var images = new Dictionary<uint, byte[]>();
        try
        {
            for (var done = 0; done < QueriesPerRound; done++)
            {
                var steps = done < 100 ? 40 : 3;
                for (var step = 0; step < steps; step++) Change(random, world, index, naive);
                if (random.Next(40) == 0)
                    index.CloseActive();
                if (random.Next(10) == 0)
                    index.SealNext(TestContext.Current.CancellationToken);
                if (random.Next(10) == 0)
                    Map(index, images);
                if (random.Next(60) == 0)
                    index = Restart(index, ref images);
                Compare(random, world, index, naive, $"seed {seed}, query {done}");
            }
        }
        finally
        {
            index.Dispose();
        }
    }

    /// <summary>Has the oldest sealed segment read from an image of it.</summary>
    internal static void Map(SearchIndex index, Dictionary<uint, byte[]> images)
    {
        var segment = index.Segments.FirstOrDefault(one => one.Form == SearchSegmentForm.Sealed);
        if (segment.Serial == 0)
            return;
        images[segment.Serial] = SavedImages.Write(index, segment.Serial);
        Assert.True(index.Replace(SearchMapping.Open(SavedImages.Image(images[segment.Serial]))));
    }

    /// <summary>Writes all there is, and opens it again.</summary>
    private static SearchIndex Restart(SearchIndex index, ref Dictionary<uint, byte[]> images)
    {
        SavedImages.SealAll(index);
        var saved = SavedImages.Of(index, images, withActive: true);
        index.Dispose();
        var opened = saved.Open(index.Options);
        images = saved.ByOpenedSerial(opened);
        return opened;
    }

    [Fact]
    public void A_room_gets_what_a_page_has_also_of_searches_inside_of_searches_and_one_term_takes_no_memory()
    {
        var random = new Random(14);
        var world = new SearchWorld(random);
        using var index = new SearchIndex(Options(700));
        for (var i = 0; i < 2_000; i++) Add(world.NextPost(), index, null);
        index.SealNext(TestContext.Current.CancellationToken);
        var (room, inner) = (new SearchRoom(), new SearchRoom());
        for (var i = 0; i < 300; i++)
        {
            var other = new SearchRequest { Query = world.NextQuery(), Limit = random.Next(1, 40) };
            var request = new SearchRequest { Query = world.NextQuery(), Limit = random.Next(1, 40), WorkMax = random.Next(1, 5_000) };
            var page = index.Search(request);
            index.Newest(other, inner);
            index.Newest(request with { Allows = Allows }, room);
            Assert.Equal(page.Hits, room.Hits.ToArray());
            Assert.Equal((page.IsPartial, page.Next, page.Work), (room.IsPartial, room.Next, room.Work));
            Assert.Equal(index.Search(other).Hits, inner.Hits.ToArray());

            bool Allows(SearchHit hit)
            {
                index.Newest(other, inner);
                return true;
            }
        }

        var term = new SearchRequest { Query = new TermNode(new SearchTerm("#w0")) };
        index.Newest(term, room);
        var before = GC.GetAllocatedBytesForCurrentThread();
        index.Newest(term, room);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Throws<ArgumentException>(() => index.Newest(term with { Relevance = new Relevance(world.Time) }, room));
    }

    [Fact]
    public void Pages_follow_each_other_without_holes_while_posts_arrive()
    {
        var random = new Random(11);
        var world = new SearchWorld(random);
        var naive = new NaiveIndex();
        using var index = new SearchIndex(Options(700));
        for (var i = 0; i < 3_000; i++) Add(world.NextPost(), index, naive);
        var query = new TermNode(new SearchTerm("#w0"));
        var before = SearchKey.Newest;
        var expected = naive.Newest(query, before, int.MaxValue);

        var read = new List<SearchHit>();
        for (SearchKey? next = before; next is { } from;)
        {
            var page = index.Search(new SearchRequest { Query = query, Before = from, Limit = 7 });
            read.AddRange(page.Hits);
            next = page.Next;
            // What comes now is newer than where the next page begins, or was late and would belong to a page gone by.
            for (var i = 0; i < 5; i++) Add(world.NextPost() with { UnixMilliseconds = world.Time + 1_000_000 }, index, naive);
        }

        Assert.Equal(expected, read);
    }

    [Fact]
    public void A_search_out_of_work_says_so_and_goes_on_from_there()
    {
        var random = new Random(12);
        var world = new SearchWorld(random);
        var naive = new NaiveIndex();
        using var index = new SearchIndex(Options(700));
        for (var i = 0; i < 3_000; i++) Add(world.NextPost(), index, naive);
        var query = new AndNode([new TermNode(new SearchTerm("#w0")), new NotNode(new TermNode(new SearchTerm("w1")))]);

        var read = new List<SearchHit>();
        var partial = 0;
        for (SearchKey? next = SearchKey.Newest; next is { } from;)
        {
            var page = index.Search(new SearchRequest { Query = query, Before = from, Limit = 100, WorkMax = 60 });
            read.AddRange(page.Hits);
            partial += page.IsPartial ? 1 : 0;
            next = page.Next;
        }

        Assert.Equal(naive.Newest(query, SearchKey.Newest, int.MaxValue), read);
        Assert.True(partial > 0, "No page was partial.");
    }

    [Fact]
    public void What_a_reader_may_not_see_is_passed_over_and_the_page_is_full_all_the_same()
    {
        var world = new SearchWorld(new Random(13));
        var naive = new NaiveIndex();
        using var index = new SearchIndex(Options(700));
        for (var i = 0; i < 2_000; i++) Add(world.NextPost(), index, naive);

        var page = index.Search(new SearchRequest { Query = AndNode.All, Allows = hit => hit.Seq % 3 == 0 });

        Assert.Equal(
            naive.Newest(AndNode.All, SearchKey.Newest, int.MaxValue).Where(hit => hit.Seq % 3 == 0).Take(20), page.Hits);
    }

    [Fact]
    public void A_post_that_may_not_fit_is_refused_until_something_is_dropped()
    {
        var world = new SearchWorld(new Random(14));
        using var index = new SearchIndex(Options(1 << 20) with { BytesMax = 16 << 20 });
        var post = world.NextPost();
        while (Add(post, index, null))
        {
            Assert.True(index.Bytes <= 16 << 20, $"{index.Bytes} bytes are over the budget.");
            post = world.NextPost();
        }
        Assert.Equal(0u, index.DropOldest());

        index.CloseActive();
        Assert.True(index.SealNext(TestContext.Current.CancellationToken));
        Assert.Equal(1u, index.DropOldest());

        Assert.True(Add(post, index, null), "There was room after dropping.");
        Assert.Single(index.Search(new SearchRequest { Query = AndNode.All }).Hits);
    }

    internal static SearchIndexOptions Options(int segmentPostsMax) => new()
    {
        SegmentPostsMax = segmentPostsMax,
        ChunkBytes = 1 << 16,
        BytesMax = 1 << 30,
    };

    internal static bool Add(NaivePost post, SearchIndex index, NaiveIndex? naive)
    {
        var (text, tokens) = post.ToTokens();
        if (!index.Add(post.Post, text, tokens))
            return false;
        naive?.Add(post);
        return true;
    }

    /// <summary>Mostly an addition; else an edit, a deletion, new counters or flags of any post.</summary>
    internal static void Change(Random random, SearchWorld world, SearchIndex index, NaiveIndex naive)
    {
        var kind = random.Next(12);
        var seq = (uint)random.Next((int)world.LastSeq + 1);
        if (kind > 3)
        {
            Add(world.NextPost(), index, naive);
            return;
        }
        if (!naive.Posts.TryGetValue(seq, out var scanned))
        {
            Assert.False(index.Delete(seq), $"Seq {seq} is not there.");
            return;
        }
        var post = scanned.Post;
        switch (kind)
        {
            case 0:
                post = world.NewForm(post);
                var (text, tokens) = post.ToTokens();
                Assert.Equal(SearchEdit.Done, index.Edit(seq, post.Language, post.Flags, text, tokens));
                naive.Edit(post);
                break;
            case 1:
                Assert.True(index.Delete(seq));
                naive.Delete(seq);
                break;
            case 2:
                post = post with
                {
                    Replies = random.Next(9),
                    Boosts = random.Next(99),
                    Favourites = random.Next(999),
                };
                naive.Edit(post);
                Assert.True(index.SetCounters(seq, post.Replies, post.Boosts, post.Favourites));
                break;
            default:
                post = post with { Flags = (PostFlags)random.Next(256) };
                naive.Edit(post);
                Assert.True(index.SetFlags(seq, post.Flags));
                break;
        }
    }

    internal static void Compare(Random random, SearchWorld world, SearchIndex index, NaiveIndex naive, string which)
    {
        var query = world.NextQuery();
        var limit = random.Next(1, 40);
        var before = random.Next(3) > 0
            ? SearchKey.Newest
            : new SearchKey(SearchWorld.Start + random.NextInt64(world.Time - SearchWorld.Start + 1), (uint)random.Next(999));
        var request = new SearchRequest { Query = query, Limit = limit, Before = before };
        if (random.Next(4) > 0)
        {
            var found = index.Search(request);
            AssertSame(naive.Newest(query, before, limit), found.Hits, $"{which}, before {before}: {query}");
            return;
        }

        var relevance = new Relevance(world.Time - random.Next(100)) { HalfLife = TimeSpan.FromMilliseconds(random.Next(50, 3_000)) };
        request = request with { Relevance = relevance, Before = SearchKey.Newest };
        for (var page = 0; page < 2; page++)
        {
            var ranked = index.Search(request);
            AssertSame(naive.Relevant(query, request.Relevance, limit), ranked.Hits, $"{which}, by relevance: {query}");
            if (ranked.NextRanked is not { } after)
                break;
            request = request with { Relevance = relevance with { After = after } };
        }
    }

    private static void AssertSame(IReadOnlyList<SearchHit> expected, IReadOnlyList<SearchHit> actual, string message)
    {
        if (!expected.SequenceEqual(actual))
            Assert.Fail($"{message}\n expected {string.Join(' ', expected)}\n found    {string.Join(' ', actual)}");
    }
}
