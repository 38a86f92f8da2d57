using Roost.Engine.Graph;
using Roost.Rpc;
using Roost.Rpc.Filters;
using Roost.Rpc.Remote;
using Roost.Services.Graph;
using Roost.Services.Graph.Replicas;
using Roost.Services.Storage;

namespace Roost.Composition;

/// <summary>The Graph service as a node has it: its own, called directly, or a replica of another process's.</summary>
/// <param name="Owned">What is closed with the node, in this order.</param>
/// <param name="WatchFollowees">Of the graph in this process's memory.</param>
/// <param name="Newest">Seq of an event that this process has, and before which it has all: at least the newest of
/// those that were answered by way of this process.</param>
/// <param name="ReachAsync">Waits until this process has an event.</param>
internal sealed record GraphHere(
    IReadOnlyList<IAsyncDisposable> Owned, GraphApi Graph, RelationsApi Relations, ListsApi Lists, TagsApi Tags,
    SuggestionsApi Suggestions, FeedsApi Feeds, Func<ChangedFollowees> WatchFollowees,
    Func<Call, ValueTask<long>> Newest, Func<long, CancellationToken, ValueTask> ReachAsync) : IAsyncDisposable
{
    public static Task<GraphHere> OpenAsync(
        DataDirectory data, NodeOptions options, NodeTools tools, CancellationToken ct)
    {
        if (options.GraphElsewhere is not null || options.GraphSource is not null) RolePlace.Graph.RequireNone(data);
        if (options.GraphSource is { } source) return FollowAsync(source, tools, ct);
        if (options.GraphElsewhere is { } where) return ConnectAsync(where, tools, ct);
        RolePlace.Graph.RequireOwn(data);
        var own = GraphService.Open(data, tools.Time, tools.Loggers, tools.Meters, options.Follows);
        DataParts.Note(data, RolePlace.Graph.Part);
        return Task.FromResult(
            new GraphHere(
                [own], own.Api, own.Relations, own.Lists, own.Tags, own.Suggestions, own.Feeds, own.WatchFollowees,
                call => own.Api.NewestTie(new GetNewestTie(), call), static (_, _) => default));
    }

    /// <summary>The same behind this process's filters. A replica, too: most of it is answered here.</summary>
    public GraphHere Behind(ServiceStack stack) => new(
        Owned, Graph.With(stack), Relations.With(stack), Lists.With(stack), Tags.With(stack), Suggestions.With(stack),
        Feeds.With(stack), WatchFollowees, Newest, ReachAsync);

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Owned) await one.DisposeAsync();
    }

    /// <summary>A replica of the one that another process has.</summary>
    /// <param name="way">To who has it; is not closed with the result.</param>
    public static Task<GraphHere> FollowAsync(RoleElsewhere way, NodeTools tools, CancellationToken ct) => FollowAsync(
        SourceOf(way.Connect(Role.Graph.Name), way.Connect($"{Role.Graph.Name}.feeds"), tools.Time), tools, ct);

    /// <summary>The service of another process.</summary>
    /// <param name="feeds">Apart: calls that wait for something to happen would tell the other calls' balancer that it
    /// is slow.</param>
    public static GraphSource SourceOf(RemoteClient client, RemoteClient feeds, TimeProvider time)
    {
        var told = GraphRemote.ConnectFeeds(feeds);
        return new GraphSource(
            GraphRemote.ConnectGraph(client, told.Follow(time)), GraphRemote.ConnectRelations(client),
            GraphRemote.ConnectLists(client), GraphRemote.ConnectTags(client), GraphRemote.ConnectSuggestions(client),
            told);
    }

    private static async Task<GraphHere> ConnectAsync(Elsewhere where, NodeTools tools, CancellationToken ct)
    {
        var way = new RoleElsewhere(Role.Graph.Name, where, tools);
        try
        {
            var graph = await FollowAsync(way, tools, ct);
            return graph with { Owned = [.. graph.Owned, way] };
        }
        catch
        {
            await way.DisposeAsync();
            throw;
        }
    }

    private static async Task<GraphHere> FollowAsync(GraphSource source, NodeTools tools, CancellationToken ct)
    {
        var replica = await GraphReplica.OpenAsync(source, tools.Time, tools.Loggers, tools.Meters, ct);
        return new GraphHere(
            [replica], replica.Api, replica.Relations, replica.Lists, replica.Tags, replica.Suggestions,
            source.Feeds, replica.WatchFollowees, _ => new(replica.Reached),
            replica.ReachAsync);
    }
}
