using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// Verifies <c>graph.db</c> while no server runs: the file itself with all its indexes, that event numbers have no
/// gaps, and that replaying all events yields exactly the follows that the table has, under the same ids.
/// </summary>
/// <remarks>Reads everything: some 5 s and 150 MB per million events.</remarks>
public static class GraphCheck
{
    private const string File = GraphService.Name + ".db";
    private const int ExamplesMax = 10;

    /// <summary>What is wrong; empty when nothing is.</summary>
    public static IReadOnlyList<Finding> Run(DataDirectory data) => SqlCheck.Run(data, File, Check);

    /// <summary>Rebuilds the indexes, and the follows from the events if these are whole. Says what it did, one line
    /// each.</summary>
    public static IReadOnlyList<string> Repair(DataDirectory data) =>
        SqlCheck.Repair(data, File, "Graph", RebuildFollows);

    private static IEnumerable<Finding> Check(SqlSession session)
    {
        if (FindGap(session) is { } gap) return [gap];
        var replayed = Replay(session, out var contradictions);
        return contradictions.Concat(Compare(replayed, ReadFollows(session)));
    }

    private static Finding? FindGap(SqlSession session)
    {
        var count = session.Number("SELECT count(*) FROM graph_events") ?? 0;
        var last = GraphStore.LastSeq(session);
        return count == last ? null : new Finding(
            $"{File}, graph_events",
            $"The newest event is {last}, but there are {count} events: they must be numbered without gaps.",
            CanRepair: false);
    }

    private static Dictionary<Pair, (long Id, long At)> Replay(
        SqlSession session, out List<Finding> contradictions)
    {
        var follows = new Dictionary<Pair, (long, long)>();
        contradictions = [];
        using var rows = session.Query("SELECT seq, at, kind, follower, followee FROM graph_events ORDER BY seq");
        while (rows.Read())
        {
            var seq = rows.GetInt64(0);
            var pair = new Pair(rows.GetInt32(3), rows.GetInt32(4));
            var kind = (GraphEventKind)rows.GetInt32(2);
            var holds = kind switch
            {
                GraphEventKind.Followed => follows.TryAdd(pair, (seq, rows.GetInt64(1))),
                GraphEventKind.Unfollowed => follows.Remove(pair),
                _ => false,
            };
            if (holds || contradictions.Count >= ExamplesMax) continue;
            contradictions.Add(new Finding($"{File}, graph_events, seq {seq}",
                $"The event ({kind}: {pair.Follower} and {pair.Followee}) contradicts the events before it.",
                CanRepair: false));
        }
        return follows;
    }

    private static Dictionary<Pair, (long Id, long At)> ReadFollows(SqlSession session)
    {
        var follows = new Dictionary<Pair, (long, long)>();
        using var rows = session.Query("SELECT id, created_at, follower, followee FROM follows ORDER BY id");
        while (rows.Read()) follows[new Pair(rows.GetInt32(2), rows.GetInt32(3))] = (
            rows.GetInt64(0), rows.GetInt64(1));
        return follows;
    }

    private static IEnumerable<Finding> Compare(
        Dictionary<Pair, (long Id, long At)> replayed,
        Dictionary<Pair, (long Id, long At)> stored)
    {
        var missing = replayed.Where(follow => !stored.ContainsKey(follow.Key))
            .Select(follow => $"Account {follow.Key.Follower} follows {follow.Key.Followee} by event "
                + $"{follow.Value.Id}, but the table lacks it.");
        var surplus = stored.Where(follow => !replayed.ContainsKey(follow.Key))
            .Select(follow => $"Account {follow.Key.Follower} follows {follow.Key.Followee} in the table, but no "
                + "event says so.");
        var other = stored.Where(follow => replayed.TryGetValue(follow.Key, out var by) && by != follow.Value)
            .Select(follow => $"The follow {follow.Value.Id} has not the id and time of its event "
                + $"{replayed[follow.Key].Id}.");
        return new[] { missing, surplus, other }
            .SelectMany(kind => kind.Take(ExamplesMax))
            .Select(what => new Finding($"{File}, follows", what, CanRepair: true));
    }

    private static IEnumerable<string> RebuildFollows(SqlSession session)
    {
        if (FindGap(session) is not null)
        {
            return ["The events have gaps, so the follows were left as they are: restore a backup."];
        }
        var replayed = Replay(session, out var contradictions);
        if (contradictions.Count > 0)
        {
            return ["The events contradict each other, so the follows were left as they are: restore a backup."];
        }
        if (!Compare(replayed, ReadFollows(session)).Any()) return [];
        session.Execute("DELETE FROM follows");
        foreach (var (pair, (id, at)) in replayed.OrderBy(follow => follow.Value.Id))
        {
            session.Execute(
                "INSERT INTO follows (id, follower, followee, created_at) VALUES (@id, @follower, @followee, @at)",
                id, pair.Follower, pair.Followee, at);
        }
        return [$"The {replayed.Count} follows were made anew from the events."];
    }

    // Mixed by Fibonacci hashing (Knuth, TAOCP vol. 3, §6.4): the default leaves pairs of dense ids too close together.
    private readonly record struct Pair(int Follower, int Followee)
    {
        public override int GetHashCode() =>
            (int)(((((ulong)(uint)Follower << 32) | (uint)Followee) * 0x9E3779B97F4A7C15) >> 32);
    }
}
