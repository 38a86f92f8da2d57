using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Timelines.Redis;
using Roost.Services.Users;

namespace Roost.Services.Timelines;

/// <summary>The services that timelines are made of.</summary>
public sealed record TimelinesPeers(UsersApi Users, GraphApi Graph, ListsApi Lists, PostsApi Posts)
{
    /// <summary>Finds the posts with followed hashtags; without it there are none on home timelines.</summary>
    public SearchApi? Search { get; init; }

    /// <summary>What readers filter; without it nothing is filtered.</summary>
    public FiltersApi? Filters { get; init; }

    /// <summary>Whose followees change in the graph that <see cref="Graph"/> answers from; for inboxes that outlive the
    /// process.</summary>
    public ChangedFollowees? Changed { get; init; }
}

/// <summary>
/// The Timelines service: inboxes, the fan-out that fills them, and the pages made of them. It owns nothing that must
/// last: all that it holds comes from Posts and Graph and can be rebuilt by use.
/// </summary>
/// <remarks>
/// A home page's way: <see cref="HomeSlices"/> gives ids (the skeleton), <see cref="Hydration"/> gets what they stand
/// for in one batched call per service, <see cref="Pager"/> drops what the viewer may not see or does not want
/// (<see cref="Viewing"/>) and asks for more until the page is full.
/// </remarks>
public sealed class TimelinesService : IAsyncDisposable
{
    private readonly PostsApi _posts;
    private readonly GraphApi _graph;
    private readonly ListsApi _lists;
    private readonly FiltersApi? _filters;
    private readonly TimelinesOptions _options;
    private readonly Presence _presence;
    private readonly IInboxes _inboxes;
    private readonly FanOut _fanOut;
    private readonly Rebuilds _rebuilds;
    private readonly HomeSlices _home;
    private readonly TagSlices? _tags;
    private readonly Hydration _hydration;
    private readonly Outlines _outlines;
    private readonly Pager _pager;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public TimelinesService(
        TimelinesOptions options, TimelinesPeers peers, TimeProvider time, ILoggerFactory loggers,
        TimelinesMetrics metrics)
    {
        options.Validate();
        var (users, graph, lists, posts) = peers;
        (_options, _posts, _graph, _lists, _filters, _time) =
            (options, posts, graph, lists, peers.Filters, time);
        _logger = loggers.CreateLogger<TimelinesService>();
        _presence = new Presence(time);
        _inboxes = options.Redis is { } redis
            ? new RedisInboxes(
                redis, options, posts, graph,
                peers.Changed ?? throw new ArgumentException(
                    "Inboxes in Redis need to hear of changes.", nameof(peers)),
                time, metrics, loggers.CreateLogger<RedisInboxes>())
            : new MemoryInboxes(options, posts, _presence, metrics);
        _fanOut = new FanOut(_inboxes, posts, graph, options, time, metrics, loggers.CreateLogger<FanOut>());
        _rebuilds = new Rebuilds(_inboxes, options, time, metrics, loggers.CreateLogger<Rebuilds>());
        _home = new HomeSlices(_inboxes, _rebuilds, posts, metrics);
        _tags = peers.Search is { } search ? new TagSlices(search, posts) : null;
        _hydration = new Hydration(users, graph, posts, time);
        _outlines = new Outlines(users, graph, posts);
        _pager = new Pager(posts, _hydration, _outlines);
        Api = new TimelinesApi(
            Home: HomeAsync,
            HomeOutline: HomeOutlineAsync,
            Public: PublicAsync,
            Account: AccountAsync,
            List: ListAsync,
            Hydrate: HydrateAsync,
            Outline: OutlineAsync,
            Accounts: _hydration.AccountsAsync,
            Activate: (request, call) => _inboxes.ActivateAsync(request.UpTo, graph, call),
            FanOut: (_, call) => _fanOut.AwaitAsync(call));
        metrics.Watch(Lag, () => _inboxes.Giants, () => _inboxes.Count, () => _inboxes.Bytes);
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
        await _rebuilds.DisposeAsync();
        await _inboxes.DisposeAsync();
        _stopping.Dispose();
    }

    private async ValueTask<TimelinePage> HomeAsync(HomeTimeline request, Call call)
    {
        var (viewing, source) = await ArriveAsync(request.Account, call);
        return await _pager.PageAsync(viewing, request.Range, source, call);
    }

    private async ValueTask<OutlinedPage> HomeOutlineAsync(HomeTimeline request, Call call)
    {
        var (viewing, source) = await ArriveAsync(request.Account, call);
        return await _pager.OutlineAsync(viewing, request.Range, source, call);
    }

    private async ValueTask<(Viewing Viewing, SliceSource Source)> ArriveAsync(AccountId account, Call call)
    {
        _presence.Note(account);
        var followees = await _graph.Followees(new GetFollowees(account), call);
        await _home.ArriveAsync(account, followees, call);
        SliceSource home = (range, inner) => _home.TakeAsync(account, followees, range, inner);
        return (
            await ViewAsync(account, Place.Home, followees.Rules, FilterContexts.Home, call),
            followees.Tags is { } tags && _tags is not null ? _tags.With(account, tags, home) : home);
    }

