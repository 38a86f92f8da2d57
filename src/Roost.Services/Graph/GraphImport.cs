using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// A large import. Rows are appended, and all indexes are made at the end, by sorting: row
/// by row a network of 20 million follows would rewrite most of its indexes' pages for every few ten thousand. What is
/// there already and what comes twice is found beforehand, by sorting as well.
/// </summary>
/// <remarks>
/// All in one transaction: readers see the old state, with its indexes, until the commit, and an import that is killed
/// leaves nothing. The write-ahead log grows meanwhile by what is written, some 90 bytes a follow. Memory: 16 bytes a
/// follow, beside the request and the reply.
/// </remarks>
internal static class GraphImport
{
    /// <summary>Fewer, or fewer than this share of all events, are inserted one by one: making indexes anew costs by
    /// all that is there.</summary>
    private const int FollowsMin = 10_000;
    private const int ShareMin = 8;

    private const string DropIndexes =
        "DROP INDEX follows_by_pair; DROP INDEX follows_by_followee; DROP INDEX follows_by_follower;";

    // As in 0003_snapshots.sql, to the letter: the check compares.
    private const string CreateIndexes =
        """
        CREATE UNIQUE INDEX follows_by_pair ON follows (follower, followee);
        CREATE INDEX follows_by_followee ON follows (followee, id);
        CREATE INDEX follows_by_follower ON follows (follower, id);
        """;

    private static readonly string[] _followColumns = ["id", "follower", "followee", "created_at"];

    public static bool IsWorthIt(int follows, long events) => follows >= FollowsMin && follows > events / ShareMin;

    /// <summary>Makes those follows that are new; returns them in their order.</summary>
    /// <param name="first">The seq of the next event.</param>
    /// <param name="isBlocked">Of which pairs none is made; null for none.</param>
    public static List<(int Follower, int Followee)> Run(
        SqlSession session, ImportFollows request, long first, Func<int, int, bool>? isBlocked)
    {
        session.ExecuteScript(DropIndexes);
        var at = request.At.ToUnixTimeMilliseconds();
        var added = new List<(int, int)>(request.Follows.Count);
        var known = FindRepeated(session, request.Follows, out var repeated);
        foreach (var (follower, followee) in request.Follows)
        {
            var key = Key(follower, followee);
            if (follower == followee || (repeated.Contains(key) && !known.Add(key)))
                continue;
            if (isBlocked is not null && isBlocked(follower.Value, followee.Value))
                continue;
            added.Add((follower.Value, followee.Value));
        }
        session.InsertAll("follows", _followColumns, added.Count, (i, row) =>
            (row[0], row[1], row[2], row[3]) = (first + i, added[i].Item1, added[i].Item2, at));
        WriteEvents(session, first);
        session.ExecuteScript(CreateIndexes);
        return added;
    }

    /// <summary>The events of the follows from an id on.</summary>
    public static void WriteEvents(SqlSession session, long first) => session.Execute(
        """
        INSERT INTO graph_events (seq, at, kind, follower, followee)
        SELECT id, created_at, @kind, follower, followee FROM follows WHERE id >= @first ORDER BY id
        """, (int)GraphEventKind.Followed, first);

    /// <summary>Which of the pairs are twice in the request and the table together; the reply is which of these the
    /// table has.</summary>
    private static HashSet<ulong> FindRepeated(
        SqlSession session, IReadOnlyList<(AccountId Follower, AccountId Followee)> follows,
        out HashSet<ulong> repeated)
    {
        var existing = new List<ulong>();
        using (var rows = session.Prepared("SELECT follower, followee FROM follows"))
        {
            while (rows.Read())
                existing.Add(Key(new AccountId((int)rows[0]), new AccountId((int)rows[1])));
        }
        var keys = GC.AllocateUninitializedArray<ulong>(follows.Count + existing.Count);
        for (var i = 0; i < follows.Count; i++)
            keys[i] = Key(follows[i].Follower, follows[i].Followee);
        existing.CopyTo(keys, follows.Count);
        var spare = GC.AllocateUninitializedArray<ulong>(keys.Length);
        RadixSort.Sort(ref keys, ref spare, keys.Length);

        repeated = [];
        for (var i = 1; i < keys.Length; i++)
        {
            if (keys[i] == keys[i - 1])
                repeated.Add(keys[i]);
        }
        var isRepeated = repeated;
        return [.. existing.Where(isRepeated.Contains)];
    }

    private static ulong Key(AccountId follower, AccountId followee) =>
        ((ulong)(uint)follower.Value << 32) | (uint)followee.Value;
}
