using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Search;

/// <summary>
/// The Search service: what was said, what is talked about, and who is there. It owns no truth: all that it holds comes
/// from Posts and Users. The index is saved in the folder <c>search</c>, and what is not there is taken in again.
/// <code>
///  feed → Ingester ─► Shard (index) ◄─ Replicas ◄─ Root ◄─ PostFinder ◄─ who searches
///                  └► Trends │ ▲
///                 IndexSaver ◄─┘ files
/// </code>
/// </summary>
/// <remarks>The index is one shard in this process, or several elsewhere (<see cref="SearchPeers.Shards"/>); questions
/// go the same way.</remarks>
public sealed class SearchService : IAsyncDisposable
{
    /// <summary>Its folder in the data directory.</summary>
    public const string Folder = "search";

    private const int PageMax = 80;

    private readonly PostsApi _posts;
    private readonly SearchOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Trends _trends;
    private readonly ShardService _shard;
    private readonly PastTrends _past;
    private readonly PeopleFinder _people;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    /// <param name="reading">Is its own from then on.</param>
    public SearchService(
        SearchReading reading, SearchOptions options, SearchPeers peers, TimeProvider time, ILoggerFactory loggers,
        SearchMetrics metrics)
    {
        if (peers.Shards is not null) options = options with { Place = ShardPlace.None };
        (_options, _posts, _time) = (options, peers.Posts, time);
        _logger = loggers.CreateLogger<SearchService>();
        _trends = new Trends(options.Trends, time);
        _shard = new ShardService(reading, options, peers.Posts, _trends, time, loggers, metrics);
        _past = new PastTrends(peers.Posts, _trends, options);
        var shards = peers.Shards is { } elsewhere
            ? elsewhere.Select((one, i) => RemoteShard.Asking(one, new ShardPlace(i + 1, elsewhere.Count)))
            : [_shard.AskAsync];
        var root = new Root(
            [.. shards.Select(one => new Replicas<ShardQuery, SearchPage>([one], options.HedgeAfter, time))],
            loggers.CreateLogger<Root>());
        var finder = new PostFinder(root, peers.Users, peers.Posts, peers.Marks, time);
        _people = new PeopleFinder(peers.Users, peers.Graph, options);
        Api = new SearchApi(
            Posts: (request, call) => finder.FindAsync(request with { Range = Checked(request.Range) }, call),
            Tagged: (request, call) => finder.TaggedAsync(request with { Range = Checked(request.Range) }, call),
            Linked: (request, call) => finder.LinkedAsync(request with { Range = Checked(request.Range) }, call),
            CountTagged: finder.CountTaggedAsync,
            Query: finder.ReadAsync,
            Matching: (request, _) => new(PostMatching.Match(request)),
            People: (request, call) => _people.FindAsync(
                request with { Offset = Checked(request.Offset, request.Limit) }, call),
            Tags: (request, _) => new(_trends.TagsLike(
                request with { Offset = Checked(request.Offset, request.Limit) })),
            Tag: (request, _) => new(_trends.UsesOf(request.Name)),
            TrendingTags: (request, _) => new(_trends.RisingTags(Checked(request))),
            TrendingLinks: (request, _) => new(_trends.RisingLinks(Checked(request))),
            TrendingPosts: (request, call) => RisingPostsAsync(Checked(request), call),
            Ingested: IngestedAsync);
    }

    public SearchApi Api { get; }

    /// <summary>Takes what was saved, which can be searched at once, and starts taking in what the log has after
    /// it.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var saved = await _shard.OpenAsync(ct);
        var from = (_time.GetUtcNow() - _options.TrendsReach).ToUnixTimeMilliseconds();
        var oldest = PostId.Create(Math.Max(from, PostId.EpochUnixMilliseconds), 0, 0);
        var trendsAfter = await _posts.Locate(new LocatePost(oldest), Call.Until(ct)) - 1;
        // Who has no posts begins where trends do, and the past is taken in with what comes.
        var after = _options.Place == ShardPlace.None ? trendsAfter : saved;
        _past.Reach(trendsAfter, after);
        _shard.Ingester.CountTrendsAfter(trendsAfter);
        await _shard.StartAsync(after, ct);
        _running = Background.RunAsync("trends", _past.RunAsync, _time, _logger, _stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        await _shard.DisposeAsync();
        _people.Dispose();
        _stopping.Dispose();
    }

    private async ValueTask<IngestStatus> IngestedAsync(AwaitIngest request, Call call)
    {
        var status = await _shard.Ingester.AwaitAsync(request.AtMost, call);
        if (request.WithTrends)
            await _past.Told.WaitAsync(call.Cancellation);
        return status;
    }

    /// <summary>Posts that rise and are still there for everybody to see.</summary>
    private async ValueTask<PostRef[]> RisingPostsAsync(GetTrends request, Call call)
    {
        var wanted = request.Offset + request.Limit;
        // Some are gone or not public: twice as many are enough, mostly.
        var seqs = _trends.RisingPosts(2 * wanted);
        var found = await _posts.Get(
            new GetPosts(default, [.. seqs.Select(seq => new PostRef(default, seq, default, default, default))]), call);
        return [.. found.OfType<Post>()
            .Where(post => post is { Visibility: Visibility.Public, Sensitive: false, IsBoost: false })
            .Skip(request.Offset).Take(request.Limit).Select(post => post.Ref)];
    }

    private static GetTrends Checked(GetTrends request) =>
        request with { Offset = Checked(request.Offset, request.Limit) };

    private static SearchRange Checked(SearchRange range)
    {
        // What is skipped is found first.
        if (range.Offset + (long)range.Limit > SearchRequest.LimitMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"Only the first {SearchRequest.LimitMax} posts can be reached by offset; go on with max_id.");
        }
        return range with { Offset = Checked(range.Offset, range.Limit) };
    }

    private static int Checked(int offset, int limit)
    {
        if (offset is < 0 or > 10_000 || limit is < 1 or > PageMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid,
                $"Offset {offset} and limit {limit} are not possible; take 0 to 10,000, and 1 to {PageMax}.");
        }
        return offset;
    }
}

/// <summary>Whom Search asks.</summary>
public sealed record SearchPeers(UsersApi Users, GraphApi Graph, PostsApi Posts)
{
    /// <summary>Null where a library has no marks.</summary>
    public MarksApi? Marks { get; init; }

    /// <summary>The index's shards in other processes, in their order; null where this process has the index.</summary>
    public IReadOnlyList<ShardApi>? Shards { get; init; }
}
