using System.Threading.Channels;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Notifications;
using Roost.Services.Posts;

namespace Roost.Services.Push;

/// <summary>
/// The consumer of the post feed and of notifications that hands events to the gateway. One loop owns the streams and
/// the order: it takes in which streams were opened and closed, then a chunk of events, and so on; so a stream that was
/// opened at a place is given all events from there on, each once.
/// </summary>
/// <remarks>
/// The checkpoint is the place, in memory: streams do not outlive the process. It moves when events have been handed
/// over, so that after a failure of a service, when the loop starts again, none is missed and none is handed over
/// twice. With no stream open an event costs nothing but its passing by. What has no place of its own is handed over
/// between two chunks.
/// </remarks>
internal sealed class PushHub(PushPeers peers, PushOptions options, TimeProvider time, PushMetrics metrics)
{
    /// <summary>A turn has no more, however many streams an event concerns; at least one event.</summary>
    private const int DeliveriesPerTurn = 262_144;

    /// <summary>How often counters are told.</summary>
    private static readonly TimeSpan _countsEvery = TimeSpan.FromSeconds(1);

    private readonly Channel<Change> _changes =
        Channel.CreateUnbounded<Change>(new UnboundedChannelOptions { SingleReader = true });

    private readonly OpenStreams _open = new();
    private readonly Matcher _matcher = new(peers);
    private readonly NoticeMatcher _notices = new(peers);
    private readonly List<PushStream> _told = [];
    private readonly PushTurn _turn = new();
    private readonly FeedPlace _posts = new();
    private readonly FeedPlace _noticed = new();
    private DeliverPushed _deliver = _ => default;
    private int _streams;

    /// <summary>Newest seq of the feed that was handed over.</summary>
    public uint Processed => (uint)_posts.Done;

    /// <summary>Streams that are open.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>Before the first run.</summary>
    public void StartAfter(PushPlace place)
    {
        _posts.Reached(place.Seq);
        _noticed.Reached(place.Notice);
    }

    public void Attach(DeliverPushed deliver) => Volatile.Write(ref _deliver, deliver);

