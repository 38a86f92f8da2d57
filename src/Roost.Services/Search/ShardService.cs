using Microsoft.Extensions.Logging;
using Roost.Engine.Search;
using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Search.Files;
using Roost.Services.Storage;

namespace Roost.Services.Search;

/// <summary>
/// A shard of the search index as a process has it: it takes in what the log has, lets full segments be rewritten,
/// saves, and answers. It owns no truth: what is not in its folder is taken in again.
/// </summary>
/// <remarks>The Search service has one inside, of all posts; <c>roost serve search</c> is nothing else.</remarks>
public sealed partial class ShardService : IAsyncDisposable
{
    private static readonly TimeSpan _sealEvery = TimeSpan.FromSeconds(5);

    private readonly PostsApi _posts;
    private readonly SearchOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Shard _shard;
    private readonly Ingester _ingester;
    private readonly IndexSaver _saver;
    private readonly SearchReading _reading;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private bool _isOpen;
    private bool _isResumed;

    /// <param name="reading">Is its own from then on.</param>
    public ShardService(
        SearchReading reading, SearchOptions options, PostsApi posts, TimeProvider time, ILoggerFactory loggers,
        SearchMetrics metrics)
        : this(reading, options, posts, new Trends(options.Trends, time), time, loggers, metrics)
    {
        // Nobody asks for them here.
        _ingester.CountTrendsAfter(uint.MaxValue);
    }

    internal ShardService(
        SearchReading reading, SearchOptions options, PostsApi posts, Trends trends, TimeProvider time,
        ILoggerFactory loggers, SearchMetrics metrics)
    {
        options.Validate();
        (_reading, _options, _posts, _time) = (reading, options, posts, time);
        _logger = loggers.CreateLogger<ShardService>();
        _shard = new Shard(options, metrics);
        _ingester = new Ingester(posts, _shard, trends, options, time, metrics);
        _saver = new IndexSaver(reading.Folder, new Disk(options.Fault), _shard, posts, options, time, _logger);
        Api = RemoteShard.Answering(AskAsync, options.Place);
        metrics.WatchLag(Lag);
        metrics.Watch(_shard, _saver);
    }

    /// <summary>For other processes.</summary>
    public ShardApi Api { get; }

    internal Ingester Ingester => _ingester;

    /// <summary>Takes what was saved, which can be searched at once, and starts taking in what the log has after
    /// it.</summary>
    public async Task StartAsync(CancellationToken ct) => await StartAsync(await OpenAsync(ct), ct);

    /// <summary>Completes when all is taken in that is in the log now.</summary>
    public async Task CatchUpAsync(CancellationToken ct) => await _ingester.AwaitAsync(null, Call.Until(ct));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        if (_isOpen)
        {
            _shard.Seal(CancellationToken.None);
            await _saver.SaveAsync(_ingester.Processed, isStop: true, CancellationToken.None);
        }
        else
        {
            await _reading.DisposeAsync();
        }
        _shard.Dispose();
        _stopping.Dispose();
    }

    /// <returns>Up to which place of the log all is in what was saved.</returns>
    internal async ValueTask<uint> OpenAsync(CancellationToken ct)
    {
        var saved = await SavedAsync(ct);
        _shard.Open(saved);
        _saver.Begin(saved);
        _isOpen = true;
        return saved.Mark;
    }

    /// <param name="after">All of the log up to there is taken in, or not wanted.</param>
    internal async ValueTask StartAsync(uint after, CancellationToken ct)
    {
        _ingester.BeginAfter(after);
        _ingester.RestUpTo(await _posts.Locate(LocatePost.End, Call.Until(ct)) - 1);
        _running = Task.WhenAll(
            Background.RunAsync("search", IngestAsync, _time, _logger, _stopping.Token),
            Background.RunAsync("search sealing", SealAsync, _time, _logger, _stopping.Token));
    }

    internal ValueTask<SearchPage> AskAsync(ShardQuery query, Call call) =>
        query.WaitMax > TimeSpan.Zero && _ingester.Processed < query.UpTo
            ? AskLaterAsync(query, call)
            : new(Search(query, call));

    private async ValueTask<SearchPage> AskLaterAsync(ShardQuery query, Call call)
    {
        await _ingester.AwaitAsync(query.UpTo, query.WaitMax, call);
        return Search(query, call);
    }

    private SearchPage Search(ShardQuery query, Call call)
    {
        var until = Deadline.Earlier(call.Deadline, Deadline.After(_options.QueryTimeMax, _time));
        return _shard.Search(new SearchRequest
        {
            Query = query.Query,
            Before = query.Before,
            Limit = query.Limit,
            Relevance = query.Relevance,
            IsExpired = () => until.HasPassed(_time) || call.Cancellation.IsCancellationRequested,
        });
    }

    private async Task IngestAsync(CancellationToken ct)
    {
        if (!_isResumed)
            await Task.Run(() => _shard.Resume(ct), ct);
        _isResumed = true;
        await _ingester.RunAsync(ct);
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

    /// <summary>What was saved of this very log and shard; nothing, and that is said, where something else was.
    /// </summary>
    private async ValueTask<SavedIndex> SavedAsync(CancellationToken ct)
    {
        var saved = await _reading.Saved.WaitAsync(ct);
        if (saved.Manifest is { } manifest && await WhyNotOursAsync(manifest, ct) is { } reason)
        {
            saved.Dispose();
            saved = SavedIndex.Empty with { Problem = reason };
        }
        if (saved.Problem is { } problem)
            LogProblem(problem, saved.Mark);
        else if (saved.Posts > 0)
            LogRead(saved.Posts, saved.Mark);
        return saved;
    }

    private async ValueTask<string?> WhyNotOursAsync(SearchManifest manifest, CancellationToken ct)
    {
        if (manifest.Place != _options.Place)
            return $"it was saved as shard {manifest.Place}, and is {_options.Place} now";
        return await _posts.IdAt(new GetIdAt(manifest.Mark), Call.Until(ct)) == manifest.MarkId
            ? null
            : "it was saved over another post log";
    }

    private long Lag()
    {
        var end = _posts.Locate(LocatePost.End, Call.Unbounded);
        return end.IsCompletedSuccessfully ? Math.Max(0, end.Result - 1 - _ingester.Processed) : 0;
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
}
