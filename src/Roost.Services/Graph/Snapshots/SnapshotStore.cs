using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Graph.Snapshots;

/// <summary>What the snapshots need of <c>graph.db</c>: its word for a snapshot, and the events after one.</summary>
internal static class SnapshotStore
{
    /// <summary>The seq of the snapshot with that token; null when this database knows none.</summary>
    public static long? VouchedSeq(SqlSession session, long token) =>
        session.Number("SELECT seq FROM graph_snapshots WHERE token = @token", token);

    /// <summary>
    /// Vouches for a snapshot of all that is committed up to here, by a new token. The word for the one whose file is
    /// there stays, since that will be there still if the new one is not written in the end.
    /// </summary>
    public static (long Token, long Seq) Vouch(SqlSession session, long tokenOfFile)
    {
        Span<byte> random = stackalloc byte[sizeof(long)];
        RandomNumberGenerator.Fill(random);
        // Never 0, which stands for none.
        var token = BitConverter.ToInt64(random) | 1;
        var seq = GraphWork.LastSeq(session);
        session.Execute("DELETE FROM graph_snapshots WHERE token <> @kept", tokenOfFile);
        session.Execute("INSERT INTO graph_snapshots (token, seq) VALUES (@token, @seq)", token, seq);
        return (token, seq);
    }

    /// <summary>Takes the word for all snapshots back: their follows are not what the tables have any more.</summary>
    public static void Disown(SqlSession session) => session.Execute("DELETE FROM graph_snapshots");

    /// <summary>Brings a graph up to date with the events after a seq.</summary>
    /// <returns>The seq of the newest event; null when the events do not follow from the graph, and its state means
    /// nothing then.</returns>
    public static long? Replay(SqlSession session, FollowGraph graph, long after)
    {
        var follows = new List<(int, int)>();
        using (var rows = session.Prepared(
            // Followed, unfollowed.
            "SELECT kind, follower, followee FROM graph_events WHERE seq > ?1 AND kind IN (1, 2) ORDER BY seq"))
        {
            rows.Bind(after);
            while (rows.Read())
            {
                if (rows[1] is <= 0 or > int.MaxValue || rows[2] is <= 0 or > int.MaxValue || rows[1] == rows[2])
                    return null;
                var (follower, followee) = ((int)rows[1], (int)rows[2]);
                if (rows[0] == (long)GraphEventKind.Followed)
                    follows.Add((follower, followee));
                else if (!TakeFollows() || !graph.Unfollow(new AccountId(follower), new AccountId(followee)))
                    return null;
            }
        }
        return TakeFollows() ? Math.Max(after, GraphWork.LastSeq(session)) : null;

        bool TakeFollows()
        {
            var areNew = follows.Count switch
            {
                0 => true,
                1 => graph.Follow(new AccountId(follows[0].Item1), new AccountId(follows[0].Item2)),
                _ => graph.BulkFollow(CollectionsMarshal.AsSpan(follows))
                    == follows.Count,
            };
            follows.Clear();
            return areNew;
        }
    }
}
