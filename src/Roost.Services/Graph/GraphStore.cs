using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <param name="Others">Requests that became follows.</param>
internal readonly record struct ImportedFollows(
    List<(int Follower, int Followee)> Added, IReadOnlyList<GraphChange> Others);

/// <summary>The Graph service's SQL for follows: many at once, and reading them.</summary>
internal sealed class GraphStore(SqlDatabase database)
{
    private const string InsertFollow =
        """
        INSERT INTO follows (id, follower, followee, created_at) VALUES (@id, @follower, @followee, @at)
        ON CONFLICT (follower, followee) DO NOTHING
        """;

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

    private static readonly RowPages _followerPages = new("follows", "followee", "follower");
    private static readonly RowPages _followeePages = new("follows", "follower", "followee");

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

    /// <summary>Makes those follows that are new; returns them in their order, and what else that changed. Nobody's
    /// follow of themself is passed over, and so are follows between accounts of which one blocks the other.</summary>
    public ValueTask<ImportedFollows> ImportAsync(
        ImportFollows request, Action<ImportedFollows> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var work = new GraphWork(session, request.At);
            var first = work.NextSeq;
            var next = first;
            var added = new List<(int, int)>(request.Follows.Count);
            var rebuildIndexes = request.Follows.Count >= RebuildIndexesFrom && request.Follows.Count > first;
            // In most databases nobody blocks: then no pair need be looked up.
            var hasBlocks = session.Number("SELECT 1 FROM blocks LIMIT 1") is not null;
            if (rebuildIndexes) session.ExecuteScript(DropPageIndexes);
            foreach (var (follower, followee) in request.Follows)
            {
                if (follower == followee) continue;
                if (hasBlocks && work.IsBlocked(follower.Value, followee.Value)) continue;
                if (session.Execute(InsertFollow, next, follower.Value, followee.Value, work.At) == 0) continue;
                added.Add((follower.Value, followee.Value));
                next++;
            }
            session.Execute(
                """
                INSERT INTO graph_events (seq, at, kind, follower, followee)
                SELECT id, created_at, @kind, follower, followee FROM follows WHERE id >= @first ORDER BY id
                """, (int)GraphEventKind.Followed, first);
            if (rebuildIndexes) session.ExecuteScript(CreatePageIndexes);
            return new ImportedFollows(added, EndRequests(session, request.At, added));
        }, committed, ct);

    /// <summary>A page of one side of an account's follows.</summary>
    public FollowPage List(ListFollows request) => _database.Read(session =>
    {
        var pages = request.Side == FollowSide.Followers ? _followerPages : _followeePages;
        var range = new RelationRange(request.Before, request.After, request.Ascending, request.Limit);
        var (items, hasMore) = pages.Read(
            session, request.Account.Value, range, static rows => new AccountId(rows.GetInt32(1)));
        return new FollowPage(items, hasMore);
    });

    private static IReadOnlyList<GraphChange> EndRequests(
        SqlSession session, DateTimeOffset at, List<(int, int)> followed)
    {
        if (session.Number("SELECT 1 FROM follow_requests LIMIT 1") is null) return [];
        var work = new GraphWork(session, at);
        foreach (var (follower, followee) in followed) work.EndRequest(follower, followee);
        return work.Changes;
    }

    private static ServiceException NoFollow(int follower, int followee) => new(
        ErrorCode.DataDamaged, "The follow graph is damaged. Run `roost check` on the data directory, or restore a "
            + "backup.",
        $"graph.db, table follows: ({follower}, {followee})");
}
