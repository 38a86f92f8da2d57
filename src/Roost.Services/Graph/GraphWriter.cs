using System.Runtime.InteropServices;
using Roost.Engine.Graph;
using Roost.Engine.Ids;
using Roost.Services.Storage;

namespace Roost.Services.Graph;

/// <summary>
/// The one way to change the graph: a transaction that says its events, and after the commit, before the caller is
/// answered, the same events change the graph and the ties in memory.
/// </summary>
internal sealed class GraphWriter(
    SqlDatabase database, FollowGraph graph, TiesTable ties, TieFeed feed, TimeProvider time, GraphMetrics metrics)
{
    /// <summary>Does the work; the reply says whether anything changed.</summary>
    public ValueTask<bool> ChangeAsync(Action<GraphWork> change, CancellationToken ct) => ChangeAsync(
        work =>
        {
            change(work);
            return work.Changes.Count > 0;
        }, ct);

    /// <summary>Does the work and replies with what it returns.</summary>
    public async ValueTask<T> ChangeAsync<T>(Func<GraphWork, T> change, CancellationToken ct)
    {
        var done = await database.WriteAsync(
            session =>
            {
                var work = new GraphWork(session, time.GetUtcNow());
                return (Reply: change(work), work.Changes);
            }, written => Apply(written.Changes), ct);
        return done.Reply;
    }

    /// <summary>Brings memory up to date with an import.</summary>
    public void Apply(ImportedFollows imported)
    {
        graph.BulkFollow(CollectionsMarshal.AsSpan(imported.Added));
        metrics.Followed(imported.Added.Count);
        ties.Apply(imported.Others);
        feed.Ring();
    }

    private void Apply(IReadOnlyList<GraphChange> changes)
    {
        foreach (var change in changes)
        {
            if (change.Kind == GraphEventKind.Followed)
            {
                graph.Follow(new AccountId((int)change.A), new AccountId((int)change.B));
                metrics.Followed(1);
            }
            else if (change.Kind == GraphEventKind.Unfollowed)
            {
                graph.Unfollow(new AccountId((int)change.A), new AccountId((int)change.B));
                metrics.Unfollowed();
            }
        }
        ties.Apply(changes);
        feed.Ring();
    }
}
