using System.Runtime.InteropServices;
using Roost.Engine.Graph;
using Roost.Rpc.Clients;

namespace Roost.Services.Graph.Replicas;

/// <summary>Fetches the whole graph from the service, part by part.</summary>
/// <remarks>What it is then is of no single moment, but all events up to the first part's seq are in it, and those
/// after it, taken in once more, make it that of the newest. Memory: 24 bytes a follow beside the graph for 33 million
/// at a time.</remarks>
internal static class ReplicaLoad
{
    private const int FollowsAtOnce = 1 << 25;

    /// <returns>The replica, and the seq to go on after.</returns>
    public static async Task<(FollowGraph Graph, TiesTable Ties, long Seq)> RunAsync(
        FeedsApi feeds, TimeProvider time, CancellationToken ct)
    {
        var (graph, ties) = (new FollowGraph(), new TiesTable(time));
        var (follows, others) = (new List<(int, int)>(), new List<GraphChange>());
        var part = await feeds.Part.AskUntilAnsweredAsync(new ListGraphPart(0), time, ct);
        var seq = part.Seq;
        while (true)
        {
            foreach (var list in part.Follows) Add(list, follows);
            others.AddRange(part.Others.Select(GraphChange.Of));
            if (part.IsLast || follows.Count >= FollowsAtOnce)
            {
                graph.BulkFollow(CollectionsMarshal.AsSpan(follows));
                follows.Clear();
            }
            if (part.IsLast) break;
            part = await feeds.Part.AskUntilAnsweredAsync(new ListGraphPart(part.Last), time, ct);
        }
        ties.Load(others);
        return (graph, ties, seq);
    }

    private static void Add(FolloweeList list, List<(int, int)> follows)
    {
        foreach (var block in list.Followees.Blocks)
        {
            foreach (var followee in block) follows.Add((list.Account.Value, followee));
        }
    }
}
