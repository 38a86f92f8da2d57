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

    /// <summary>What the events are about: posts, edited ones, and those whose counters changed.</summary>
    private readonly List<uint> _seqs = new(EventsPerRead);
    private readonly Dictionary<uint, int> _places = new(EventsPerRead);
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
    /// <param name="atMost">No longer than this, and not at all for more than <see cref="WaitedForMax"/>; null for as
    /// long as it takes.</param>
    public async ValueTask<IngestStatus> AwaitAsync(TimeSpan? atMost, Call call)
    {
        var last = await posts.Locate(LocatePost.End, call) - 1;
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
        var read = _seqs.Count == 0 ? [] : await posts.Read(new ReadPosts(_seqs), Call.Until(ct));
        lock (shard.Writing)
            Take(events.Span, read);
        Finish(events.Span);
    }

    private void Take(ReadOnlySpan<PostEvent> events, ShownPost[] read)
    {
        foreach (ref readonly var one in events)
            Take(one, read);
        foreach (ref readonly var one in events)
        {
            if (one.Counted != 0 && _places.Remove(one.Counted, out var place) && read[place].Post is not null)
                shard.Count(one.Counted, read[place].Stats);
        }
    }

    private void Gather(ReadOnlySpan<PostEvent> events)
    {
        _seqs.Clear();
        _places.Clear();
        foreach (ref readonly var one in events)
        {
            if (one.Kind == PostEventKind.Post)
                Want(one.Ref.Seq);
            else if (one.Kind == PostEventKind.Edit)
                Want(one.Target);
            if (one.Counted != 0)
                Want(one.Counted);
        }

        void Want(uint seq)
        {
            if (_places.TryAdd(seq, _seqs.Count))
                _seqs.Add(seq);
        }
    }

    private void Take(in PostEvent one, ShownPost[] read)
    {
        var isNews = one.Ref.Seq > _trendsAfter;
        switch (one.Kind)
        {
            // As it is now: an edit of it that comes later changes nothing.
            case PostEventKind.Post when read[_places[one.Ref.Seq]] is { Post: { } post } shown:
                shard.Add(shown);
                if (isNews)
                    trends.Note(post);
                break;
            case PostEventKind.Edit when read[_places[one.Target]] is { Post: not null } edited:
                shard.Edit(edited, one.Ref.Seq);
                break;
            case PostEventKind.Delete:
                shard.Delete(one.Target);
                trends.Remove(one.Target);
                break;
        }
        if (isNews)
            trends.Note(one);
    }

    private void Finish(ReadOnlySpan<PostEvent> events)
    {
        var now = time.GetTimestamp();
        var taken = 0;
        foreach (ref readonly var one in events)
        {
            if (one.Kind is not (PostEventKind.Post or PostEventKind.Edit))
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
