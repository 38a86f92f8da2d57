using Roost.Rpc;
using Roost.Rpc.Queries;

namespace Roost.Bench.Queries;

internal sealed record BenchPost(int Id, int Author, string Text);

internal sealed record BenchAccount(int Id, string Name);

/// <summary>A post as a page shows it.</summary>
internal readonly record struct Line(BenchPost Post, int Favourites, BenchAccount Author, int Followers);

/// <summary>Four services in memory, and five ways to make one page of posts from them.</summary>
internal sealed class PageHydration
{
    public const int PageLength = 20;

    private readonly BenchPost[] _posts;
    private readonly BenchAccount[] _accounts;
    private readonly int[][] _pages;
    private readonly QueryRunner _runner = new(TimeProvider.System);
    private readonly Source<int, BenchPost> _postSource;
    private readonly Source<int, int> _statsSource;
    private readonly Source<int, BenchAccount> _accountSource;
    private readonly Source<int, int> _countsSource;

    public PageHydration(int posts, int accounts, int seed)
    {
        var random = new Random(seed);
        _accounts = [.. Enumerable.Range(0, accounts).Select(id => new BenchAccount(id, $"account {id}"))];
        // Some write more than others: the square root of a uniform number leans to one end.
        _posts = [.. Enumerable.Range(0, posts).Select(
            id => new BenchPost(id, (int)((1 - Math.Sqrt(random.NextDouble())) * accounts), $"post {id}"))];
        _pages = [.. Enumerable.Range(0, 1024).Select(
            _ => Enumerable.Range(0, PageLength).Select(_ => random.Next(posts)).Distinct().ToArray())];
        _pages = [.. _pages.Where(page => page.Length == PageLength)];
        _postSource = Source.OfNullable<int, BenchPost>("posts", GetPostsAsync);
        _statsSource = Source.OfEvery<int, int>("stats", GetStatsAsync);
        _accountSource = Source.OfNullable<int, BenchAccount>("accounts", GetAccountsAsync);
        _countsSource = Source.OfEvery<int, int>("counts", GetCountsAsync);
    }

    /// <summary>Calls of any of the four services so far.</summary>
    public long SourceCalls { get; private set; }

    /// <summary>The ids of one of about a thousand pages, in turn.</summary>
    public int[] PageOf(int index) => _pages[index % _pages.Length];

    /// <summary>Queries as a hot path writes them: one node per source.</summary>
    public ValueTask<Line[]> ByGetManyAsync(int[] ids, Call call)
    {
        var query =
            from page in Query.Both(_postSource.GetMany(ids), _statsSource.GetMany(ids))
            let authors = Array.ConvertAll(page.First, post => post.Value.Author)
            from people in Query.Both(_accountSource.GetMany(authors), _countsSource.GetMany(authors))
            select MakeLines(page.First, page.Second, people.First, people.Second);
        return _runner.RunAsync(query, call);
    }

    /// <summary>The same, where nobody looks for repeats: as pages from memory are hydrated.</summary>
    public ValueTask<Line[]> ByGetBatchAsync(int[] ids, Call call)
    {
        var query =
            from page in Query.Both(_postSource.GetBatch(ids), _statsSource.GetBatch(ids))
            let authors = AuthorsOf(page.First)
            from people in Query.Both(_accountSource.GetBatch(authors), _countsSource.GetBatch(authors))
            select MakeLines(page.First, page.Second, people.First, people.Second);
        return _runner.RunAsync(query, call);
    }

    /// <summary>Queries as one thinks of them: what one post needs, for all posts.</summary>
    public ValueTask<Line[]> ByQueryPerPostAsync(int[] ids, Call call)
    {
        return _runner.RunAsync(Query.All(ids.Select(LineOf)), call);

        Query<Line> LineOf(int id) =>
            from post in Query.Both(_postSource.Get(id), _statsSource.Get(id))
            from author in Query.Both(_accountSource.Get(post.First.Author), _countsSource.Get(post.First.Author))
            select new Line(post.First, post.Second, author.First, author.Second);
    }

    /// <summary>The bound: batches and their de-duplication written out for this one page.</summary>
    public async ValueTask<Line[]> ByHandAsync(int[] ids, Call call)
    {
        var posts = await GetPostsAsync(ids, call);
        var stats = await GetStatsAsync(ids, call);
        var places = new Dictionary<int, int>(ids.Length);
        foreach (var post in posts) places.TryAdd(post!.Author, places.Count);
        var authors = places.Keys.ToArray();
        var accounts = await GetAccountsAsync(authors, call);
        var counts = await GetCountsAsync(authors, call);
        var lines = new Line[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var place = places[posts[i]!.Author];
            lines[i] = new Line(posts[i]!, stats[i], accounts[place]!, counts[place]);
        }
        return lines;
    }

    /// <summary>A peer: no batches at all. Cheap only where a call costs nothing.</summary>
    public async ValueTask<Line[]> ByCallPerKeyAsync(int[] ids, Call call)
    {
        var lines = new Line[ids.Length];
        for (var i = 0; i < ids.Length; i++)
        {
            var post = (await GetPostsAsync([ids[i]], call))[0]!;
            var stats = (await GetStatsAsync([ids[i]], call))[0];
            var author = (await GetAccountsAsync([post.Author], call))[0]!;
            lines[i] = new Line(post, stats, author, (await GetCountsAsync([post.Author], call))[0]);
        }
        return lines;
    }

    private static Line[] MakeLines(
        Fetched<BenchPost>[] posts, Fetched<int>[] stats, Fetched<BenchAccount>[] accounts, Fetched<int>[] counts)
    {
        var lines = new Line[posts.Length];
        for (var i = 0; i < lines.Length; i++)
            lines[i] = new Line(posts[i].Value, stats[i].Value, accounts[i].Value, counts[i].Value);
        return lines;
    }

    private static int[] AuthorsOf(Answers<BenchPost> posts)
    {
        var authors = new int[posts.Count];
        for (var i = 0; i < authors.Length; i++) authors[i] = posts[i].Value.Author;
        return authors;
    }

    private static Line[] MakeLines(
        Answers<BenchPost> posts, Answers<int> stats, Answers<BenchAccount> accounts, Answers<int> counts)
    {
        var lines = new Line[posts.Count];
        for (var i = 0; i < lines.Length; i++)
            lines[i] = new Line(posts[i].Value, stats[i].Value, accounts[i].Value, counts[i].Value);
        return lines;
    }

    private ValueTask<BenchPost?[]> GetPostsAsync(IReadOnlyList<int> ids, Call call) =>
        AnswerAsync(ids, id => (BenchPost?)_posts[id]);

    private ValueTask<int[]> GetStatsAsync(IReadOnlyList<int> ids, Call call) => AnswerAsync(ids, static id => id & 15);

    private ValueTask<BenchAccount?[]> GetAccountsAsync(IReadOnlyList<int> ids, Call call) =>
        AnswerAsync(ids, id => (BenchAccount?)_accounts[id]);

    private ValueTask<int[]> GetCountsAsync(IReadOnlyList<int> ids, Call call) =>
        AnswerAsync(ids, static id => id & 255);

    private ValueTask<TValue[]> AnswerAsync<TValue>(IReadOnlyList<int> ids, Func<int, TValue> valueOf)
    {
        SourceCalls++;
        var values = new TValue[ids.Count];
        for (var i = 0; i < values.Length; i++) values[i] = valueOf(ids[i]);
        return ValueTask.FromResult(values);
    }
}
