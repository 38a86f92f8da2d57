using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Filters;
using Roost.Services;
using Roost.Services.Filters;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Search;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Composition;

/// <summary>
/// Timelines over posts that another process writes: a log of its own follows the posts' table, and a page is of all
/// that was answered before it was asked for, by whichever process (<see cref="ReadIndex"/>).
/// </summary>
internal sealed class TimelinesReplica : IAsyncDisposable
{
    private readonly PostsService _posts;
    private readonly ReadIndex _index;
    private readonly TimelinesService _service;

    private TimelinesReplica(
        TimelinesSources sources, TimelinesOptions options, DataDirectory data, NodeTools tools, ServiceStack stack)
    {
        var (newest, graph) = (sources.Newest, sources.Graph);
        _posts = PostsHere.Follow(data, graph.Relationships, tools);
        var posts = _posts.Api.With(stack);
        var asked = new AskReadIndex("", 0);
        _index = new ReadIndex(
            async call =>
            {
                var (last, lastTie, news) = await newest(asked, call);
                sources.KnownFilters.Heard(news, asked.Run);
                asked = new AskReadIndex(news.Run, news.Last);
                await _posts.ReachAsync(last, call.Cancellation);
                await sources.ReachGraph(lastTie, call.Cancellation);
            },
            tools.Time, tools.Loggers.CreateLogger<ReadIndex>());
        var metrics = new TimelinesMetrics(tools.Meters);
        metrics.WatchStale(() => _index.Stale);
        _service = new TimelinesService(
            options,
            new TimelinesPeers(sources.Users, graph, sources.Lists, posts)
            {
                Search = sources.Search,
                Filters = sources.Filters,
            },
            tools.Time, tools.Loggers, metrics);
        var api = _service.Api;
        // Who names posts has been told of them, whether or not Posts says by now how far it is.
        Timelines = (api with
        {
            Home = _index.Before(api.Home),
            HomeOutline = _index.Before(api.HomeOutline),
            Public = _index.Before(api.Public),
            Account = _index.Before(api.Account),
            List = _index.Before(api.List),
            Hydrate = Reached(_index.Before(api.Hydrate), static request => SeqOf(request.Refs)),
            Outline = Reached(_index.Before(api.Outline), static request => SeqOf(request.Refs)),
            Accounts = _index.Before(api.Accounts),
        }).With(stack);
        Read = Reached(_index.Before(posts.Read), static request => request.Seqs.DefaultIfEmpty().Max());
        Texts = Reached(_index.Before(posts.Texts), static request => request.Seqs.DefaultIfEmpty().Max());
    }

    public TimelinesApi Timelines { get; }

    /// <summary>As <see cref="PostsApi.Read"/> and <see cref="PostsApi.Texts"/>, of posts that were told of: for who
    /// shows a page, what it says.</summary>
    public Service<ReadPosts, ShownPost[]> Read { get; }

    /// <inheritdoc cref="Read"/>
    public Service<ReadPostTexts, PostTexts> Texts { get; }

    /// <param name="data">Where its log is; closed after it.</param>
    public static async Task<TimelinesReplica> OpenAsync(
        TimelinesSources sources, TimelinesOptions options, DataDirectory data, NodeTools tools, ServiceStack stack,
        CancellationToken ct)
    {
        var replica = new TimelinesReplica(sources, options, data, tools, stack);
        try
        {
            await replica._service.StartAsync(ct);
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await _index.DisposeAsync();
        await _posts.DisposeAsync();
    }

    private static uint SeqOf(IReadOnlyList<PostRef> refs) => refs.Count == 0 ? 0 : refs.Max(post => post.Seq);

    private Service<TRequest, TReply> Reached<TRequest, TReply>(
        Service<TRequest, TReply> read, Func<TRequest, uint> seqOf) => async (request, call) =>
        {
            await _posts.ReachAsync(seqOf(request), call.Cancellation);
            return await read(request, call);
        };
}

/// <summary>What timelines are made of besides posts.</summary>
/// <param name="ReachGraph">Waits until <paramref name="Graph"/>, a replica, has an event.</param>
/// <param name="KnownFilters">Those that <paramref name="Filters"/> keeps.</param>
/// <param name="Newest">Asks who has the posts how far that is.</param>
internal sealed record TimelinesSources(
    UsersApi Users, GraphApi Graph, ListsApi Lists, Func<long, CancellationToken, ValueTask> ReachGraph,
    FiltersApi Filters, FiltersElsewhere KnownFilters, SearchApi Search,
    Service<AskReadIndex, ReadIndexReply> Newest);
