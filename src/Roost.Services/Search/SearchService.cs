using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Search;

/// <summary>
/// The Search service: what was said, what is talked about, and who is there. It owns nothing durable: all that it
/// holds comes from Posts and Users, and is taken in again after a restart.
/// <code>
///  feed → Ingester ─► Shard (index) ◄─ Replicas ◄─ Root ◄─ PostFinder ◄─ who searches
///                  └► Trends
/// </code>
/// </summary>
/// <remarks>In one process there is one shard with one replica; questions go the same way.</remarks>
public sealed class SearchService : IAsyncDisposable
{
    private const int PageMax = 80;

    private static readonly TimeSpan _sealEvery = TimeSpan.FromSeconds(5);

    private readonly PostsApi _posts;
    private readonly SearchOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Shard _shard;
    private readonly Trends _trends;
    private readonly Ingester _ingester;
    private readonly PeopleFinder _people;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public SearchService(
        SearchOptions options, SearchPeers peers, TimeProvider time, ILoggerFactory loggers, SearchMetrics metrics)
    {
        options.Validate();
        (_options, _posts, _time) = (options, peers.Posts, time);
        _logger = loggers.CreateLogger<SearchService>();
        _trends = new Trends(options.Trends, time);
        _shard = new Shard(options, metrics);
        _ingester = new Ingester(peers.Posts, _shard, _trends, options, time, metrics);
        var replicas = new Replicas<ShardQuery, SearchPage>([AskShard], options.HedgeAfter, time);
        var finder = new PostFinder(
            new Root([replicas], loggers.CreateLogger<Root>()), peers.Users, peers.Posts);
        _people = new PeopleFinder(peers.Users, peers.Graph, options);
        Api = new SearchApi(
            Posts: (request, call) => finder.FindAsync(request with { Range = Checked(request.Range) }, call),
            Tagged: (request, call) => finder.TaggedAsync(request with { Range = Checked(request.Range) }, call),
            Linked: (request, call) => finder.LinkedAsync(request with { Range = Checked(request.Range) }, call),
            CountTagged: finder.CountTaggedAsync,
            People: (request, call) => _people.FindAsync(
                request with { Offset = Checked(request.Offset, request.Limit) }, call),
            Tags: (request, _) => new(_trends.TagsLike(
                request with { Offset = Checked(request.Offset, request.Limit) })),
            Tag: (request, _) => new(_trends.UsesOf(request.Name)),
            TrendingTags: (request, _) => new(_trends.RisingTags(Checked(request))),
            TrendingLinks: (request, _) => new(_trends.RisingLinks(Checked(request))),
            TrendingPosts: (request, call) => RisingPostsAsync(Checked(request), call),
            Ingested: (request, call) => _ingester.AwaitAsync(request.AtMost, call));
        metrics.Watch(Lag, () => _shard.Bytes);
    }

    public SearchApi Api { get; }

    /// <summary>Starts taking in: all that is in the log, then what comes.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var from = (_time.GetUtcNow() - _options.TrendsReach).ToUnixTimeMilliseconds();
        var oldest = PostId.Create(Math.Max(from, PostId.EpochUnixMilliseconds), 0, 0);
        _ingester.CountTrendsAfter(await _posts.Locate(new LocatePost(oldest), Call.Until(ct)) - 1);
        _ingester.RestUpTo(await _posts.Locate(LocatePost.End, Call.Until(ct)) - 1);
        _running = Task.WhenAll(
            Background.RunAsync("search", _ingester.RunAsync, _time, _logger, _stopping.Token),
            Background.RunAsync("search sealing", SealAsync, _time, _logger, _stopping.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _shard.Dispose();
        _people.Dispose();
        _stopping.Dispose();
    }

    private async Task SealAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(_sealEvery, _time);
        while (await timer.WaitForNextTickAsync(ct))
            _shard.Seal(ct);
    }

    private ValueTask<SearchPage> AskShard(ShardQuery query, Call call)
    {
        var until = Deadline.Earlier(call.Deadline, Deadline.After(_options.QueryTimeMax, _time));
        return new(_shard.Search(new SearchRequest
        {
            Query = query.Query,
            Before = query.Before,
            Limit = query.Limit,
            IsExpired = () => until.HasPassed(_time) || call.Cancellation.IsCancellationRequested,
        }));
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

    private long Lag()
    {
        var end = _posts.Locate(LocatePost.End, Call.Unbounded);
        return end.IsCompletedSuccessfully ? Math.Max(0, end.Result - 1 - _ingester.Processed) : 0;
    }
}

/// <summary>Whom Search asks.</summary>
public sealed record SearchPeers(UsersApi Users, GraphApi Graph, PostsApi Posts);
