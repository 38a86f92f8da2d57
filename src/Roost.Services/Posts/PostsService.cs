using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Posts.Log;
using Roost.Services.Storage;

namespace Roost.Services.Posts;

/// <summary>The services that Posts asks.</summary>
/// <param name="Relationships">As <see cref="GraphApi.Relationships"/>.</param>
/// <param name="Media">Null where pictures are not told of, as in benchmarks and where posts are only followed.</param>
public sealed record PostsPeers(Service<GetRelationships, Relationship[]> Relationships, MediaApi? Media);

/// <summary>
/// The Posts service: the log, the index over it, and the functions of <see cref="PostsApi"/>. It owns the log's
/// directory; a process has one. Everything in memory is built from the log.
/// </summary>
/// <remarks>
/// A post's way: <see cref="PostWriter"/> appends, the log commits a group and calls
/// <see cref="PostIndex.Apply(uint, uint)"/> on its writer thread, the author is answered, and <see cref="PostFeed"/>
/// hands the events to the other services. Whoever asks after the answer finds the post.
/// </remarks>
public sealed class PostsService : IAsyncDisposable
{
    /// <summary>The service's name, and the log's folder in the data directory.</summary>
    public const string Folder = "posts";

    private readonly PostLog _log;
    private readonly PostWriter _writer;
    private readonly PostImport _import;
    private readonly PostMedia? _media;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _following = Task.CompletedTask;

    /// <summary>Builds the index over the log: some 100 ns a record. The service owns the log from here on.</summary>
    public PostsService(
        PostLog log, PostsPeers peers, PostsOptions options, TimeProvider time, ILoggerFactory loggers,
        PostsMetrics metrics)
    {
        options.Validate();
        (_log, _time, _logger) = (log, time, loggers.CreateLogger<PostsService>());
        var (relationships, media) = peers;
        var index = new PostIndex(log);
        var feed = new PostFeed(log, time);
        log.Committed = (first, last) =>
        {
            index.Apply(first, last);
            feed.Committed(last);
        };
        index.Build();
        log.Follow();

        var reader = new PostReader(log, index, relationships, options, metrics, loggers.CreateLogger<PostReader>());
        var texts = new PostTextReader(log, index, reader);
        var outlines = new PostOutlines(log, index, reader);
        var merge = new TimelineMerge(log, index);
        var history = new PostHistory(log, index, reader);
        var threads = new ThreadWalk(log, index, reader);
        var ends = new PollEnds(log, index, reader, time);
        if (media is not null)
        {
            _media = new PostMedia(log, index, media, time, loggers.CreateLogger<PostMedia>());
            metrics.Watch(() => _media.Lag);
        }
        _writer = new PostWriter(log, index, reader, new PictureBook(media, _media), ends, options, time, metrics);
        _writer.RestoreKeys();
        _import = new PostImport(log);
        var activity = new DailyActivity(log);
        Api = new PostsApi(
            Create: _writer.CreateAsync,
            CreateMany: _writer.CreateManyAsync,
            Edit: _writer.EditAsync,
            Redescribe: _writer.RedescribeAsync,
            Delete: _writer.DeleteAsync,
            Boost: _writer.BoostAsync,
            Unboost: _writer.UnboostAsync,
            Favourite: _writer.FavouriteAsync,
            Unfavourite: _writer.UnfavouriteAsync,
            Import: _import.ImportAsync,
            Get: reader.GetAsync,
            Show: reader.ShowAsync,
            Outline: outlines.GetAsync,
            Read: (request, _) => reader.ReadAsync(request),
            Texts: (request, _) => new(texts.Read(request)),
            Boosts: (request, _) => new(reader.Boosts(request)),
            Counts: (request, _) => new(CountsOf(index, request.Authors)),
            Newest: (request, _) => new(merge.Newest(request)),
            Locate: (request, _) => new(log.LowerBound(request.Id)),
            Activity: (request, call) => new(activity.Count(request, call)),
            IdAt: (request, _) => new(
                request.Seq == 0 || request.Seq > log.LastSeq ? default : log[request.Seq].Id),
            Thread: threads.GetAsync,
            History: history.GetAsync,
            Versions: (request, _) => new(history.Read(request)),
            IsPosted: (request, _) => new(_writer.IsPosted(request)),
            Records: (request, _) => new(feed.At(request.Seqs)),
            Feed: feed.FollowAsync);
        var marks = new MarkPages(log, index, reader);
        Polls = new PollsApi(
            Vote: _writer.VoteAsync,
            Ended: (request, _) => new(ends.Find(request)),
            NextEnd: (request, _) => new(ends.NextAfter(request.After)),
            Voters: (request, _) => new(ends.Voters(request)),
            Added: ends.Added);
        Quotes = new QuotesApi(
            SetPolicy: _writer.SetQuotePolicyAsync,
            Revoke: _writer.RevokeQuoteAsync,
            List: marks.QuotesAsync,
            Quoting: (request, _) => new(marks.Quoting(request)));
        Marks = new MarksApi(
            Mark: _writer.MarkAsync,
            Marked: (request, _) => new(marks.ByAccount(request)),
            Markers: marks.OfPostAsync,
            Muted: (request, _) => new(marks.AreMuted(request)),
            Own: (request, _) => new(marks.Own(request)),
            Active: (request, _) => new(marks.Active(request)));
    }

    public PostsApi Api { get; }

    public PollsApi Polls { get; }

    public QuotesApi Quotes { get; }

    /// <summary>What accounts keep about posts, and lists of it.</summary>
    public MarksApi Marks { get; }

    /// <summary>Has Media told what it was not told before the last stop, and goes on telling it.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        if (_media is null)
            return;
        await _media.StartAsync(ct);
        _following = Background.RunAsync("pictures of posts", _media.RunAsync, _time, _logger, _stopping.Token);
    }

    /// <summary>Takes in what another process writes, if the log is another's, until it is this one's turn to write;
    /// then knows what that one knew of what it wrote. Before <see cref="StartAsync"/>.</summary>
    /// <inheritdoc cref="PostLog.TakeAsync" path="/exception"/>
    public async Task TakeAsync(LeaseWait wait)
    {
        await _log.TakeAsync(wait);
        _writer.RestoreKeys();
    }

    /// <summary>Waits until the log has a record, which another process writes.</summary>
    public async ValueTask ReachAsync(uint seq, CancellationToken ct)
    {
        while (_log.LastSeq < seq)
        {
            await foreach (var _ in _log.FollowAsync(_log.LastSeq + 1, 1, ct)) break;
        }
    }

    /// <inheritdoc cref="PostLog.ConfirmAsync"/>
    public Task ConfirmAsync() => _log.ConfirmAsync();

    /// <summary>Writes what waits, and lets another process write the log; it can be read until it is closed.</summary>
    public async ValueTask EndWritingAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        await _log.EndWritingAsync();
    }

    /// <summary>Writes what waits, then closes the log.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndWritingAsync();
        _stopping.Dispose();
        await _log.DisposeAsync();
        _writer.Dispose();
        _import.Dispose();
    }

    private static AuthorCounts[] CountsOf(PostIndex index, IReadOnlyList<AccountId> authors)
    {
        var counts = new AuthorCounts[authors.Count];
        for (var i = 0; i < counts.Length; i++)
            counts[i] = index.CountsOf(authors[i]);
        return counts;
    }
}
