using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Search;

/// <summary>
/// The consumer of the post feed that feeds search: what is posted, edited and deleted, and what is done with posts.
/// One loop owns the order; its checkpoint lives as long as what it fills: in memory.
/// </summary>
/// <remarks>
/// When Posts fails, the loop ends and is started again a second later, after the last event that it is done with. What
/// was taken in twice counts once: authors count once an hour.
/// </remarks>
internal sealed class Ingester(PostsApi posts, Trends trends, TimeProvider time, SearchMetrics metrics)
{
    /// <summary>Posts whose texts are read in one call.</summary>
    private const int EventsPerRead = 256;

    private readonly List<uint> _seqs = new(EventsPerRead);
    private readonly Lock _waiting = new();
    private readonly PriorityQueue<TaskCompletionSource, uint> _waiters = new();
    private uint _processed;

    /// <summary>Newest seq of the feed that it is done with.</summary>
    public uint Processed => Volatile.Read(ref _processed);

    /// <summary>What is older is not taken in. Before the first run.</summary>
    public void StartAfter(uint seq) => _processed = seq;

    /// <summary>Follows the feed until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await foreach (var batch in posts.Feed(Processed, ct).WithCancellation(ct))
        {
            for (var done = 0; done < batch.Length; done += EventsPerRead)
                await TakeAsync(batch.Slice(done, Math.Min(EventsPerRead, batch.Length - done)), ct);
        }
    }

    /// <summary>Waits until everything that is in the log now has been taken in.</summary>
    public async ValueTask<IngestStatus> AwaitAsync(Call call)
    {
        var last = await posts.Locate(LocatePost.End, call) - 1;
        TaskCompletionSource? waiter = null;
        lock (_waiting)
        {
            if (Processed < last)
                _waiters.Enqueue(waiter = new(TaskCreationOptions.RunContinuationsAsynchronously), last);
        }
        if (waiter is not null)
            await waiter.Task.WaitAsync(call.Cancellation);
        return new IngestStatus(Processed);
    }

    private async ValueTask TakeAsync(ReadOnlyMemory<PostEvent> events, CancellationToken ct)
    {
        var read = await ReadAsync(events, ct);
        var next = 0;
        foreach (ref readonly var one in events.Span)
        {
            var post = HasText(one) ? read[next++].Post : null;
            Take(one, post);
        }
        Finish(events.Span, read.Length);
    }

    private async ValueTask<ShownPost[]> ReadAsync(ReadOnlyMemory<PostEvent> events, CancellationToken ct)
    {
        _seqs.Clear();
        foreach (ref readonly var one in events.Span)
        {
            if (HasText(one))
                _seqs.Add(one.Ref.Seq);
        }
        return _seqs.Count == 0 ? [] : await posts.Read(new ReadPosts(_seqs), Call.Until(ct));
    }

    private static bool HasText(in PostEvent one) => one.Kind == PostEventKind.Post;

    private void Take(in PostEvent one, Post? post)
    {
        if (post is not null)
            trends.Note(post);
        if (one.Kind == PostEventKind.Delete)
            trends.Remove(one.Target);
        // Who goes on with what they said themselves shows no interest of others.
        else if (one.Kind != PostEventKind.Edit && one.Target != 0 && one.Ref.Answered != one.Ref.Author)
            trends.Note(one.Kind, one.Target, one.Ref.Author, one.Ref.Id);
    }

    private void Finish(ReadOnlySpan<PostEvent> events, int read)
    {
        var now = time.GetTimestamp();
        foreach (ref readonly var one in events)
        {
            if (one.CommittedAt != 0 && HasText(one))
                metrics.Reached(time.GetElapsedTime(one.CommittedAt, now));
        }
        metrics.TookIn(read);
        lock (_waiting)
        {
            Volatile.Write(ref _processed, events[^1].Ref.Seq);
            while (_waiters.TryPeek(out var waiter, out var seq) && seq <= _processed)
            {
                _waiters.Dequeue();
                waiter.SetResult();
            }
        }
    }
}
