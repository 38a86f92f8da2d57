using System.Diagnostics;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Search;

/// <summary>
/// The consumer of the post feed that feeds search: what is posted, edited and deleted, and what is done with posts.
/// One loop owns the order; it begins where what was saved of the index ends.
/// <code>
///  256 events → one read of all texts and counters that they are about → index, in order → counters, each post once
/// </code>
/// </summary>
/// <remarks>
/// Trends are not saved: <see cref="PastTrends"/> tells them what is before that place. When Posts fails, the loop ends
/// and is started again a second later, after the last event that it is done with. What is taken in twice counts once:
/// the index passes over what it has, and accounts count once an hour for trends.
/// </remarks>
internal sealed class Ingester(
    PostsApi posts, Shard shard, Trends trends, SearchOptions options, TimeProvider time, SearchMetrics metrics)
{
    /// <summary>Events whose posts are read in one call.</summary>
    private const int EventsPerRead = 256;

    /// <summary>Events that take some tens of milliseconds: who does not wait for ever does not begin to for
    /// more.</summary>
    private const uint WaitedForMax = 4_096;

    /// <summary>The posts that the events are about, and edited ones, in the events' order.</summary>
    private readonly List<uint> _seqs = new(EventsPerRead);

    /// <summary>Those whose counters changed, each once.</summary>
    private readonly List<uint> _counted = new(EventsPerRead);
    private readonly HashSet<uint> _countedOnce = new(EventsPerRead);
    private readonly PostTexts _texts = new();
    private readonly Lock _waiting = new();
    private readonly PriorityQueue<TaskCompletionSource, uint> _waiters = new();
    private readonly Rests _rests = new(options.PastShare);
    private uint _processed;
    private uint _trendsAfter;
    private uint _past;

    /// <summary>Newest seq of the feed that it is done with.</summary>
    public uint Processed => Volatile.Read(ref _processed);

    /// <summary>Begins behind this place: all before is in the index. Before the first run.</summary>
    public void BeginAfter(uint seq) => Volatile.Write(ref _processed, seq);

    /// <summary>What is older is found, but no trend. Before the first run.</summary>
    public void CountTrendsAfter(uint seq) => _trendsAfter = seq;

    /// <summary>What was there before the start is taken in with rests. Before the first run.</summary>
    public void RestUpTo(uint seq) => _past = seq;

    /// <summary>Follows the feed until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await foreach (var batch in posts.Feed(Processed, ct).WithCancellation(ct))
        {
            for (var done = 0; done < batch.Length; done += EventsPerRead)
            {
                var begun = Stopwatch.GetTimestamp();
                var events = batch.Slice(done, Math.Min(EventsPerRead, batch.Length - done));
                await TakeAsync(events, ct);
                if (Processed <= _past)
                    await _rests.TakeAsync(Stopwatch.GetElapsedTime(begun), ct);
            }
        }
    }

    /// <summary>Waits until everything that is in the log now has been taken in.</summary>
    /// <inheritdoc cref="AwaitAsync(uint, TimeSpan?, Call)"/>
    public async ValueTask<IngestStatus> AwaitAsync(TimeSpan? atMost, Call call) =>
        await AwaitAsync(await posts.Locate(LocatePost.End, call) - 1, atMost, call);

    /// <summary>Waits until the log has been taken in up to a place.</summary>
    /// <param name="last">May be one that the log has not reached yet.</param>
    /// <param name="atMost">No longer than this, and not at all for more than <see cref="WaitedForMax"/>; null for as
    /// long as it takes.</param>
    public async ValueTask<IngestStatus> AwaitAsync(uint last, TimeSpan? atMost, Call call)
    {
        TaskCompletionSource? waiter = null;
        lock (_waiting)
        {
            if (Processed < last && (atMost is null || last - Processed <= WaitedForMax))
                _waiters.Enqueue(waiter = new(TaskCreationOptions.RunContinuationsAsynchronously), last);
        }
        if (waiter is not null)
            await WaitAsync(waiter.Task, atMost, call);
        return new IngestStatus(Processed);
    }

    private async ValueTask WaitAsync(Task caughtUp, TimeSpan? atMost, Call call)
    {
        try
        {
            await caughtUp.WaitAsync(atMost ?? Timeout.InfiniteTimeSpan, time, call.Cancellation);
        }
        catch (TimeoutException)
        {
            // Said in the reply: how far it is.
        }
    }

    private async ValueTask TakeAsync(ReadOnlyMemory<PostEvent> events, CancellationToken ct)
    {
        Gather(events.Span);
        if (_seqs.Count > 0 || _counted.Count > 0)
            await posts.Texts(new ReadPostTexts(_seqs, _counted, _texts), Call.Until(ct));
        lock (shard.Writing)
            Take(events.Span);
        Finish(events.Span);
    }

    private void Gather(ReadOnlySpan<PostEvent> events)
    {
        _seqs.Clear();
        _counted.Clear();
        _countedOnce.Clear();
        foreach (ref readonly var one in events)
        {
            if (IsRead(one))
                _seqs.Add(PostOf(one));
            if (one.Counted != 0 && shard.Holds(one.Counted) && _countedOnce.Add(one.Counted))
                _counted.Add(one.Counted);
        }
    }

    /// <summary>Whether what the post says is of use here.</summary>
    private bool IsRead(in PostEvent one) => one.Kind is PostEventKind.Post or PostEventKind.Edit
        && (shard.Holds(PostOf(one)) || (one.Kind == PostEventKind.Post && IsNews(one)));

    private bool IsNews(in PostEvent one) => one.Ref.Seq > _trendsAfter;

    private static uint PostOf(in PostEvent one) => one.Kind == PostEventKind.Post ? one.Ref.Seq : one.Target;

    private void Take(ReadOnlySpan<PostEvent> events)
    {
        var text = 0;
        foreach (ref readonly var one in events)
            Take(one, ref text);
        for (var i = 0; i < _counted.Count; i++)
        {
            if (_texts.Counters[i] is { } counters)
                shard.Count(_counted[i], counters);
        }
    }

    /// <param name="text">Place of the next text that was read.</param>
    private void Take(in PostEvent one, ref int text)
    {
        var isNews = IsNews(one);
        switch (one.Kind)
        {
            case PostEventKind.Post or PostEventKind.Edit when IsRead(one):
                if (_texts.Has(text))
                    TakeText(one, _texts[text], isNews);
                text++;
                break;
            case PostEventKind.Delete:
                shard.Delete(one.Target);
                trends.Remove(one.Target);
                break;
        }
        if (isNews)
            trends.Note(one);
    }

    private void TakeText(in PostEvent one, in LentPost post, bool isNews)
    {
        if (one.Kind == PostEventKind.Edit)
        {
            shard.Edit(post, one.Ref.Seq);
            return;
        }
        // As it is now: an edit of it that comes later changes nothing.
        if (shard.Holds(post.Ref.Seq))
            shard.Add(post);
        if (isNews)
            trends.Note(post);
    }

    private void Finish(ReadOnlySpan<PostEvent> events)
    {
        var now = time.GetTimestamp();
        var taken = 0;
        foreach (ref readonly var one in events)
        {
            if (one.Kind is not (PostEventKind.Post or PostEventKind.Edit) || !shard.Holds(PostOf(one)))
                continue;
            taken++;
            if (one.CommittedAt != 0)
                metrics.Reached(time.GetElapsedTime(one.CommittedAt, now));
        }
        metrics.TookIn(taken);
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
