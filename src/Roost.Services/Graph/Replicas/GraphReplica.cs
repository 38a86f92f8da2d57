using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Rpc;

namespace Roost.Services.Graph.Replicas;

/// <summary>
/// The Graph service as a process has it that does not run it: a replica in memory of all that is between accounts,
/// which answers what timelines and pages ask a million times a second, and the service itself for the rest: what
/// changes something, and what comes from its tables (pages in the order in which things were made, notes,
/// suggestions).
/// </summary>
/// <remarks>
/// <para><b>Reads its own writes.</b> A change is answered when the replica has it, which takes two round trips more.
/// Changes that other processes make are there when their events are, some milliseconds later.</para>
/// <para><b>When the service is away</b> the replica goes on to answer, with what it last heard; changes and what comes
/// from the tables fail. What was missed is made up for when it is back, wherever it runs then. Metrics tell how far
/// the replica is behind (<see cref="ReplicaMetrics"/>).</para>
/// <para><b>A start</b> fetches everything, some 4 bytes a follow. <b>Memory:</b> as the service's own.</para>
/// </remarks>
public sealed class GraphReplica : IAsyncDisposable
{
    /// <summary>Of an import in one call: a fraction of a second's work, and 200 KB.</summary>
    private const int ImportMax = 1 << 14;

    private readonly GraphSource _source;
    private readonly FollowGraph _graph;
    private readonly ReplicaFeed _feed;
    private readonly ReplicaMetrics _metrics;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _following;

    private GraphReplica(
        GraphSource source, FollowGraph graph, TiesTable ties, ReplicaFeed feed, ReplicaMetrics metrics,
        TimeProvider time, ILogger logger)
    {
        (_source, _graph, _feed, _metrics) = (source, graph, feed, metrics);
        var reads = new GraphReads(graph, ties);
        Api = source.Graph with
        {
            Follow = Written(source.Graph.Follow),
            Unfollow = Written(source.Graph.Unfollow),
            Import = Written<ImportFollows, long>(ImportAsync),
            Relationships = (request, call) => reads.HasNotes(request)
                ? source.Graph.Relationships(request, call)
                : new(reads.Relationships(request, static (_, _) => null)),
            Counts = (request, _) => new(reads.Counts(request)),
            Followees = (request, _) => new(reads.Followees(request)),
            Followers = (request, _) => new(reads.Followers(request)),
            FollowersOfMany = (request, _) => new(reads.FollowersOfMany(request)),
            Rules = (request, _) => new(reads.Rules(request)),
            RulesOfMany = (request, _) => new(reads.RulesOfMany(request)),
            Subscribers = (request, _) => new(reads.Subscribers(request)),
        };
        Relations = source.Relations with
        {
            Block = Written(source.Relations.Block),
            Unblock = Written(source.Relations.Unblock),
            Mute = Written(source.Relations.Mute),
            Unmute = Written(source.Relations.Unmute),
            Answer = Written(source.Relations.Answer),
            AcceptAll = Written(source.Relations.AcceptAll),
            Note = Written(source.Relations.Note),
            Endorse = Written(source.Relations.Endorse),
            CountRequests = (request, _) => new(ties.Of(request.Account).RequestedBy.Count),
        };
        Lists = source.Lists with
        {
            All = (request, _) => new(ListFunctions.All(ties, request)),
            Get = (request, _) => new(ListFunctions.Find(ties, request.Owner, request.Id)),
            Make = Written(source.Lists.Make),
            Change = Written(source.Lists.Change),
            End = Written(source.Lists.End),
            Members = Written(source.Lists.Members),
        };
        Tags = source.Tags with
        {
            Follow = Written(source.Tags.Follow),
            Feature = Written(source.Tags.Feature),
            Of = (request, _) => new(ties.Of(request.Account).Tags),
            Followers = (request, _) => new(ties.TagFollowers.Of(request.Keys)),
        };
        _following = Background.RunAsync("graph replica", feed.RunAsync, time, logger, _stopping.Token);
    }

    public GraphApi Api { get; }

    public RelationsApi Relations { get; }

    public ListsApi Lists { get; }

    public TagsApi Tags { get; }

    public SuggestionsApi Suggestions => _source.Suggestions;

    /// <summary>See <see cref="FollowGraph.Watch"/>.</summary>
    public ChangedFollowees WatchFollowees() => _graph.Watch();

    /// <summary>Seq of the last event that it has.</summary>
    public long Reached => _feed.Place.Done;

    /// <summary>Waits until it has an event.</summary>
    public ValueTask ReachAsync(long seq, CancellationToken ct) => _feed.Place.WaitAsync(seq, ct);

    /// <summary>Fetches all that there is; waits for the service when it is away.</summary>
    public static async Task<GraphReplica> OpenAsync(
        GraphSource source, TimeProvider time, ILoggerFactory loggers, IMeterFactory meters, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(source);
        var logger = loggers.CreateLogger<GraphReplica>();
        var (graph, ties, seq) = await ReplicaLoad.RunAsync(source.Feeds, time, ct);
        var feed = new ReplicaFeed(source, graph, ties, time, logger);
        await feed.CatchUpAsync(seq, ct);
        return new GraphReplica(source, graph, ties, feed, new ReplicaMetrics(meters, feed), time, logger);
    }

    /// <summary>Follows the service no longer. Callers must have stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _following;
        _stopping.Dispose();
        _metrics.Dispose();
    }

    private Service<TRequest, TReply> Written<TRequest, TReply>(Service<TRequest, TReply> write) =>
        async (request, call) =>
        {
            var reply = await write(request, call);
            await _feed.ReachAsync(call);
            return reply;
        };

    /// <summary>In parts, each of which is stored by itself: what follows one that fails is not done.</summary>
    private async ValueTask<long> ImportAsync(ImportFollows request, Call call)
    {
        var added = 0L;
        for (var start = 0; start < request.Follows.Count; start += ImportMax)
        {
            var part = request with { Follows = [.. request.Follows.Skip(start).Take(ImportMax)] };
            added += await _source.Graph.Import(part, call);
        }
        return added;
    }
}
