using Roost.Services.Graph;

namespace Roost.Services.Notifications;

/// <summary>The consumer of the graph's feed: who is told of follows and requests, and what ends with them.</summary>
internal sealed class TieNews(GraphApi graph, Teller teller, FeedCursor cursor)
{
    /// <summary>Follows the feed until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await foreach (var batch in graph.Feed(cursor.Progress.Done, ct).WithCancellation(ct))
            await teller.TellAsync(cursor, [.. batch.Events.Select(Step)], batch.Last, ct);
    }

    private static NoticeStep Step(TieEvent one) => one.Kind switch
    {
        TieEventKind.Followed => Tell(one, NoticeKind.Follow),
        TieEventKind.Requested => Tell(one, NoticeKind.FollowRequest),
        TieEventKind.Unfollowed => NoticeStep.Take(one.Other, NoticeKind.Follow, one.Account),
        TieEventKind.RequestEnded => NoticeStep.Take(one.Other, NoticeKind.FollowRequest, one.Account),
        // What comes by the other feed may be told sooner, though it was done later, when all was well again.
        TieEventKind.Blocked => NoticeStep.Take(one.Account, one.Other, one.At.ToUnixTimeMilliseconds()),
        _ => throw new ArgumentOutOfRangeException(nameof(one), one.Kind, null),
    };

    private static NoticeStep Tell(TieEvent one, NoticeKind kind) => new(
        NoticeAction.Tell, one.Other, kind, one.Account, 0, one.Seq, one.At.ToUnixTimeMilliseconds());
}
