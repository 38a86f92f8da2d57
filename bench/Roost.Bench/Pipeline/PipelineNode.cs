using Microsoft.Extensions.Logging.Abstractions;
using Roost.Bench.Frame;
using Roost.Composition;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Filters;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Posts.Log;
using Roost.Services.Search;
using Roost.Services.Storage;
using Roost.Services.Timelines;
using Roost.Services.Users;

namespace Roost.Bench.Pipeline;

/// <summary>Posts, Search and Timelines as <c>roost up</c> composes them, filters included, over a directory of its
/// own, with a <see cref="PipelineNetwork"/> in place of the accounts and follows of the directory.</summary>
internal sealed class PipelineNode : IAsyncDisposable
{
    private readonly BenchMeters _meters = new();
    private readonly string _path;
    private readonly bool _keep;
    private readonly DataDirectory _data;
    private readonly UsersService _users;
    private readonly GraphService _graph;
    private readonly PostsService _posts;
    private readonly SearchService _search;
    private readonly TimelinesService _timelines;

    private PipelineNode(string path, PipelineNetwork network, bool keep)
    {
        (_path, _keep) = (path, keep);
        _data = DataDirectory.Open(path);
        var reading = SearchReading.Begin(_data);
        var loggers = NullLoggerFactory.Instance;
        var stack = new ServiceStack(_meters, TimeProvider.System, new MethodLimits());
        _users = UsersService.Open(_data, new UsersOptions(), TimeProvider.System, loggers, _meters);
        _graph = GraphService.Open(_data, TimeProvider.System, loggers, _meters);
        Users = network.Over(_users.Api).With(stack);
        var graph = network.Over(_graph.Api).With(stack);
        var log = PostLog.Open(
            // As many as are read: the newest of some seconds.
            new PostLogOptions { Directory = _data.Folder(PostsService.Folder), TailBytes = 256 << 20 },
            TimeProvider.System,
            NullLogger<PostLog>.Instance, new PostLogMetrics(_meters));
        _posts = new PostsService(
            log, new PostsPeers(graph.Relationships, null), new PostsOptions(), TimeProvider.System, loggers,
            new PostsMetrics(_meters));
        Posts = _posts.Api.With(stack);
        _search = new SearchService(
            reading, new SearchOptions(), new SearchPeers(Users, graph, Posts), TimeProvider.System, loggers,
            new SearchMetrics(_meters));
        Search = _search.Api.With(stack);
        _timelines = new TimelinesService(
            new TimelinesOptions { RebuildShare = 1 },
            new TimelinesPeers(Users, graph, _graph.Lists.With(stack), Posts) { Search = Search },
            TimeProvider.System, loggers, new TimelinesMetrics(_meters));
        Timelines = _timelines.Api.With(stack);
    }

    public UsersApi Users { get; }

    public PostsApi Posts { get; }

    public SearchApi Search { get; }

    public TimelinesApi Timelines { get; }

    /// <summary>Opens it, and gives the network's active accounts their inboxes, which a first read does.</summary>
    /// <param name="keep">Whether the directory stays when it is disposed.</param>
    public static async Task<PipelineNode> OpenAsync(
        string path, PipelineNetwork network, bool keep, CancellationToken ct)
    {
        var node = await StartAsync(path, network, keep, ct);
        foreach (var account in network.Active)
            await node.Timelines.Home(new HomeTimeline(new AccountId(account), new PageRange()), Call.Until(ct));
        return node;
    }

    /// <summary>Opens it, and nobody has an inbox.</summary>
    /// <inheritdoc cref="OpenAsync"/>
    public static async Task<PipelineNode> StartAsync(
        string path, PipelineNetwork network, bool keep, CancellationToken ct)
    {
        var node = new PipelineNode(path, network, keep);
        try
        {
            await node._search.StartAsync(ct);
            await node._timelines.StartAsync(ct);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timelines.DisposeAsync();
        await _search.DisposeAsync();
        await _posts.DisposeAsync();
        await _graph.DisposeAsync();
        await _users.DisposeAsync();
        _data.Dispose();
        _meters.Dispose();
        if (!_keep)
            Directory.Delete(_path, recursive: true);
    }
}
