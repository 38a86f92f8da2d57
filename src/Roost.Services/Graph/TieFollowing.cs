using System.Runtime.CompilerServices;
using Roost.Rpc.Clients;

namespace Roost.Services.Graph;

/// <summary>The feed of a Graph service that runs elsewhere, asked for batch by batch.</summary>
public static class TieFollowing
{
    /// <summary>The feed. While the service is away it has nothing new.</summary>
    public static FollowTies Follow(this FeedsApi feeds, TimeProvider time) =>
        (after, ct) => FollowAsync(feeds, time, after, ct);

    private static async IAsyncEnumerable<TieBatch> FollowAsync(
        FeedsApi feeds, TimeProvider time, long after, [EnumeratorCancellation] CancellationToken ct)
    {
        while (true)
        {
            var batch = await feeds.Ties.AskUntilAnsweredAsync(new AwaitTies(after, LongPoll.Wait), time, ct);
            if (batch.Last == after)
                continue;
            yield return batch;
            after = batch.Last;
        }
    }
}
