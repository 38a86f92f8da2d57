using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Clients;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services;
using Roost.Services.Filters;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Storage;
using Roost.Services.Timelines;

namespace Roost.Composition;

/// <summary>
/// The Timelines service in a process of its own: <c>roost serve timelines</c>. It follows the posts' table with a log
/// of its own and the graph with a replica, has inboxes of the accounts that come to it, and answers pages from its own
/// memory; as many as are wanted run beside each other, and callers ask for an account's pages the one that has its
/// inbox. A page is of all that was answered before it was asked for (<see cref="ReadIndex"/>).
/// </summary>
internal sealed class TimelinesRole : IAsyncDisposable
{
    /// <summary>As it is started, announced and called.</summary>
    public const string Name = "timelines";

    /// <summary>Whoever does not say in a second how far it is counts as away.</summary>
    private static readonly ClientPolicy _index = new() { TimeoutMax = TimeSpan.FromSeconds(1) };

    private readonly NodeTools _tools;
    private readonly RoleElsewhere _elsewhere;

    // What is closed, the last first.
    private readonly Stack<IAsyncDisposable> _opened = new();
    private readonly List<RoleElsewhere> _called = [];

    private TimelinesRole(TimelinesRoleOptions options, NodeTools tools)
    {
        _tools = tools;
        _elsewhere = Way(PostsServer.Name, options.Posts);
    }

    public static Role Of(TimelinesRoleOptions options) => new(
        Name, PostsService.Folder,
        (data, tools, stack, remote, ct) => ServeAsync(options, data, tools, stack, remote, ct))
    {
        Follows = PostsService.Folder,
    };

    public async ValueTask DisposeAsync()
    {
        while (_opened.TryPop(out var one)) await one.DisposeAsync();
    }

    private static async Task<ServedRole> ServeAsync(
        TimelinesRoleOptions options, DataDirectory data, NodeTools tools, ServiceStack stack, RemoteServices remote,
        CancellationToken ct)
    {
        var role = new TimelinesRole(options, tools);
        try
        {
            await role.OpenAsync(options, data, stack, remote, ct);
            return new ServedRole(role, () => Task.CompletedTask)
            {
                Called = () => [.. role._called.Select(way => way.Report())],
            };
        }
        catch
        {
            await role.DisposeAsync();
            throw;
        }
    }

    private async Task OpenAsync(
        TimelinesRoleOptions options, DataDirectory data, ServiceStack stack, RemoteServices remote,
        CancellationToken ct)
    {
        var client = _elsewhere.Connect(PostsServer.Name);
        // Apart, for a page that waits for it must not wait long.
        var index = _elsewhere.Connect($"{PostsServer.Name}.index", _index);
        var users = await UsersHere.ConnectAsync(
            options.Users is null ? _elsewhere : Way(Role.Users.Name, options.Users), _tools, ct);
        var graph = Opened(await GraphHere.FollowAsync(
            options.Graph is null ? _elsewhere : Way(Role.Graph.Name, options.Graph), _tools, ct)).Behind(stack);
        var posts = Opened(PostsHere.Follow(data, graph.Graph.Relationships, _tools));
        var own = posts.Api.With(stack);
        var lists = FiltersRemote.ConnectFilterLists(client);
        var filters = new FiltersElsewhere(lists, _tools.Time);
        var newest = TimelinesRemote.ConnectReadIndex(index).Ask;
        var read = Opened(new ReadIndex(
            async call =>
            {
                var (run, after) = filters.Place;
                var (last, lastTie, news) = await newest(new AskReadIndex(run, after), call);
                filters.Take(news);
                await posts.ReachAsync(last, call.Cancellation);
                await graph.ReachAsync(lastTie, call.Cancellation);
            },
            _tools.Time, _tools.Loggers.CreateLogger<ReadIndex>()));
        var timelines = Opened(new TimelinesService(
            options.Timelines,
            new TimelinesPeers(users.Users, graph.Graph, graph.Lists, own)
            {
                Search = SearchRemote.ConnectSearch(
                    client, SearchRemote.ConnectReadQueries(client).Query(), QueriesElsewhere.MatchAsync),
                Filters = FiltersRemote.ConnectFilters(
                    client, filters.OfAsync, filters.OfManyAsync, lists.Follow(filters, _tools.Time)),
                Index = read,
            },
            _tools.Time, _tools.Loggers, new TimelinesMetrics(_tools.Meters)));
        await timelines.StartAsync(ct);
        // Who names posts has been told of them, whether or not Posts says by now how far it is.
        var api = (timelines.Api with
        {
            Hydrate = Reached<HydratePosts, TimelineEntry?[]>(timelines.Api.Hydrate, request => SeqOf(request.Refs)),
            Outline = Reached<HydratePosts, OutlinedPage?>(timelines.Api.Outline, request => SeqOf(request.Refs)),
        }).With(stack);
        TimelinesRemote.Serve(remote, api);
        TimelinesRemote.Serve(remote, OutlinesElsewhere.Of(api).With(stack));
        // For who shows a page: what it says.
        remote.Add(
            PostsRemote.PostsRead,
            Reached(read.Before(own.Read), request => request.Seqs.DefaultIfEmpty().Max()));

        static uint SeqOf(IReadOnlyList<PostRef> refs) => refs.Count == 0 ? 0 : refs.Max(post => post.Seq);

        Service<TRequest, TReply> Reached<TRequest, TReply>(
            Service<TRequest, TReply> read, Func<TRequest, uint> seqOf) => async (request, call) =>
            {
                await posts.ReachAsync(seqOf(request), call.Cancellation);
                return await read(request, call);
            };
    }

    private RoleElsewhere Way(string service, Elsewhere where)
    {
        var way = Opened(new RoleElsewhere(service, where, _tools));
        _called.Add(way);
        return way;
    }

    private T Opened<T>(T one) where T : IAsyncDisposable
    {
        _opened.Push(one);
        return one;
    }
}

/// <summary>Whom timelines of their own ask.</summary>
/// <param name="Posts">Where <see cref="PostsServer"/> runs, whose table they follow.</param>
internal sealed record TimelinesRoleOptions(Elsewhere Posts)
{
    /// <summary>Where the Users service runs; null: it is asked by way of posts. So is <see cref="Graph"/>.</summary>
    public Elsewhere? Users { get; init; }

    public Elsewhere? Graph { get; init; }

    public TimelinesOptions Timelines { get; init; } = new();
}
