using Microsoft.Extensions.Logging;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Timelines;

namespace Roost.Services.Push;

/// <summary>Whom Push asks.</summary>
public sealed record PushPeers(
    GraphApi Graph, ListsApi Lists, FiltersApi Filters, PostsApi Posts, TimelinesApi Timelines);

/// <summary>
/// The Push service: tells open streams what happens, as it happens. It owns nothing durable.
/// <code>
///  feed → PushHub ─► Matcher ─► turn ─► the gateway, which holds the connections
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
            Replay: async (request, call) => _replays.Begin(request, await ThreadOfAsync(request.Stream, call)),
            Pushed: (_, call) => _hub.AwaitAsync(call));
        metrics.Watch(() => _hub.Streams, Lag);
    }

    public PushApi Api { get; }

    /// <summary>Starts after what is in the log now.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        _hub.StartAfter(await _peers.Posts.Locate(LocatePost.End, Call.Until(ct)) - 1);
        _running = Background.RunAsync("push", _hub.RunAsync, _time, _logger, _stopping.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _replays.Dispose();
        _stopping.Dispose();
    }

    private async ValueTask<uint> OpenAsync(OpenStream request, Call call)
    {
        var stream = request.Stream;
        if (stream.Topic.Kind == StreamKind.List
            && await _peers.Lists.Get(new GetList(stream.Viewer, stream.Topic.Subject), call) is null)
        {
            throw NotThere();
        }
        return await _hub.OpenAsync(stream, await ThreadOfAsync(stream, call), call.Cancellation);
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

    private long Lag()
    {
        var end = _peers.Posts.Locate(LocatePost.End, Call.Unbounded);
        return end.IsCompletedSuccessfully ? Math.Max(0, end.Result - 1 - _hub.Processed) : 0;
    }
}
