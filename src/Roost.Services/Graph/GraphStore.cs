using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>What a graph event says.</summary>
internal enum GraphEventKind
{
    Followed = 1,
    Unfollowed = 2,
}

/// <summary>The Graph service's SQL. Every change writes the follow and its event in one transaction.</summary>
internal sealed class GraphStore(SqlDatabase database)
{
    private const string InsertFollow =
        """
        INSERT INTO follows (id, follower, followee, created_at) VALUES (@id, @follower, @followee, @at)
        ON CONFLICT (follower, followee) DO NOTHING
        """;

    private const string DeleteFollow =
        "DELETE FROM follows WHERE follower = @follower AND followee = @followee";

    private const string InsertEvent =
        "INSERT INTO graph_events (seq, at, kind, follower, followee) VALUES (@seq, @at, @kind, @follower, @followee)";

    // An import that outnumbers all that is there makes these two anew at its end, by sorting: half the time of keeping
    // them up to date row by row. Within the import's transaction, so that pages are never without them. As in
    // 0001_follows.sql.
    private const int RebuildIndexesFrom = 10_000;
    private const string DropPageIndexes = "DROP INDEX follows_by_followee; DROP INDEX follows_by_follower;";
    private const string CreatePageIndexes =
        """
        CREATE INDEX follows_by_followee ON follows (followee, id);
        CREATE INDEX follows_by_follower ON follows (follower, id);
        """;

    private static readonly SideSql _followersSql = SideSql.Create(account: "followee", other: "follower");
    private static readonly SideSql _followingSql = SideSql.Create(account: "follower", other: "followee");

    private readonly SqlDatabase _database = database;

    /// <summary>All follows, oldest first.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: a row is no follow.</exception>
    public List<(int Follower, int Followee)> ReadAll() => _database.Read(session =>
    {
        var pairs = new List<(int, int)>();
        using var rows = session.Query("SELECT follower, followee FROM follows ORDER BY id");
        while (rows.Read())
        {
            var (follower, followee) = (rows.GetInt32(0), rows.GetInt32(1));
            if (follower <= 0 || followee <= 0 || follower == followee) throw NoFollow(follower, followee);
            pairs.Add((follower, followee));
        }
        return pairs;
    });

    /// <summary>Whether that was new.</summary>
    public ValueTask<bool> FollowAsync(
        Follow request, DateTimeOffset at, Action<bool> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var (follower, followee) = (request.Follower.Value, request.Followee.Value);
            var seq = LastSeq(session) + 1;
            var time = at.ToUnixTimeMilliseconds();
            if (session.Execute(InsertFollow, seq, follower, followee, time) == 0) return false;
            session.Execute(InsertEvent, seq, time, (int)GraphEventKind.Followed, follower, followee);
            return true;
        }, committed, ct);

    /// <summary>Whether there was something to end.</summary>
    public ValueTask<bool> UnfollowAsync(
        Unfollow request, DateTimeOffset at, Action<bool> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var (follower, followee) = (request.Follower.Value, request.Followee.Value);
            if (session.Execute(DeleteFollow, follower, followee) == 0)
            {
                return false;
            }
            session.Execute(
                InsertEvent, LastSeq(session) + 1, at.ToUnixTimeMilliseconds(), (int)GraphEventKind.Unfollowed,
                follower, followee);
            return true;
        }, committed, ct);

    /// <summary>Makes those follows that are new; returns them in their order. Nobody's follow of themself is passed
    /// over.</summary>
    public ValueTask<List<(int Follower, int Followee)>> ImportAsync(
        ImportFollows request, Action<List<(int Follower, int Followee)>> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var first = LastSeq(session) + 1;
            var next = first;
            var at = request.At.ToUnixTimeMilliseconds();
            var added = new List<(int, int)>(request.Follows.Count);
            var rebuildIndexes = request.Follows.Count >= RebuildIndexesFrom && request.Follows.Count > first;
            if (rebuildIndexes) session.ExecuteScript(DropPageIndexes);
            foreach (var (follower, followee) in request.Follows)
            {
                if (follower == followee) continue;
                if (session.Execute(InsertFollow, next, follower.Value, followee.Value, at) == 0) continue;
                added.Add((follower.Value, followee.Value));
                next++;
            }
            session.Execute(
                """
                INSERT INTO graph_events (seq, at, kind, follower, followee)
                SELECT id, created_at, @kind, follower, followee FROM follows WHERE id >= @first ORDER BY id
                """, (int)GraphEventKind.Followed, first);
            if (rebuildIndexes) session.ExecuteScript(CreatePageIndexes);
            return added;
        }, committed, ct);

    /// <summary>A page of one side of an account's follows.</summary>
    public FollowPage List(ListFollows request) => _database.Read(session =>
    {
        var sql = request.Side == FollowSide.Followers ? _followersSql : _followingSql;
        var before = request.Before == 0 ? long.MaxValue : request.Before;
        var items = new List<(long FollowId, AccountId Account)>(request.Limit + 1);
        // One more than asked for tells whether that is all.
        using (var rows = session.Query(
            request.Ascending ? sql.OldestFirst : sql.NewestFirst,
            request.Account.Value, request.After, before, request.Limit + 1))
        {
            while (rows.Read()) items.Add((rows.GetInt64(0), new AccountId(rows.GetInt32(1))));
        }
        var cut = items.Count > request.Limit;
        if (cut) items.RemoveAt(request.Limit);
        if (request.Ascending) items.Reverse();
        if (cut && !request.Ascending) return new FollowPage(items, HasMore: true);
        // The page ends at a bound that the caller set: older ones are those below its last item, or from the bound
        // down.
        var below = items.Count > 0 ? items[^1].FollowId : Math.Min(before, request.After + 1);
        var hasMore = request.After > 0 && session.Number(sql.AnyBelow, request.Account.Value, below) is not null;
        return new FollowPage(items, hasMore);
    });

    /// <summary>The seq of the newest event; 0 when there is none.</summary>
    internal static long LastSeq(SqlSession session) => session.Number("SELECT max(seq) FROM graph_events") ?? 0;

    private static ServiceException NoFollow(int follower, int followee) => new(
        ErrorCode.DataDamaged, "The follow graph is damaged. Run `roost check` on the data directory, or restore a "
            + "backup.",
        $"graph.db, table follows: ({follower}, {followee})");

    private sealed record SideSql(string NewestFirst, string OldestFirst, string AnyBelow)
    {
        public static SideSql Create(string account, string other)
        {
            var range = $"SELECT id, {other} FROM follows WHERE {account} = @account AND id > @after AND id < "
                + "@before ORDER BY id";
            return new SideSql(
                $"{range} DESC LIMIT @limit",
                $"{range} ASC LIMIT @limit",
                $"SELECT id FROM follows WHERE {account} = @account AND id < @below ORDER BY id DESC LIMIT 1");
        }
    }
}
