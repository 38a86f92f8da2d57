using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Filters;
using Roost.Services.Graph;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Services.Posts.Log;
using Roost.Services.Posts.Log.Table;
using Roost.Services.Search;
using Roost.Services.Storage;
using Roost.Services.Users;

namespace Roost.Composition;

/// <summary>
/// What a node has in memory of the post log, posts and their search index, and whom these ask: all of it can follow a
/// log that another process writes, and is what takes a node with many posts its time to start. What a node has besides
/// is read from databases when it is opened, and so is opened by the one process that serves.
/// </summary>
internal sealed class PostsHere : IAsyncDisposable
{
    /// <summary>What is followed is to be read soon.</summary>
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(20);

    private MediaApi? _media;

    public PostsHere(
        PostLog log, UsersHere users, GraphHere graph, SearchReading reading, NodeOptions options, NodeTools tools)
    {
        Stack = new ServiceStack(tools.Meters, tools.Time, options.Calls);
        (Users, Moderation, Figures) = users.Behind(Stack);
        Graph = graph.Behind(Stack);
        Service = new PostsService(
            log, new PostsPeers(Graph.Graph.Relationships, LateMedia(options.Media)), options.Posts, tools.Time,
            tools.Loggers, new PostsMetrics(tools.Meters));
        Posts = Service.Api.With(Stack);
        Marks = Service.Marks.With(Stack);
        if (options.SearchElsewhere is { } shards) SearchElsewhere = new SearchElsewhere(shards, tools);
        SearchService = new SearchService(
            reading, options.Search,
            new SearchPeers(Users, Graph.Graph, Posts) { Marks = Marks, Shards = SearchElsewhere?.Shards }, tools.Time,
            tools.Loggers, new SearchMetrics(tools.Meters));
    }

    /// <summary>The filters that all services of the process are behind.</summary>
    public ServiceStack Stack { get; }

    public UsersApi Users { get; }

    public ModerationApi Moderation { get; }

    public FiguresApi Figures { get; }

    public GraphHere Graph { get; }

    public PostsService Service { get; }

    public PostsApi Posts { get; }

    public MarksApi Marks { get; }

    public SearchService SearchService { get; }

    /// <summary>Null where this process has the index.</summary>
    public SearchElsewhere? SearchElsewhere { get; }

    /// <summary>Where pictures are asked for; to be set before posts are started.</summary>
    public MediaApi Media
    {
        get => _media ?? throw new ServiceException(
            ErrorCode.Unavailable, "This server stands by; ask the one that serves.");
        set => _media = value;
    }

    public static PostLog OpenLog(DataDirectory data, bool standsBy, NodeTools tools)
    {
        var logger = tools.Loggers.CreateLogger<PostLog>();
        // Where there is nothing to follow yet, this is the first one.
        var table = (standsBy ? LogTable.Follow(data, tools.Time, logger, tools.Meters) : null)
            ?? LogTable.Of(data, tools.Time, logger, tools.Meters);
        return PostLog.Open(
            new PostLogOptions { Directory = data.Folder(PostsService.Folder) }, tools.Time, logger,
            new PostLogMetrics(tools.Meters), table);
    }

    /// <summary>Posts that another process writes, for who reads them here alone.</summary>
    /// <param name="relationships">Whom it asks who may see a post.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Unavailable"/>: nobody has begun to write.</exception>
    public static PostsService Follow(
        DataDirectory data, Service<GetRelationships, Relationship[]> relationships, NodeTools tools)
    {
        var logger = tools.Loggers.CreateLogger<PostLog>();
        var table = LogTable.Follow(data, tools.Time, logger, tools.Meters)
            ?? throw new ServiceException(
                ErrorCode.Unavailable, "The database has no posts yet. Start this again when the network has begun.");
        var options = new PostLogOptions { Directory = data.Folder(PostsService.Folder), LookEvery = _lookEvery };
        return new PostsService(
            PostLog.Open(options, tools.Time, logger, new PostLogMetrics(tools.Meters), table),
            new PostsPeers(relationships, null), new PostsOptions(), tools.Time, tools.Loggers,
            new PostsMetrics(tools.Meters));
    }

    /// <summary>The index last: it is saved, which may take seconds, and whoever is to write posts next need not wait
    /// for that.</summary>
    public async ValueTask DisposeAsync()
    {
        await Service.EndWritingAsync();
        await SearchService.DisposeAsync();
        if (SearchElsewhere is not null) await SearchElsewhere.DisposeAsync();
        await Service.DisposeAsync();
    }

    private MediaApi LateMedia(MediaOptions options) => new(
        Upload: (request, call) => Media.Upload(request, call),
        Get: (request, call) => Media.Get(request, call),
        Describe: (request, call) => Media.Describe(request, call),
        Use: (request, call) => Media.Use(request, call),
        Free: (request, call) => Media.Free(request, call),
        Settle: (request, call) => Media.Settle(request, call),
        Settled: (request, call) => Media.Settled(request, call),
        Delete: (request, call) => Media.Delete(request, call),
        Find: (request, call) => Media.Find(request, call),
        Part: (request, call) => Media.Part(request, call),
        Limits: options.Limits);
}
