using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Engine.Inboxes;
using Roost.Engine.Sketches;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>
/// The consumer of the post feed that fills inboxes. A post or boost goes to its author and its author's followers; a
/// reply to its author, to the one it answers, and to those who follow both (T15).
/// </summary>
/// <remarks>
/// One loop owns the order. Its checkpoint is <see cref="Inboxes.Processed"/> and lives as long as the inboxes do: in
/// memory. A failure of the Graph service is met by trying the same post again a second later, since going on would
/// leave a hole; it is logged, and the lag metric grows meanwhile, while readers are served what is missing (that
/// post, and those before it in the same turn) by the fallback.
/// </remarks>
internal sealed partial class FanOut(
    Inboxes inboxes, PostsApi posts, GraphApi graph, TimelinesOptions options, TimeProvider time,
    TimelinesMetrics metrics, ILogger<FanOut> logger)
{
    /// <summary>A turn ends with so many posts, however few follow their authors.</summary>
    private const int PostsPerTurn = 8_192;

    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);
    private readonly LatencyTally _timeToInbox = new();
    private readonly Lock _waiting = new();
    private readonly PriorityQueue<TaskCompletionSource, uint> _waiters = new();
    private readonly Delivery[] _deliveriesOfTurn = new Delivery[PostsPerTurn];
    private long _deliveries;

    /// <summary>Follows the feed until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            await foreach (var batch in posts.Feed(inboxes.Processed, ct).WithCancellation(ct))
            {
                var done = 0;
                while (done < batch.Length)
                    done += await TakeTurnAsync(batch[done..], ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping: inboxes go with the process, so there is nothing to finish.
        }
    }

    /// <summary>Waits until everything that is in the log now is in the inboxes.</summary>
    public async ValueTask<FanOutStatus> AwaitAsync(Call call)
    {
        var last = await posts.Locate(LocatePost.End, call) - 1;
        TaskCompletionSource? waiter = null;
        lock (_waiting)
        {
            if (inboxes.Processed < last)
                _waiters.Enqueue(waiter = new(TaskCreationOptions.RunContinuationsAsynchronously), last);
        }
        if (waiter is not null)
            await waiter.Task.WaitAsync(call.Cancellation);
        return new FanOutStatus(
            inboxes.Processed, Volatile.Read(ref _deliveries), inboxes.Count, inboxes.Bytes,
            _timeToInbox.Percentile(0.5), _timeToInbox.Percentile(0.99));
    }

    /// <summary>Delivers from the start of the batch until a turn's worth is done; the reply is how many events that
    /// were. Audiences are asked for first, then all are delivered at once: that hides what memory takes.</summary>
    private async ValueTask<int> TakeTurnAsync(ReadOnlyMemory<PostEvent> batch, CancellationToken ct)
    {
        var done = 0;
        var count = 0;
        var recipients = 0L;
        long delivered;
        using (var turn = await inboxes.WriteAsync(ct))
        {
            while (done < batch.Length && count < _deliveriesOfTurn.Length && recipients < options.DeliveriesPerTurn)
            {
                var post = batch.Span[done++];
                if (post.Kind is not (PostEventKind.Post or PostEventKind.Boost))
                    continue;
                var audience = await AudienceAsync(post, ct);
                _deliveriesOfTurn[count++] = new Delivery(
                    post.Ref.Seq, audience, post.Ref.Author, AnswersOthers(post) ? post.Ref.Answered : default);
                recipients += audience.Count + 1;
            }
            delivered = turn.Deliver(_deliveriesOfTurn.AsMemory(0, count));
            turn.Processed(batch.Span[done - 1].Ref.Seq);
        }
        // Else a quiet network would keep lists of followers that have been replaced since.
        Array.Clear(_deliveriesOfTurn, 0, count);
        Account(batch.Span[..done], delivered);
        return done;
    }

    private async ValueTask<SortedIds> AudienceAsync(PostEvent post, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                var call = Call.Until(ct);
                var followers = await graph.Followers(new GetFollowers(post.Ref.Author), call);
                if (!AnswersOthers(post))
                    return followers;
                return SortedIds.Intersect(followers, await graph.Followers(new GetFollowers(post.Ref.Answered), call));
            }
            catch (ServiceException failure)
            {
                GraphFailed(failure, post.Ref.Seq);
                await Task.Delay(_retryAfter, time, ct);
            }
        }
    }

    private static bool AnswersOthers(in PostEvent post) =>
        !post.Ref.Answered.IsNone && post.Ref.Answered != post.Ref.Author;

    private void Account(ReadOnlySpan<PostEvent> events, long delivered)
    {
        Volatile.Write(ref _deliveries, _deliveries + delivered);
        metrics.Delivered(delivered);
        var now = time.GetTimestamp();
        foreach (var post in events)
        {
            if (post.CommittedAt == 0 || post.Kind is not (PostEventKind.Post or PostEventKind.Boost))
                continue;
            var took = time.GetElapsedTime(post.CommittedAt, now);
            _timeToInbox.Add(took);
            metrics.Reached(took);
        }
        lock (_waiting)
        {
            while (_waiters.TryPeek(out var waiter, out var seq) && seq <= inboxes.Processed)
            {
                _waiters.Dequeue();
                waiter.SetResult();
            }
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Fan-out waits for the Graph service at post {Seq}; it is tried again every second.")]
    private partial void GraphFailed(Exception failure, uint seq);
}
