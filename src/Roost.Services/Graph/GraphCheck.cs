using System.Runtime.InteropServices;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Services.Graph.Snapshots;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// Verifies <c>graph.db</c> while no server runs: the file itself with all its tables and indexes, that event numbers
/// have no gaps, that replaying all events yields exactly the follows that the table has (<see cref="GraphReplay"/>),
/// that both ends of every follow exist, that the graph built of them has each on both sides, and that the snapshot has
/// the same; then as much for blocks, mutes, requests, lists and what else there is (<see cref="RelationReplay"/>).
/// Repairs indexes, and follows and events from each other where that loses nothing; removes a snapshot that is wrong.
/// </summary>
/// <remarks>Reads everything: some 4 s and 60 MB per million events.</remarks>
public static class GraphCheck
{
    private const string FollowsPlace = GraphService.Name + ".db, follows";

    /// <summary>Checks, and mends when asked.</summary>
    /// <param name="accountExists">Null when that cannot be told; then it is not checked.</param>
    /// <exception cref="Rpc.ServiceException">A newer Roost wrote the file, or it could not be repaired; says
    /// why.</exception>
    public static CheckReport Run(
        DataDirectory data, bool repair, Predicate<AccountId>? accountExists = null, CancellationToken ct = default) =>
        new SqlCheck(
            data, GraphService.Name, "Graph",
            session => Look(session, data.FilePath(GraphSnapshots.FileName), accountExists, ct)).Run(repair);

    private static SqlLook Look(
        SqlSession session, string snapshot, Predicate<AccountId>? accountExists, CancellationToken ct)
    {
        var replay = new GraphReplay(ct);
        replay.Run(session);
        var relations = new RelationReplay(accountExists, ct);
        relations.Run(session);
        var others = new Findings();
        LookAtAccounts(replay.Follows, accountExists, others);
        // Of rows that are wrong no graph need come out right.
        var snapshotIsWrong = false;
        if (replay.Findings.Count + others.All.Count == 0)
        {
            var graph = LookAtBothSides(replay.Follows, others, ct);
            snapshotIsWrong = SnapshotCheck.Look(session, snapshot, graph, others);
        }
        return new SqlLook(
            [("events", replay.Events), ("follows", replay.Follows.Count), ("relations", relations.Rows)],
            [.. replay.Findings, .. others.All, .. relations.Findings],
            replay.CanRepair ? writer => Mend(writer, replay)
                : snapshotIsWrong ? writer => SnapshotCheck.Mend(writer, snapshot) : null);
    }

    private static void LookAtAccounts(
        List<(int Follower, int Followee)> follows, Predicate<AccountId>? accountExists, Findings findings)
    {
        var unknown = new UnknownAccounts(accountExists);
        foreach (var (follower, followee) in follows)
        {
            unknown.Look(new AccountId(follower));
            unknown.Look(new AccountId(followee));
        }
        unknown.AddTo(findings, FollowsPlace, "follows");
    }

    private static FollowGraph LookAtBothSides(
        List<(int Follower, int Followee)> follows, Findings findings, CancellationToken ct)
    {
        var graph = FollowGraph.Build(CollectionsMarshal.AsSpan(follows));
        foreach (var (follower, followee) in follows)
        {
            ct.ThrowIfCancellationRequested();
            var (a, b) = (new AccountId(follower), new AccountId(followee));
            if (graph.Followees(a).Contains(b) && graph.Followers(b).Contains(a)) continue;
            findings.AddAlike(
                FindingKind.Damage, FollowsPlace, FollowsPlace,
                $"The graph in memory has not both sides of account {a} following {b}. The data is right and Roost is "
                + "not: please report it.");
        }
        if (graph.Count != follows.Count)
        {
            findings.Add(
                FindingKind.Damage, FollowsPlace,
                $"The graph in memory has {graph.Count} follows, the table {follows.Count}. The data is right and "
                + "Roost is not: please report it.");
        }
        return graph;
    }

    /// <summary>
    /// Events first: one that is made from its follow may be followed by one that ended it, and then that follow
    /// goes.
    /// </summary>
    private static IReadOnlyList<string> Mend(SqlSession session, GraphReplay replay)
    {
        SnapshotStore.Disown(session);
        foreach (var seq in replay.MissingEvents)
        {
            session.Execute(
                """
                INSERT INTO graph_events (seq, at, kind, follower, followee)
                SELECT id, created_at, @kind, follower, followee FROM follows WHERE id = @seq
                """, (int)GraphEventKind.Followed, seq);
        }
        foreach (var seq in replay.SurplusFollows) session.Execute("DELETE FROM follows WHERE id = @seq", seq);
        foreach (var seq in replay.MissingFollows)
        {
            session.Execute(
                """
                INSERT INTO follows (id, follower, followee, created_at)
                SELECT seq, follower, followee, at FROM graph_events WHERE seq = @seq
                """, seq);
        }
        return
        [
            $"{replay.MissingFollows.Count} follows were made again from their events, {replay.SurplusFollows.Count} "
            + $"that no event upholds were removed, and {replay.MissingEvents.Count} events were made again from their "
            + "follows.",
        ];
    }
}
