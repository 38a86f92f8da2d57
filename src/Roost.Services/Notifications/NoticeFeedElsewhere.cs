using System.Runtime.CompilerServices;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Rpc.Clients;

namespace Roost.Services.Notifications;

/// <summary>The feeds of notifications over functions.</summary>
public static class NoticeFeedElsewhere
{
    /// <summary>The feed of a service elsewhere. While it is away it has nothing new.</summary>
    /// <param name="newest">For who begins with what is told from now on.</param>
    public static FollowNotifications FollowTold(
        this NoticeFeedApi feed, Service<GetNewestNotice, long> newest, TimeProvider time) =>
        (after, ct) => FollowAsync(feed, newest, time, after, ct);

    /// <summary>Likewise.</summary>
    public static FollowMerges FollowMerges(this NoticeFeedApi feed, TimeProvider time) =>
        ct => NewsElsewhere.FollowAsync(
            async (run, after) =>
            {
                var news = await feed.Merges.AskUntilAnsweredAsync(
                    new AwaitMerges(run, after, LongPoll.Wait), time, ct);
                return new NewsBatch<AccountId>(news.Run, news.Last, news.IsWhole, news.Accounts);
            },
            // Who is not told looks again by itself.
            static () => { }, ct);

    private static async IAsyncEnumerable<IReadOnlyList<Notice>> FollowAsync(
        NoticeFeedApi feed, Service<GetNewestNotice, long> newest, TimeProvider time, long after,
        [EnumeratorCancellation] CancellationToken ct)
    {
        if (after < 0) after = await newest.AskUntilAnsweredAsync(new GetNewestNotice(), time, ct);
        while (true)
        {
            var batch = await feed.Told.AskUntilAnsweredAsync(new AwaitTold(after, LongPoll.Wait), time, ct);
            if (batch.Items.Count == 0) continue;
            yield return batch.Items;
            after = batch.Items[^1].Id;
        }
    }
}
