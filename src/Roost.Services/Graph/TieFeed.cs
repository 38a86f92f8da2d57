using System.Runtime.CompilerServices;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// The events of <c>graph.db</c> as a feed. Whoever is behind and whoever is live reads the same way, from the table; a
/// bell tells of commits. What imports have brought is passed over range by range, without being read.
/// </summary>
internal sealed class TieFeed(SqlDatabase database, TimeProvider time)
{
    private const int BatchMax = 1_024;

    private readonly Bell _bell = new();

    /// <summary>There may be new events. After their commit.</summary>
    public void Ring() => _bell.Ring();

    public long Newest() => database.Read(GraphWork.LastSeq);

    /// <summary>Notes that the events from one on are an import's. Within its transaction.</summary>
    public static void PassOver(SqlSession session, long first, int count)
    {
        if (count == 0)
            return;
        var last = first + count - 1;
        // An import comes in pieces, one right behind the other.
        if (session.Execute("UPDATE graph_imports SET last = @last WHERE last = @before", last, first - 1) == 0)
            session.Execute("INSERT INTO graph_imports (first, last) VALUES (@first, @last)", first, last);
    }

    public async IAsyncEnumerable<TieBatch> FollowAsync(long after, [EnumeratorCancellation] CancellationToken ct)
    {
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            var rung = _bell.Next();
            var batch = database.Read(session => Read(session, after));
            if (batch.Last == after)
            {
                await rung.WaitAsync(ct);
                continue;
            }
            yield return batch;
            after = batch.Last;
        }
    }

    /// <summary>The next batch; an empty one, which goes no further, when nothing came within the time.</summary>
    public ValueTask<TieBatch> NextAsync(long after, TimeSpan wait, CancellationToken ct) =>
        AwaitAsync(session => Read(session, after), batch => batch.Last > after, wait, ct);

    /// <summary>What is read at once if it is something; else what is read after the next commit, or when the wait is
    /// over.</summary>
    public async ValueTask<T> AwaitAsync<T>(
        Func<SqlSession, T> read, Predicate<T> isSomething, TimeSpan wait, CancellationToken ct)
    {
        var rung = _bell.Next();
        var found = database.Read(read);
        if (wait <= TimeSpan.Zero || isSomething(found))
            return found;
        await LongPoll.UntilAsync(rung, wait, time, ct);
        return database.Read(read);
    }

    private static TieBatch Read(SqlSession session, long after)
    {
        // First: an import that is committed between these statements lies beyond it.
        var limit = GraphWork.LastSeq(session);
        using (var import = session.Query(
            "SELECT first, last FROM graph_imports WHERE last > @after ORDER BY first LIMIT 1", after))
        {
            if (import.Read())
            {
                if (import.GetInt64(0) <= after + 1)
                    return new TieBatch([], import.GetInt64(1));
                limit = import.GetInt64(0) - 1;
            }
        }
        var events = new List<TieEvent>();
        var last = after;
        using var rows = session.Query(
            """
            SELECT seq, at, kind, follower, followee FROM graph_events WHERE seq > @after AND seq <= @limit
            ORDER BY seq LIMIT @count
            """, after, limit, BatchMax);
        while (rows.Read())
        {
            last = rows.GetInt64(0);
            if (KindOf((GraphEventKind)rows.GetInt32(2)) is not { } kind)
                continue;
            events.Add(new TieEvent(
                last, kind, new AccountId(rows.GetInt32(3)), new AccountId(rows.GetInt32(4)),
                DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(1))));
        }
        return new TieBatch(events, last);
    }

    private static TieEventKind? KindOf(GraphEventKind kind) => kind switch
    {
        GraphEventKind.Followed => TieEventKind.Followed,
        GraphEventKind.Unfollowed => TieEventKind.Unfollowed,
        GraphEventKind.Blocked => TieEventKind.Blocked,
        GraphEventKind.Requested => TieEventKind.Requested,
        GraphEventKind.RequestEnded => TieEventKind.RequestEnded,
        _ => null,
    };
}
