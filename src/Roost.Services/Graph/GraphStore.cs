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

    private static readonly RowPages _followerPages = new("follows", "followee", "follower");
    private static readonly RowPages _followeePages = new("follows", "follower", "followee");

    private readonly SqlDatabase _database = database;

    /// <summary>All follows, oldest first, and the seq of the newest event as of the same moment.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: a row is no follow.</exception>
    public (List<(int Follower, int Followee)> Follows, long Seq) ReadAll() => _database.Read(session =>
    {
        var seq = GraphWork.LastSeq(session);
        var pairs = new List<(int, int)>((int)Math.Min(seq, 100_000_000));
        using var rows = session.Prepared("SELECT follower, followee FROM follows ORDER BY id");
        while (rows.Read())
        {
            var (follower, followee) = (rows[0], rows[1]);
            if (follower is <= 0 or > int.MaxValue || followee is <= 0 or > int.MaxValue || follower == followee)
                throw NoFollow(follower, followee);
            pairs.Add(((int)follower, (int)followee));
        }
        return (pairs, seq);
    });

    /// <summary>Makes those follows that are new; returns them in their order, and what else that changed. Nobody's
    /// follow of themself is passed over, and so are follows between accounts of which one blocks the other.</summary>
    public ValueTask<ImportedFollows> ImportAsync(
        ImportFollows request, Action<ImportedFollows> committed, CancellationToken ct) =>
        _database.WriteAsync(session =>
        {
            var work = new GraphWork(session, request.At);
            var first = work.NextSeq;
            // In most databases nobody blocks: then no pair need be looked up.
            var hasBlocks = session.Number("SELECT 1 FROM blocks LIMIT 1") is not null;
            var added = GraphImport.IsWorthIt(request.Follows.Count, first - 1)
                ? GraphImport.Run(session, request, first, hasBlocks ? work.IsBlocked : null)
                : InsertEach(work, request, hasBlocks);
            TieFeed.PassOver(session, first, added.Count);
            return new ImportedFollows(added, EndRequests(session, request.At, added));
        }, committed, ct);

    private static List<(int Follower, int Followee)> InsertEach(GraphWork work, ImportFollows request, bool hasBlocks)
    {
        var (first, next) = (work.NextSeq, work.NextSeq);
        var added = new List<(int, int)>(request.Follows.Count);
        foreach (var (follower, followee) in request.Follows)
        {
            if (follower == followee) continue;
            if (hasBlocks && work.IsBlocked(follower.Value, followee.Value)) continue;
            if (work.Sql.Execute(InsertFollow, next, follower.Value, followee.Value, work.At) == 0) continue;
            added.Add((follower.Value, followee.Value));
            next++;
        }
        GraphImport.WriteEvents(work.Sql, first);
        return added;
    }

    public NewFollows CountNew(CountNewFollows request) => _database.Read(session =>
    {
        return new NewFollows(Count("follower"), Count("followee"));

        int[] Count(string side)
        {
            var months = new int[12];
            using var rows = session.Query(
                $"SELECT created_at FROM follows WHERE {side} = @account AND created_at >= @from AND created_at < @to",
                request.Account.Value, StartOf(request.Year), StartOf(request.Year + 1));
            while (rows.Read()) months[DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(0)).Month - 1]++;
            return months;
        }

        static long StartOf(int year) =>
            new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
    });

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

    private static ServiceException NoFollow(long follower, long followee) => new(
        ErrorCode.DataDamaged, "The follow graph is damaged. Run `roost check` on the data directory, or restore a "
            + "backup.",
        $"graph.db, table follows: ({follower}, {followee})");
}
