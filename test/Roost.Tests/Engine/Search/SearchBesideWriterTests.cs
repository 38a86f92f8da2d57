using Roost.Engine.Search;
using Xunit;

namespace Roost.Tests.Engine.Search;

/// <summary>Random queries while another thread adds, edits, deletes and maps, and a third one seals.</summary>
public sealed class SearchBesideWriterTests(ITestOutputHelper output)
{
    private const int ChangesPerQuery = 6;
    private const int PostsAtFirst = 500;

    private readonly PostHistory _history = new();
    private int _asked;
    private volatile bool _isOver;

    [Theory]
    [InlineData(101, 1 << 23)]
    [InlineData(102, 400)]
    [InlineData(103, 60)]
    [InlineData(104, 2_000)]
    public async Task Any_query_finds_what_matched_while_it_ran_and_nothing_else(int seed, int segmentPostsMax)
    {
        var rounds = SearchIndexTests.RoundsOf(cases: 4);
        output.WriteLine($"seeds {seed}, {seed + 4}, … {seed + (4 * (rounds - 1))}, segments of {segmentPostsMax}");
        for (var round = 0; round < rounds; round++)
        {
            // Each with a history of its own.
            var one = new SearchBesideWriterTests(output);
            await one.RunRoundAsync(seed + (4 * round), segmentPostsMax);
        }
    }

    private async Task RunRoundAsync(int seed, int segmentPostsMax)
    {
        using var index = new SearchIndex(SearchIndexTests.Options(segmentPostsMax));
        var cancellation = TestContext.Current.CancellationToken;
        var writing = Task.Run(() => UntilOver(() => Write(index, seed)), cancellation);
        var sealing = Task.Run(() => UntilOver(() => Seal(index)), cancellation);
        try
        {
            Search(index, seed);
        }
        finally
        {
            _isOver = true;
            await Task.WhenAll(writing, sealing);
        }
    }

    /// <summary>Nobody waits for one who has failed.</summary>
    private void UntilOver(Action run)
    {
        try
        {
            run();
        }
        finally
        {
            _isOver = true;
        }
    }

    private void Search(SearchIndex index, int seed)
    {
        // Queries are about the words of all worlds; this one's own time only tells where pages begin.
        var random = new Random(seed + 1_000_000);
        var world = new SearchWorld(random);
        for (var number = 0; number < SearchIndexTests.QueriesPerRound && !_isOver; number++)
        {
            while (_history.Done < PostsAtFirst && !_isOver) Thread.Yield();
            for (var i = 0; i < 4; i++) world.NextPost();
            var request = new SearchRequest
            {
                Query = world.NextQuery(),
                Limit = random.Next(1, 40),
                Before = random.Next(3) > 0 ? SearchKey.Newest : new SearchKey(world.Time, (uint)random.Next(999)),
            };
            Volatile.Write(ref _asked, number + 1);
            var done = _history.Done;
            var page = index.Search(request);
            _history.AssertPossible(request, page, done, _history.Begun, $"seed {seed}, query {number}");
        }
    }

    private void Write(SearchIndex index, int seed)
    {
        var random = new Random(seed);
        var world = new SearchWorld(random);
        var images = new Dictionary<uint, byte[]>();
        while (!_isOver)
        {
            if (_history.Done >= PostsAtFirst + (ChangesPerQuery * Volatile.Read(ref _asked)))
            {
                Thread.Yield();
                continue;
            }
            Change(random, world, index);
            if (random.Next(200) == 0)
                index.CloseActive();
            if (random.Next(60) == 0)
                SearchIndexTests.Map(index, images);
        }
    }

    private void Change(Random random, SearchWorld world, SearchIndex index)
    {
        var seq = (uint)random.Next((int)world.LastSeq + 1);
        var kind = random.Next(12);
        var post = kind > 2 ? null : _history.Now(seq);
        if (post is null)
        {
            post = world.NextPost();
            _history.Change(
                post.Seq, post,
                () => Assert.True(SearchIndexTests.Add(post, index, null), "The budget suffices."));
            return;
        }
        switch (kind)
        {
            case 0:
                post = world.NewForm(post);
                var (text, tokens) = post.ToTokens();
                _history.Change(
                    seq, post,
                    () => Assert.Equal(SearchEdit.Done, index.Edit(seq, post.Language, post.Flags, text, tokens)));
                break;
            case 1:
                _history.Change(seq, null, () => Assert.True(index.Delete(seq), $"Seq {seq} was there."));
                break;
            default:
                post = post with { Flags = (PostFlags)random.Next(256) };
                _history.Change(
                    seq, post, () => Assert.True(index.SetFlags(seq, post.Flags), $"Seq {seq} was there."));
                break;
        }
    }

    private void Seal(SearchIndex index)
    {
        while (!_isOver)
        {
            if (!index.SealNext(TestContext.Current.CancellationToken))
                Thread.Yield();
        }
    }
}
