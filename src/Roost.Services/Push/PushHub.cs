using System.Threading.Channels;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Push;

/// <summary>
/// The consumer of the post feed that hands events to the gateway. One loop owns the streams and the order: it takes in
/// which streams were opened and closed, then a chunk of events, and so on; so a stream that was opened after seq
/// <em>n</em> is given all events from <em>n</em> + 1 on, each once.
/// </summary>
/// <remarks>
/// The checkpoint is <see cref="Processed"/>, in memory: streams do not outlive the process. It moves when events have
/// been handed over, so that after a failure of a service, when the loop starts again, none is missed and none is
/// handed over twice. With no stream open an event costs nothing but its passing by.
/// </remarks>
internal sealed class PushHub(PushPeers peers, PushOptions options, TimeProvider time, PushMetrics metrics)
{
    /// <summary>A turn has no more, however many streams an event concerns; at least one event.</summary>
    private const int DeliveriesPerTurn = 262_144;

    private readonly Channel<Change> _changes =
        Channel.CreateUnbounded<Change>(new UnboundedChannelOptions { SingleReader = true });

    private readonly StreamIndex _index = new();
    private readonly Matcher _matcher = new(peers);
    private readonly PushTurn _turn = new();
    private readonly Lock _waiting = new();
    private readonly PriorityQueue<TaskCompletionSource, uint> _waiters = new();
    private DeliverPushed _deliver = _ => default;
    private uint _processed;
    private int _streams;

    /// <summary>Newest seq of the feed that was handed over.</summary>
    public uint Processed => Volatile.Read(ref _processed);

    /// <summary>Streams that are open.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>Before the first run.</summary>
    public void StartAfter(uint seq) => _processed = seq;

    public void Attach(DeliverPushed deliver) => Volatile.Write(ref _deliver, deliver);

    /// <summary>The reply is the seq after which the stream is live.</summary>
    public async ValueTask<uint> OpenAsync(PushStream stream, ThreadPosts? thread, CancellationToken ct)
    {
        if (Interlocked.Increment(ref _streams) > options.StreamsMax)
        {
            Interlocked.Decrement(ref _streams);
            throw new ServiceException(
                ErrorCode.Overloaded, $"All {options.StreamsMax} streams that this server keeps open are in use.");
        }
        var opened = new TaskCompletionSource<uint>(TaskCreationOptions.RunContinuationsAsynchronously);
        _changes.Writer.TryWrite(new Change(stream, thread, opened));
        try
        {
            return await opened.Task.WaitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            Close(stream);
            throw;
        }
    }

    public void Close(PushStream stream)
    {
        Interlocked.Decrement(ref _streams);
        _changes.Writer.TryWrite(new Change(stream, null, null));
    }

    /// <summary>Follows the feed until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        // What a failure left half done is matched anew.
        _turn.Clear();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var feed = peers.Posts.Feed(_processed, ending.Token).GetAsyncEnumerator(ending.Token);
        var arriving = feed.MoveNextAsync().AsTask();
        var changing = _changes.Reader.WaitToReadAsync(ending.Token).AsTask();
        try
        {
            while (true)
            {
                await Task.WhenAny(arriving, changing);
                if (changing.IsCompleted)
                {
                    await changing;
                    TakeChanges();
                    changing = _changes.Reader.WaitToReadAsync(ending.Token).AsTask();
                }
                if (!arriving.IsCompleted)
                    continue;
                if (!await arriving)
                    return;
                await HandOverAsync(feed.Current, ct);
                arriving = feed.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            await ending.CancelAsync();
            await ((Task)arriving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)changing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await feed.DisposeAsync();
        }
    }

    /// <summary>Waits until everything that is in the log now has been handed over.</summary>
    public async ValueTask<PushStatus> AwaitAsync(Call call)
    {
        var last = await peers.Posts.Locate(LocatePost.End, call) - 1;
        TaskCompletionSource? waiter = null;
        lock (_waiting)
        {
            if (_processed < last)
                _waiters.Enqueue(waiter = new(TaskCreationOptions.RunContinuationsAsynchronously), last);
        }
        if (waiter is not null)
            await waiter.Task.WaitAsync(call.Cancellation);
        return new PushStatus(Processed, Streams);
    }

    private void TakeChanges()
    {
        while (_changes.Reader.TryRead(out var change))
        {
            if (change.Opened is null)
            {
                _index.Remove(change.Stream);
                continue;
            }
            _index.Add(change.Stream, change.Thread);
            change.Opened.TrySetResult(_processed);
        }
    }

    private async ValueTask HandOverAsync(ReadOnlyMemory<PostEvent> batch, CancellationToken ct)
    {
        for (var chunk = batch; !chunk.IsEmpty;)
        {
            TakeChanges();
            var size = _index.Count == 0 ? chunk.Length : Math.Min(chunk.Length, ChunkSize());
            if (_index.Count > 0)
                await _matcher.MatchAsync(chunk[..size], _index, _turn, ct);
            Deliver(chunk.Span[size - 1].Ref.Seq);
            chunk = chunk[size..];
        }
    }

    private int ChunkSize() => Math.Clamp(DeliveriesPerTurn / _index.Count, 1, Matcher.ChunkMax);

    private void Deliver(uint upTo)
    {
        if (_turn.Events.Count > 0)
        {
            var delivered = Volatile.Read(ref _deliver)(_turn);
            metrics.Delivered(delivered);
            var now = time.GetTimestamp();
            foreach (var pushed in _turn.Events)
            {
                if (pushed.CommittedAt != 0)
                    metrics.Reached(time.GetElapsedTime(pushed.CommittedAt, now));
            }
            _turn.Clear();
        }
        lock (_waiting)
        {
            Volatile.Write(ref _processed, upTo);
            while (_waiters.TryPeek(out var waiter, out var seq) && seq <= upTo)
            {
                _waiters.Dequeue();
                waiter.SetResult();
            }
        }
    }

    /// <param name="Opened">Null when it was closed.</param>
    private readonly record struct Change(
        PushStream Stream, ThreadPosts? Thread, TaskCompletionSource<uint>? Opened);
}
