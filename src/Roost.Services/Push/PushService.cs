using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Engine.Search.Queries;
using Roost.Rpc;
using Roost.Rpc.Clients;
using Roost.Services.Community;
using Roost.Services.Conversations;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Notifications;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Timelines;

namespace Roost.Services.Push;

/// <summary>Whom Push asks.</summary>
public sealed record PushPeers(
    GraphApi Graph, ListsApi Lists, TagsApi Tags, FiltersApi Filters, PostsApi Posts, TimelinesApi Timelines)
{
    public required NotificationsApi Notifications { get; init; }

    public required NoticePolicyApi NoticePolicy { get; init; }

    public required ConversationsApi Conversations { get; init; }

    public required CommunityApi Community { get; init; }

    public required SearchApi Search { get; init; }
}

/// <summary>
/// The Push service: tells open streams what happens, as it happens. It owns nothing durable.
/// <code>
///  feeds → PushHub ─► Matcher, NoticeMatcher ─► turn ─► the gateway, which holds the connections
///            ▲          └ StreamIndex, Screen
///            └ Open, Close
/// </code>
/// </summary>
public sealed class PushService : IAsyncDisposable
{
    private readonly PushPeers _peers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PushHub _hub;
    private readonly Replays _replays;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    // Of who reads metrics.
    private Task<uint> _locating = Task.FromResult(0u);
    private uint _end;

    public PushService(
        PushOptions options, PushPeers peers, TimeProvider time, ILoggerFactory loggers, PushMetrics metrics)
    {
        options.Validate();
        (_peers, _time) = (peers, time);
        _logger = loggers.CreateLogger<PushService>();
        _hub = new PushHub(peers, options, time, metrics);
        _replays = new Replays(peers, options, metrics);
        Api = new PushApi(
            Attach: _hub.Attach,
            Open: OpenAsync,
            Close: _hub.Close,
            Replay: async (request, call) =>
                await _replays.BeginAsync(request, await ThreadOfAsync(request.Stream, call), call),
            Pushed: _hub.AwaitAsync);
        metrics.Watch(() => _hub.Streams, Lag);
    }

    public PushApi Api { get; }

    /// <summary>Starts after what is in the log now; waits until those answer whom it asks.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        _hub.StartAfter(new PushPlace(
            await _peers.Posts.Locate.AskUntilAnsweredAsync(LocatePost.End, _time, ct) - 1,
            await _peers.Notifications.Newest.AskUntilAnsweredAsync(new GetNewestNotice(), _time, ct)));
        _running = Task.WhenAll(
            RunAsync("push", _hub.RunAsync),
            RunAsync("changed filters", TellFiltersAsync),
            RunAsync("merged notifications", TellMergesAsync),
            RunAsync("announcements", TellAnnouncementsAsync));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _replays.Dispose();
        _stopping.Dispose();
    }

    private Task RunAsync(string name, Func<CancellationToken, Task> loop) =>
        Background.RunAsync(name, loop, _time, _logger, _stopping.Token);

    private async Task TellFiltersAsync(CancellationToken ct)
    {
        await foreach (var account in _peers.Filters.Feed(ct).WithCancellation(ct))
            _hub.Tell(PushedKind.FiltersChanged, account, null);
    }

    private async Task TellMergesAsync(CancellationToken ct)
    {
        await foreach (var account in _peers.NoticePolicy.Feed(ct).WithCancellation(ct))
            _hub.Tell(PushedKind.NoticesMerged, account, null);
    }

    private async Task TellAnnouncementsAsync(CancellationToken ct)
    {
        await foreach (var change in _peers.Community.Feed(ct).WithCancellation(ct))
            _hub.Tell(PushedKind.Announcement, default, new AnnouncementNews(change));
    }

    private async ValueTask<PushPlace> OpenAsync(OpenStream request, Call call)
    {
        var stream = request.Stream;
        if (stream.Topic.Kind == StreamKind.List
            && await _peers.Lists.Get(new GetList(stream.Viewer, stream.Topic.Subject), call) is null)
        {
            throw NotThere();
        }
        if (stream.Topic.Kind == StreamKind.Search)
            stream.Query = await QueryOfAsync(stream, call);
        stream.Shown = await ShownAsync(stream, call);
        return await _hub.OpenAsync(stream, await ThreadOfAsync(stream, call), call.Cancellation);
    }

    private async ValueTask<QueryNode> QueryOfAsync(PushStream stream, Call call)
    {
        var read = await _peers.Search.Query(new ReadQuery(stream.Viewer, stream.Topic.Tag), call);
        return read.Query ?? throw new ServiceException(ErrorCode.Invalid, $"q cannot be read. {read.Error}");
    }

    private async ValueTask<IReadOnlyList<PostOnPage>> ShownAsync(PushStream stream, Call call)
    {
        if (stream.Shows.Count == 0)
            return [];
        if (stream.Shows.Count > PushStream.ShowsMax)
        {
            throw new ServiceException(
                ErrorCode.Invalid, $"A stream tells of at most {PushStream.ShowsMax} posts that are shown.");
        }
        var posts = await _peers.Posts.Get(
            new GetPosts(stream.Viewer, [.. stream.Shows.Select(id => new PostRef(id, 0, default, default, default))]),
            call);
        return
        [
            .. posts.OfType<Post>().Where(post => !post.IsBoost).Select(post => new PostOnPage(stream, post.Ref.Seq)),
        ];
    }

    private async ValueTask<ThreadPosts?> ThreadOfAsync(PushStream stream, Call call)
    {
        if (stream.Topic.Kind != StreamKind.Thread)
            return null;
        var id = new PostId(stream.Topic.Subject);
        var focus = await _peers.Posts.Get(GetPosts.One(stream.Viewer, id), call);
        var thread = await _peers.Posts.Thread(new GetThread(stream.Viewer, id), call);
        if (focus[0] is not { } post || thread is null)
            throw NotThere();
        return new ThreadPosts(thread.Descendants.Select(one => one.Seq).Prepend(post.Ref.Seq));
    }

    private static ServiceException NotThere() => new(ErrorCode.NotFound, "Record not found");

    /// <summary>Behind the feed's end as it was told last: of posts elsewhere, when this was asked before.</summary>
    private long Lag()
    {
        if (_locating.IsCompleted)
        {
            if (_locating.IsCompletedSuccessfully) _end = _locating.Result;
            _locating = _peers.Posts.Locate(LocatePost.End, Call.Unbounded).AsTask();
            if (_locating.IsCompletedSuccessfully) _end = _locating.Result;
        }
        return Math.Max(0, (long)_end - 1 - _hub.Processed);
    }
}
