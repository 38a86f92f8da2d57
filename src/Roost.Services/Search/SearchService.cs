using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Engine.Search;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Search.Files;
using Roost.Services.Storage;
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
/// <remarks>In one process there is one shard with one replica; questions go the same way.</remarks>
public sealed partial class SearchService : IAsyncDisposable
{
    /// <summary>Its folder in the data directory.</summary>
    public const string Folder = "search";

    private const int PageMax = 80;

    private static readonly TimeSpan _sealEvery = TimeSpan.FromSeconds(5);

    private readonly PostsApi _posts;
    private readonly SearchOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Shard _shard;
    private readonly Trends _trends;
    private readonly Ingester _ingester;
    private readonly PastTrends _past;
    private readonly PeopleFinder _people;
    private readonly IndexSaver _saver;
    private readonly SearchReading _reading;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private bool _isStarted;
    private bool _isResumed;

    /// <param name="reading">Is its own from then on.</param>
    public SearchService(
        SearchReading reading, SearchOptions options, SearchPeers peers, TimeProvider time, ILoggerFactory loggers,
        SearchMetrics metrics)
    {
        options.Validate();
        _reading = reading;
        (_options, _posts, _time) = (options, peers.Posts, time);
        _logger = loggers.CreateLogger<SearchService>();
        _trends = new Trends(options.Trends, time);
        _shard = new Shard(options, metrics);
        _ingester = new Ingester(peers.Posts, _shard, _trends, options, time, metrics);
        _past = new PastTrends(peers.Posts, _trends, options);
        _saver = new IndexSaver(reading.Folder, new Disk(options.Fault), _shard, peers.Posts, options, time, _logger);
        var replicas = new Replicas<ShardQuery, SearchPage>([AskShard], options.HedgeAfter, time);
        var finder = new PostFinder(
            new Root([replicas], loggers.CreateLogger<Root>()), peers.Users, peers.Posts, peers.Marks, time);
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
        metrics.WatchLag(Lag);
        metrics.Watch(_shard, _saver);
    }

    public SearchApi Api { get; }

    /// <summary>Takes what was saved, which can be searched at once, and starts taking in what the log has after
    /// it.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var saved = await SavedAsync(ct);
        _shard.Open(saved);
        _saver.Begin(saved);
        _isStarted = true;
        _ingester.BeginAfter(saved.Mark);

        var from = (_time.GetUtcNow() - _options.TrendsReach).ToUnixTimeMilliseconds();
        var oldest = PostId.Create(Math.Max(from, PostId.EpochUnixMilliseconds), 0, 0);
        var trendsAfter = await _posts.Locate(new LocatePost(oldest), Call.Until(ct)) - 1;
        _past.Reach(trendsAfter, saved.Mark);
        _ingester.CountTrendsAfter(trendsAfter);
        _ingester.RestUpTo(await _posts.Locate(LocatePost.End, Call.Until(ct)) - 1);
        _running = Task.WhenAll(
            Background.RunAsync("search", IngestAsync, _time, _logger, _stopping.Token),
            Background.RunAsync("trends", _past.RunAsync, _time, _logger, _stopping.Token),
            Background.RunAsync("search sealing", SealAsync, _time, _logger, _stopping.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        if (_isStarted)
        {
            _shard.Seal(CancellationToken.None);
            await _saver.SaveAsync(_ingester.Processed, isStop: true, CancellationToken.None);
        }
        else
        {
            await _reading.DisposeAsync();
        }
        _shard.Dispose();
        _people.Dispose();
        _stopping.Dispose();
    }

    private async Task IngestAsync(CancellationToken ct)
    {
        if (!_isResumed)
            await Task.Run(() => _shard.Resume(ct), ct);
        _isResumed = true;
        await _ingester.RunAsync(ct);
    }

    /// <summary>What was saved of this very log; nothing, and that is said, where something else was.</summary>
    private async ValueTask<SavedIndex> SavedAsync(CancellationToken ct)
    {
        var saved = await _reading.Saved.WaitAsync(ct);
        if (saved.Manifest is { } manifest
            && await _posts.IdAt(new GetIdAt(manifest.Mark), Call.Until(ct)) != manifest.MarkId)
        {
            saved.Dispose();
            saved = SavedIndex.Empty with { Problem = "it was saved over another post log" };
        }
        if (saved.Problem is { } problem)
            LogProblem(problem, saved.Mark);
        else if (saved.Posts > 0)
            LogRead(saved.Posts, saved.Mark);
        return saved;
    }

    private async ValueTask<IngestStatus> IngestedAsync(AwaitIngest request, Call call)
    {
        var status = await _ingester.AwaitAsync(request.AtMost, call);
        if (request.WithTrends)
            await _past.Told.WaitAsync(call.Cancellation);
        return status;
    }

    private async Task SealAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(_sealEvery, _time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            _shard.Seal(ct);
            await _saver.SaveAsync(_ingester.Processed, isStop: false, ct);
        }
    }

    private ValueTask<SearchPage> AskShard(ShardQuery query, Call call)
    {
        var until = Deadline.Earlier(call.Deadline, Deadline.After(_options.QueryTimeMax, _time));
        return new(_shard.Search(new SearchRequest
        {
            Query = query.Query,
            Before = query.Before,
            Limit = query.Limit,
            Relevance = query.Relevance,
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

    [LoggerMessage(
        LogLevel.Warning,
        "Of the search index that was saved not all is used: {Problem}. Posts after record {Mark} of the post log are "
        + "indexed again and found as they are; nothing is lost.")]
    private partial void LogProblem(string problem, uint mark);

    [LoggerMessage(
        LogLevel.Information,
        "The search index was read: {Posts} posts and edits, up to record {Mark} of the post log")]
    private partial void LogRead(long posts, uint mark);

    private long Lag()
    {
        var end = _posts.Locate(LocatePost.End, Call.Unbounded);
        return end.IsCompletedSuccessfully ? Math.Max(0, end.Result - 1 - _ingester.Processed) : 0;
    }
}

/// <summary>Whom Search asks.</summary>
public sealed record SearchPeers(UsersApi Users, GraphApi Graph, PostsApi Posts)
{
    /// <summary>Null where a library has no marks.</summary>
    public MarksApi? Marks { get; init; }
}
