using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Graph.Snapshots;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// Who follows whom and what, and all else that is between accounts: blocks, mutes, lists, notes. Truth is in
/// <c>graph.db</c>; nearly all is in memory besides, loaded at start (follows from <see cref="GraphSnapshots"/>), and
/// answers everything but pages in the order in which things were made, and notes, which are read from SQL.
/// </summary>
/// <remarks>
/// The graph in memory is changed only by the database's writer, after the commit and before the caller is answered:
/// it never shows a follow that could still be lost, and who has been answered finds their own change. So a change
/// that memory says is none (following twice) needs no write. Each change says its events, and these are what memory is
/// changed by (<see cref="GraphWork"/>). Whether an account exists is not known here; callers
/// check. Cost: 8 bytes per follow in memory at most, a read some 50 ns per account, a change one group commit, a
/// page 20 to 60 µs.
/// </remarks>
public sealed class GraphService : IAsyncDisposable
{
    /// <summary>The database's name; the file is <c>graph.db</c>.</summary>
    internal const string Name = "graph";

    private const int PageItemsMax = 80;

    private readonly SqlDatabase _database;
    private readonly GraphStore _store;
    private readonly TiesStore _tiesStore;
    private readonly GraphWriter _writer;
    private readonly FollowGraph _graph;
    private readonly GraphSnapshots _snapshots;
    private readonly TiesTable _ties;

    private GraphService(
        SqlDatabase database, GraphStore store, GraphSnapshots snapshots, TimeProvider time, GraphMetrics metrics)
    {
        _database = database;
        _store = store;
        _graph = snapshots.Graph;
        _snapshots = snapshots;
        _tiesStore = new TiesStore(database, time);
        _ties = new TiesTable(time);
        _ties.Load(_tiesStore.ReadAll());
        var feed = new TieFeed(database, time);
        var reads = new GraphReads(_graph, _ties);
        Func<AccountId, AccountId, string?> note = _tiesStore.Note;
        _writer = new GraphWriter(database, _graph, _ties, feed, time, metrics);
        Api = new GraphApi(
            Follow: FollowAsync,
            Unfollow: UnfollowAsync,
            Import: ImportAsync,
            Relationships: (request, _) => new(reads.Relationships(request, note)),
            Counts: (request, _) => new(reads.Counts(request)),
            List: ListAsync,
            Followees: (request, _) => new(reads.Followees(request)),
            Followers: (request, _) => new(reads.Followers(request)),
            FollowersOfMany: (request, _) => new(reads.FollowersOfMany(request)),
            Rules: (request, _) => new(reads.Rules(request)),
            RulesOfMany: (request, _) => new(reads.RulesOfMany(request)),
            Subscribers: (request, _) => new(reads.Subscribers(request)),
            NewestTie: (_, _) => new(feed.Newest()),
            NewFollows: (request, _) => new(_store.CountNew(request)),
            Feed: feed.FollowAsync);
        Relations = new RelationFunctions(_writer, _tiesStore, _ties, _graph).Api;
        Lists = new ListFunctions(_writer, _ties).Api;
        Tags = new TagFunctions(_writer, _tiesStore, _ties).Api;
        Suggestions = new SuggestionFunctions(_graph, _writer, _ties, time).Api;
        Feeds = new FeedFunctions(database, feed, _graph, _ties).Api;
    }

    /// <summary>The service's functions, bare.</summary>
    public GraphApi Api { get; }

    /// <summary>What is between accounts beside follows.</summary>
    public RelationsApi Relations { get; }

    public ListsApi Lists { get; }

    public TagsApi Tags { get; }

    public SuggestionsApi Suggestions { get; }

    /// <summary>What other processes follow.</summary>
    public FeedsApi Feeds { get; }

    /// <summary>See <see cref="FollowGraph.Watch"/>.</summary>
    public ChangedFollowees WatchFollowees() => _graph.Watch();

    /// <summary>How many follows there are.</summary>
    public long Follows => _graph.Count;

    /// <summary>Opens <c>graph.db</c> in the directory, or makes it, and loads the graph: from its snapshot at the
    /// speed of memory, without one in about half a second per million follows.</summary>
    /// <param name="instead">Follows to begin with, in memory only, instead of those that the database holds.</param>
    /// <exception cref="ServiceException">The database cannot be used, or is damaged; says why.</exception>
    public static GraphService Open(
        DataDirectory data, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters,
        FollowGraph? instead = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var logger = loggers.CreateLogger<GraphService>();
        var database = SqlDatabase.Open(data, Name, time, logger, meters);
        var store = new GraphStore(database);
        var snapshots = instead is null
            ? GraphSnapshots.Open(data, database, store, logger)
            : GraphSnapshots.Without(data, database, instead, logger);
        var service = new GraphService(database, store, snapshots, time, new GraphMetrics(meters));
        snapshots.Start(time);
        return service;
    }

    /// <summary>Completes when it is certain that it is still this process that may write.</summary>
    /// <exception cref="ServiceException">It is not, or that cannot be told.</exception>
    public async Task ConfirmAsync() => await _database.WriteAsync(_ => 0);

    /// <summary>Finishes the writes that wait and closes the database. Callers must have stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _snapshots.DisposeAsync();
        await _database.DisposeAsync();
    }

    private ValueTask<bool> FollowAsync(Follow request, Call call)
    {
        RequireAccount(request.Follower);
        RequireAccount(request.Followee);
        if (request.Follower == request.Followee)
        {
            throw new ServiceException(ErrorCode.Invalid, "An account cannot follow itself.");
        }
        if (request.Terms is null && _graph.Follows(request.Follower, request.Followee)) return new(false);
        return _writer.ChangeAsync(work => work.Follow(request), call.Cancellation);
    }

    private ValueTask<bool> UnfollowAsync(Unfollow request, Call call)
    {
        RequireAccount(request.Follower);
        RequireAccount(request.Followee);
        var isNone = !_graph.Follows(request.Follower, request.Followee)
            && !_ties.Of(request.Follower).Requested.Contains(request.Followee);
        return isNone
            ? new(false)
            : _writer.ChangeAsync(
                work => work.EndFollow(request.Follower.Value, request.Followee.Value), call.Cancellation);
    }

    private async ValueTask<long> ImportAsync(ImportFollows request, Call call)
    {
        foreach (var (follower, followee) in request.Follows)
        {
            RequireAccount(follower);
            RequireAccount(followee);
        }
        if (request.Follows.Count == 0) return 0;
        var imported = await _store.ImportAsync(request, _writer.Apply, call.Cancellation);
        _snapshots.TakeIfDue();
        return imported.Added.Count;
    }

    private ValueTask<FollowPage> ListAsync(ListFollows request, Call call)
    {
        RequireAccount(request.Account);
        if (request.Limit is < 1 or > PageItemsMax)
        {
            throw new ServiceException(ErrorCode.Invalid,
                $"A page has 1 to {PageItemsMax} follows, not {request.Limit}.");
        }
        if (request.Before < 0 || request.After < 0)
        {
            throw new ServiceException(ErrorCode.Invalid, "The ids to page by are not negative.");
        }
        return new ValueTask<FollowPage>(_store.List(request));
    }

    internal static void RequireAccount(AccountId account)
    {
        if (account.Value <= 0) Throw(account);

        static void Throw(AccountId account) =>
            throw new ServiceException(ErrorCode.Invalid, $"{account.Value} is not the id of an account.");
    }
}
