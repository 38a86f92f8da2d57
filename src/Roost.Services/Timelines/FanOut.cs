using Microsoft.Extensions.Logging;
using Roost.Engine.Graph;
using Roost.Engine.Inboxes;
using Roost.Rpc;
using Roost.Services.Graph;
using Roost.Services.Posts;

namespace Roost.Services.Timelines;

/// <summary>
/// The consumer of the post feed that fills inboxes. A post or boost goes to its author and its author's followers; a
/// reply to its author, to the one it answers, and to those who follow both (T15); a direct post to nobody.
/// <code>
///   feed     p1 p2 p3 G4 p5 p6 …           G: more followers than a turn delivers
///   turns    | p1 p2 p3 | p5 p6 … | G4, 1st slice | p7 … | G4, 2nd slice | …
/// </code>
/// </summary>
/// <remarks>
/// One loop owns the order. Posts are delivered in turns, all of a turn as one batch, which hides what memory takes. A
/// giant's post is begun in its turn and then gets a slice of its own after every turn, or back to back while the feed
/// is quiet; so it holds others up for one slice at a time, and not for its whole length (see <see cref="GiantPosts"/>
/// and <see cref="MemoryInboxes"/>). The checkpoint is <see cref="IInboxes.Processed"/> and lives as long as the
/// inboxes do, beside them. A failure of the Graph service is met by trying the same posts again a second later, since
/// going on would leave a hole; it is logged, and the lag metric grows meanwhile, while readers are served what is
/// missing by the fallback.
/// </remarks>
internal sealed class FanOut(
    IInboxes inboxes, PostsApi posts, GraphApi graph, TimelinesOptions options, TimeProvider time,
    TimelinesMetrics metrics, ILogger<FanOut> logger)
{
    /// <summary>A turn ends with so many posts, however few follow their authors.</summary>
    private const int PostsPerTurn = 8_192;

    /// <summary>Graph is asked about so many at a time: a turn that is full sooner has not asked for much more than it
    /// takes.</summary>
    private const int PostsPerCall = 512;

    private readonly Audiences _audiences = new(graph, time, logger);
    private readonly TimeToInboxTally _timeToInbox = new(time, metrics);
    private readonly Lock _waiting = new();
    private readonly PriorityQueue<TaskCompletionSource, uint> _waiters = new();
    private readonly Delivery[] _deliveriesOfTurn = new Delivery[PostsPerTurn];
    private int[] _slice = [];
    private long _deliveries;

    /// <summary>Follows the feed until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var feed = posts.Feed(await inboxes.OpenAsync(ct), ending.Token).GetAsyncEnumerator(ending.Token);
        var arriving = feed.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                if (inboxes.Giants > 0 && !arriving.IsCompleted)
                {
                    await AdvanceGiantAsync(ct);
                    continue;
                }
                if (!await arriving)
                    return;
                await DeliverAsync(feed.Current, ct);
                arriving = feed.MoveNextAsync().AsTask();
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping: what is not in the inboxes goes there after the next start, or they went with the process.
        }
        finally
        {
            await ending.CancelAsync();
            await ((Task)arriving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await feed.DisposeAsync();
        }
    }

    /// <summary>Waits until everything that is in the log now is in the inboxes.</summary>
    public async ValueTask<FanOutStatus> AwaitAsync(Call call)
    {
        var last = await posts.Locate(LocatePost.End, call) - 1;
        TaskCompletionSource? waiter = null;
        lock (_waiting)
        {
            if (inboxes.Settled < last)
                _waiters.Enqueue(waiter = new(TaskCreationOptions.RunContinuationsAsynchronously), last);
        }
        if (waiter is not null)
            await waiter.Task.WaitAsync(call.Cancellation);
        return new FanOutStatus(
            inboxes.Processed, Volatile.Read(ref _deliveries), inboxes.Count, inboxes.Bytes,
            _timeToInbox.Percentile(0.5), _timeToInbox.Percentile(0.99))
        {
            TimeToInbox = _timeToInbox.ByFollowers(),
        };
    }

    private async ValueTask DeliverAsync(ReadOnlyMemory<PostEvent> batch, CancellationToken ct)
    {
        while (!batch.IsEmpty)
        {
            batch = batch[await TakeTurnAsync(batch, ct)..];
            if (inboxes.Giants > 0)
                await AdvanceGiantAsync(ct);
        }
    }

    /// <summary>Delivers from the start of the batch until a turn's worth is done; the reply is how many events that
    /// were, none while too many giants are on their way.</summary>
    internal async ValueTask<int> TakeTurnAsync(ReadOnlyMemory<PostEvent> batch, CancellationToken ct)
    {
        using var turn = await inboxes.WriteAsync(ct);
        var content = default(TurnContent);
        while (content.Events < batch.Length && !content.IsFull)
        {
            var next = batch[content.Events..];
            next = next[..Math.Min(next.Length, PostsPerCall)];
            await _audiences.FetchAsync(next, ct);
            Add(next.Span, turn, ref content);
        }
        if (content.Events == 0)
            return 0;
        var delivered = await turn.DeliverAsync(
            _deliveriesOfTurn.AsMemory(0, content.Posts), batch.Span[content.Events - 1].Ref.Seq, ct);
        Array.Clear(_deliveriesOfTurn, 0, content.Posts);
        _audiences.Clear();
        Account(delivered);
        return content.Events;
    }

    /// <summary>Adds posts to the turn until it is full.</summary>
    private void Add(ReadOnlySpan<PostEvent> events, ITurn turn, ref TurnContent content)
    {
        for (var i = 0; i < events.Length && !content.IsFull; i++)
        {
            ref readonly var post = ref events[i];
            var isForHomes = post.Kind is PostEventKind.Post or PostEventKind.Boost
                && post.Visibility != Visibility.Direct;
            if (isForHomes && !TryAdd(post, i, turn, ref content))
            {
                content.IsFull = true;
                return;
            }
            content.Events++;
            content.IsFull = content.Posts == PostsPerTurn || content.Recipients >= options.DeliveriesPerTurn;
        }
    }

    /// <returns>False when it must wait for another turn.</returns>
    private bool TryAdd(in PostEvent post, int index, ITurn turn, ref TurnContent content)
    {
        var audience = _audiences.OfAuthor(index);
        var followers = audience.Count;
        var alsoFollowing = post.AnswersOthers ? _audiences.OfAnswered(index) : default(SortedIds?);
        switch (turn.Meet(post, audience, alsoFollowing))
        {
            case GiantFate.NoRoom:
                return false;
            case GiantFate.Taken:
                audience = SortedIds.Empty;
                break;
            default:
                if (alsoFollowing is { } others)
                    audience = SortedIds.Intersect(audience, others);
                _timeToInbox.Note(post.CommittedAt, followers);
                break;
        }
        var answered = post.AnswersOthers ? post.Ref.Answered : default;
        _deliveriesOfTurn[content.Posts++] = new Delivery(post.Ref.Seq, audience, post.Ref.Author, answered);
        content.Recipients += audience.Count + 1;
        return true;
    }

    /// <summary>Delivers one slice of the giant whose turn it is. There must be one.</summary>
    internal async ValueTask AdvanceGiantAsync(CancellationToken ct)
    {
        using var turn = await inboxes.WriteAsync(ct);
        if (_slice.Length == 0)
            _slice = GC.AllocateUninitializedArray<int>(options.DeliveriesPerTurn);
        var delivered = turn.DeliverSlice(_slice, out var giant);
        if (giant.IsDone)
            _timeToInbox.Note(giant.Post.CommittedAt, giant.Followers);
        Account(delivered);
    }

    private void Account(long delivered)
    {
        Volatile.Write(ref _deliveries, _deliveries + delivered);
        metrics.Delivered(delivered);
        _timeToInbox.Delivered();
        lock (_waiting)
        {
            while (_waiters.TryPeek(out var waiter, out var seq) && seq <= inboxes.Settled)
            {
                _waiters.Dequeue();
                waiter.SetResult();
            }
        }
    }

    /// <summary>What a turn has so far.</summary>
    private struct TurnContent
    {
        public int Events;
        public int Posts;
        public long Recipients;
        public bool IsFull;
    }
}
