using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>
/// The Timelines service: inboxes, the fan-out that fills them, and the pages made of them. It owns nothing durable:
/// all that it holds comes from Posts and Graph and is rebuilt by use after a restart.
/// </summary>
/// <remarks>
/// A home page's way: <see cref="HomeSlices"/> gives ids (the skeleton), <see cref="Hydration"/> gets what they stand
/// for in one batched call per service, <see cref="Pager"/> drops what the viewer may not see and asks for more until
/// the page is full.
/// </remarks>
public sealed class TimelinesService : IAsyncDisposable
{
    private readonly PostsApi _posts;
    private readonly GraphApi _graph;
    private readonly TimelinesOptions _options;
    private readonly Presence _presence;
    private readonly Inboxes _inboxes;
    private readonly FanOut _fanOut;
    private readonly HomeSlices _home;
    private readonly Pager _pager;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public TimelinesService(
        TimelinesOptions options, UsersApi users, GraphApi graph, PostsApi posts, TimeProvider time,
        ILoggerFactory loggers, TimelinesMetrics metrics)
    {
        options.Validate();
        (_options, _posts, _graph, _time) = (options, posts, graph, time);
        _logger = loggers.CreateLogger<TimelinesService>();
        _presence = new Presence(time);
        _inboxes = new Inboxes(options, posts, _presence, metrics);
        _fanOut = new FanOut(_inboxes, posts, graph, options, time, metrics, loggers.CreateLogger<FanOut>());
        _home = new HomeSlices(_inboxes, posts, metrics);
        var hydration = new Hydration(users, graph, posts, time);
        _pager = new Pager(posts, hydration);
        Api = new TimelinesApi(
            Home: HomeAsync,
            Public: PublicAsync,
            Account: AccountAsync,
            Hydrate: hydration.EntriesAsync,
            Accounts: hydration.AccountsAsync,
            Activate: (request, call) => _inboxes.ActivateAsync(request.UpTo, graph, call),
            FanOut: (_, call) => _fanOut.AwaitAsync(call));
        metrics.Watch(Lag, () => _inboxes.Count, () => _inboxes.Bytes);
    }

    public TimelinesApi Api { get; }

    /// <summary>Starts fan-out after what is in the log now, and the sweep of the absent's inboxes.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        _inboxes.StartAfter(await _posts.Locate(LocatePost.End, Call.Until(ct)) - 1);
        _running = Task.WhenAll(
            Background.RunAsync("fan-out", _fanOut.RunAsync, _time, _logger, _stopping.Token),
            Background.RunAsync("inbox sweep", SweepAsync, _time, _logger, _stopping.Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _inboxes.Dispose();
        _stopping.Dispose();
    }

    private async ValueTask<TimelinePage> HomeAsync(HomeTimeline request, Call call)
    {
        _presence.Note(request.Account);
        var followees = await _graph.Followees(new GetFollowees(request.Account), call);
        await _home.ArriveAsync(request.Account, followees, call);
        return await _pager.PageAsync(
            request.Account, request.Range, (range, inner) =>
                _home.TakeAsync(request.Account, followees, range, inner), call);
    }

    private ValueTask<TimelinePage> PublicAsync(PublicTimeline request, Call call) =>
        _pager.PageAsync(request.Viewer, request.Range, (range, inner) => MergeAsync(null, range, inner), call);

    private ValueTask<TimelinePage> AccountAsync(AccountTimeline request, Call call)
    {
        var author = SortedIds.FromSorted([request.Account.Value]);
        return _pager.PageAsync(request.Viewer, request.Range, FilteredAsync, call);

        async ValueTask<Slice> FilteredAsync(SliceRange range, Call inner)
        {
            var slice = await MergeAsync(author, range, inner);
            return slice with { Refs = [.. slice.Refs.Where(IsWanted)] };
        }

        // An answer to oneself goes on with what one said: only replies to others are left out.
        bool IsWanted(PostRef post) =>
            !(request.ExcludeBoosts && post.Kind == PostKind.Boost)
            && !(request.ExcludeReplies && !post.Answered.IsNone && post.Answered != post.Author);
    }

    private async ValueTask<Slice> MergeAsync(SortedIds? authors, SliceRange range, Call call) => Slice.Of(
        await _posts.Newest(
            new NewestPosts(authors, default, range.Below, range.Above, range.Oldest, range.Limit + 1), call),
        range);

    private async Task SweepAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(_options.SweepEvery, _time);
        while (await timer.WaitForNextTickAsync(ct))
            await _inboxes.SweepAsync(_options.ActiveFor, ct);
    }

    private long Lag()
    {
        var end = _posts.Locate(LocatePost.End, Call.Unbounded);
        return end.IsCompletedSuccessfully ? Math.Max(0, end.Result - 1 - _inboxes.Processed) : 0;
    }
}