    private async ValueTask<TimelinePage> PublicAsync(PublicTimeline request, Call call)
    {
        var viewer = request.Viewer.IsNone
            ? default
            : await _graph.Followees(new GetFollowees(request.Viewer), call);
        var posts = new NewestPosts(null, default, 0, 0, false, 1)
        {
            Rules = viewer.Rules,
            OnlyMedia = request.OnlyMedia,
        };
        return await _pager.PageAsync(
            (await ViewAsync(request.Viewer, Place.Public, viewer.Rules, FilterContexts.Public, call)) with
            {
                Followed = viewer.Ids,
            }, request.Range,
            (range, inner) =>
                MergeAsync(posts, range, inner), call);
    }

    private async ValueTask<TimelinePage?> ListAsync(ListTimeline request, Call call)
    {
        if (await _lists.Get(new GetList(request.Owner, request.Id), call) is not { } list)
            return null;
        var followees = await _graph.Followees(new GetFollowees(request.Owner), call);
        var answering = list.Replies switch
        {
            ListReplies.ToMembers => list.Members,
            ListReplies.ToFollowed => followees.Ids,
            _ => SortedIds.Empty,
        };
        var posts = new NewestPosts(list.Members, default, 0, 0, false, 1)
        {
            Answering = answering.With(request.Owner),
            Rules = followees.Rules,
        };
        return await _pager.PageAsync(
            await ViewAsync(request.Owner, Place.List, followees.Rules, FilterContexts.Home, call), request.Range,
            (range, inner) =>
                MergeAsync(posts, range, inner), call);
    }

    private async ValueTask<TimelinePage> AccountAsync(AccountTimeline request, Call call)
    {
        var rules = await RulesAsync(request.Viewer, call);
        if (rules?.BlockedBy.Contains(request.Account) is true)
            return new TimelinePage([], false);
        var posts = new NewestPosts(SortedIds.FromSorted([request.Account.Value]), default, 0, 0, false, 1)
        {
            OnlyMedia = request.OnlyMedia,
            WithDirect = request.Viewer == request.Account,
        };
        return await _pager.PageAsync(
            await ViewAsync(request.Viewer, Place.Account, rules, FilterContexts.Account, call), request.Range,
            WantedAsync, call);

        async ValueTask<Slice> WantedAsync(SliceRange range, Call inner)
        {
            var slice = await MergeAsync(posts, range, inner);
            return slice with { Refs = [.. slice.Refs.Where(IsWanted)] };
        }

        // An answer to oneself goes on with what one said: only replies to others are left out.
        bool IsWanted(PostRef post) =>
            !(request.ExcludeBoosts && post.Kind == PostKind.Boost)
            && !(request.ExcludeReplies && !post.Answered.IsNone && post.Answered != post.Author);
    }

    private async ValueTask<TimelineEntry?[]> HydrateAsync(HydratePosts request, Call call) =>
        await _hydration.EntriesAsync(request, await ViewAsync(request, call), call);

    private async ValueTask<OutlinedPage?> OutlineAsync(HydratePosts request, Call call) =>
        !request.ByName && (await ViewAsync(request, call)).IsPlain
            ? await _outlines.TryGetAsync(request.Viewer, request.Refs, hasOlder: false, call)
            : null;

    private async ValueTask<Viewing> ViewAsync(HydratePosts request, Call call) => await ViewAsync(
        request.Viewer, request.ByName || request.IsChosenList ? Place.Named : Place.Thread,
        await RulesAsync(request.Viewer, call), request.Context, call);

    /// <summary>Asked for every page: filters come from memory, and most have none.</summary>
    private async ValueTask<Viewing> ViewAsync(
        AccountId viewer, Place place, ViewerRules? rules, FilterContexts context, Call call)
    {
        var viewing = new Viewing(viewer, place, rules);
        if (viewer.IsNone || _filters is null)
            return viewing;
        if (await _filters.Of(new GetViewerFilters(viewer), call) is not { } filters)
            return viewing;
        return (filters.Contexts & context) == 0 ? viewing : viewing with { Filters = filters, Context = context };
    }

    private ValueTask<ViewerRules?> RulesAsync(AccountId viewer, Call call) =>
        viewer.IsNone ? new((ViewerRules?)null) : _graph.Rules(new GetRules(viewer), call);

    /// <param name="posts">Which; the range is filled in.</param>
    private async ValueTask<Slice> MergeAsync(NewestPosts posts, SliceRange range, Call call) => Slice.Of(
        await _posts.Newest(
            posts with
            {
                Below = range.Below,
                Above = range.Above,
                Oldest = range.Oldest,
                Limit = range.Limit + 1,
            }, call),
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