    /// <summary>The reply is the place that the stream is live from.</summary>
    public async ValueTask<PushPlace> OpenAsync(PushStream stream, ThreadPosts? thread, CancellationToken ct)
    {
        if (Interlocked.Increment(ref _streams) > options.StreamsMax)
        {
            Interlocked.Decrement(ref _streams);
            throw new ServiceException(
                ErrorCode.Overloaded, $"All {options.StreamsMax} streams that this server keeps open are in use.");
        }
        var opened = new TaskCompletionSource<PushPlace>(TaskCreationOptions.RunContinuationsAsynchronously);
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

    /// <summary>Tells what has no place: that an account's filters or notifications have changed, or, of nobody, what
    /// is announced.</summary>
    public void Tell(PushedKind kind, AccountId account, PushedNews? news)
    {
        if (Streams > 0)
            _changes.Writer.TryWrite(new Change(null, null, null, new Aside(kind, account, news)));
    }

    /// <summary>Follows both feeds until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        // What a failure left half done is matched anew.
        _turn.Clear();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var feed = peers.Posts.Feed(Processed, ending.Token).GetAsyncEnumerator(ending.Token);
        var notices = peers.Notifications.Feed(_noticed.Done, ending.Token).GetAsyncEnumerator(ending.Token);
        var arriving = feed.MoveNextAsync().AsTask();
        var noticing = notices.MoveNextAsync().AsTask();
        var changing = _changes.Reader.WaitToReadAsync(ending.Token).AsTask();
        using var counting = new PeriodicTimer(_countsEvery, time);
        var ticking = counting.WaitForNextTickAsync(ending.Token).AsTask();
        try
        {
            while (true)
            {
                await Task.WhenAny(arriving, noticing, changing, ticking);
                if (changing.IsCompleted)
                {
                    await changing;
                    TakeChanges();
                    changing = _changes.Reader.WaitToReadAsync(ending.Token).AsTask();
                }
                if (noticing.IsCompleted)
                {
                    if (!await noticing)
                        return;
                    await HandOverAsync(notices.Current, ct);
                    noticing = notices.MoveNextAsync().AsTask();
                }
                if (ticking.IsCompleted)
                {
                    await ticking;
                    await HandOverCountsAsync(ct);
                    ticking = counting.WaitForNextTickAsync(ending.Token).AsTask();
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
            await ((Task)noticing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)changing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ((Task)ticking).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await feed.DisposeAsync();
            await notices.DisposeAsync();
        }
    }

    /// <summary>Waits until everything that is in the log now has been handed over.</summary>
    public async ValueTask<PushStatus> AwaitAsync(AwaitPush request, Call call)
    {
        await _posts.WaitAsync(await peers.Posts.Locate(LocatePost.End, call) - 1, call.Cancellation);
        await _noticed.WaitAsync(request.Notice, call.Cancellation);
        return new PushStatus(Processed, Streams);
    }

    private PushPlace Place => new(Processed, _noticed.Done);

    private void TakeChanges()
    {
        while (_changes.Reader.TryRead(out var change))
        {
            if (change.Told is { } told)
            {
                HandOver(told);
            }
            else if (change.Opened is null)
            {
                _open.Remove(change.Stream!);
            }
            else
            {
                _open.Add(change.Stream!, change.Thread);
                change.Opened.TrySetResult(Place);
            }
        }
    }

    private void HandOver(Aside told)
    {
        _told.Clear();
        switch (told.Kind)
        {
            case PushedKind.FiltersChanged:
                _open.Index.GatherUser(told.Account, _told);
                break;
            case PushedKind.NoticesMerged:
                _open.Index.GatherNotices(told.Account, _told);
                break;
            default:
                _open.Index.GatherUsers(_told);
                break;
        }
        foreach (var stream in _told)
            _turn.To(stream);
        _turn.Add(new PushedEvent(told.Kind, Place, default, null, 0) { News = told.News });
        Deliver();
    }

    private async ValueTask HandOverAsync(IReadOnlyList<Notice> batch, CancellationToken ct)
    {
        var notices = batch.ToArray();
        for (var start = 0; start < notices.Length; start += NoticeMatcher.ChunkMax)
        {
            TakeChanges();
            var chunk = new ArraySegment<Notice>(
                notices, start, Math.Min(NoticeMatcher.ChunkMax, notices.Length - start));
            if (_open.Index.HearsNotices)
                await _notices.MatchAsync(chunk, Processed, _open.Index, _turn, ct);
            Deliver();
            _noticed.Reached(chunk[^1].Id);
        }
    }

    private async ValueTask HandOverAsync(ReadOnlyMemory<PostEvent> batch, CancellationToken ct)
    {
        for (var chunk = batch; !chunk.IsEmpty;)
        {
            TakeChanges();
            var size = _open.Index.Count == 0 ? chunk.Length : Math.Min(chunk.Length, ChunkSize());
            if (_open.Index.Count > 0)
                await _matcher.MatchAsync(chunk[..size], _noticed.Done, _open, _turn, ct);
            _open.Shown.Take(chunk.Span[..size]);
            Deliver();
            _posts.Reached(chunk.Span[size - 1].Ref.Seq);
            chunk = chunk[size..];
        }
    }

    private async ValueTask HandOverCountsAsync(CancellationToken ct)
    {
        TakeChanges();
        if (_open.Shown.Changed.Count == 0)
            return;
        foreach (var chunk in _open.Shown.Changed.Chunk(ChunkSize()).ToArray())
        {
            await _matcher.CountAsync(chunk, Place, _open, _turn, ct);
            Deliver();
            _open.Shown.Told(chunk);
        }
    }

    private int ChunkSize() => Math.Clamp(DeliveriesPerTurn / Math.Max(1, _open.Index.Count), 1, Matcher.ChunkMax);

    private void Deliver()
    {
        if (_turn.Events.Count == 0)
            return;
        var start = time.GetTimestamp();
        var delivered = Volatile.Read(ref _deliver)(_turn);
        var now = time.GetTimestamp();
        metrics.Delivered(delivered, time.GetElapsedTime(start, now));
        foreach (var pushed in _turn.Events)
        {
            if (pushed.CommittedAt != 0)
                metrics.Reached(time.GetElapsedTime(pushed.CommittedAt, now));
        }
        _turn.Clear();
    }

    /// <param name="Opened">Null when it was closed.</param>
    /// <param name="Told">To be told instead.</param>
    private readonly record struct Change(
        PushStream? Stream, ThreadPosts? Thread, TaskCompletionSource<PushPlace>? Opened, Aside? Told = null);

    private sealed record Aside(PushedKind Kind, AccountId Account, PushedNews? News);
}
