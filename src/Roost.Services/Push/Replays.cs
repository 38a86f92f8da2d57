using System.Runtime.CompilerServices;
using Roost.Rpc;
using Roost.Services.Notifications;

namespace Roost.Services.Push;

/// <summary>
/// Tells a stream what it missed: the same feeds, from where the reader left them up to where the stream is live, by
/// the same matching as live. So what a reader gets in pieces is what it would have got in one, apart from what is gone
/// meanwhile.
/// </summary>
/// <remarks>
/// Posts come first, each with the reader's old place among notifications; then these, with the new place among posts:
/// whichever is the last that a reader gets, from its place on nothing is missed and nothing is doubled.
/// </remarks>
internal sealed class Replays(PushPeers peers, PushOptions options, PushMetrics metrics) : IDisposable
{
    private readonly SemaphoreSlim _atWork = new(options.ReplaysAtWorkMax);

    public async ValueTask<MissedEvents> BeginAsync(ReplayStream request, ThreadPosts? thread, Call call)
    {
        var (stream, after, upTo) = request;
        var hasPosts = stream.Topic.Kind != StreamKind.Notifications;
        var isWhole = !hasPosts || (after.Seq <= upTo.Seq && upTo.Seq - after.Seq <= options.ReplayRecordsMax);
        List<Notice>? notices = [];
        if (isWhole && after.Notice >= 0 && HearsNotices(stream))
        {
            notices = after.Notice > upTo.Notice
                ? null
                : await new NoticeMatcher(peers).MissedAsync(
                    stream, after.Notice, upTo.Notice, options.ReplayNoticesMax, call.Cancellation);
            isWhole = notices is not null;
        }
        metrics.Replayed(isWhole);
        var hasAny = isWhole && ((hasPosts && after.Seq < upTo.Seq) || notices!.Count > 0);
        return new MissedEvents(isWhole, hasAny ? EventsAsync(request, thread, hasPosts, notices!) : NoneAsync());
    }

    public void Dispose() => _atWork.Dispose();

    private static bool HearsNotices(PushStream stream) =>
        stream.Topic.Kind == StreamKind.Notifications
        || (stream.Topic.Kind == StreamKind.User && stream.HasNotices);

    private static async IAsyncEnumerable<PushedEvent> NoneAsync()
    {
        await Task.CompletedTask;
        yield break;
    }

    private async IAsyncEnumerable<PushedEvent> EventsAsync(
        ReplayStream request, ThreadPosts? thread, bool hasPosts, List<Notice> notices,
        [EnumeratorCancellation] CancellationToken ct = default)
    {
        await _atWork.WaitAsync(ct);
        try
        {
            if (hasPosts && request.After.Seq < request.UpTo.Seq)
            {
                await foreach (var pushed in PostsAsync(request, thread, ct))
                    yield return pushed;
            }
            var matcher = new NoticeMatcher(peers);
            var events = new List<PushedEvent>();
            foreach (var chunk in notices.Chunk(NoticeMatcher.ChunkMax))
            {
                events.Clear();
                await matcher.MakeAsync(request.Stream.Viewer, chunk, request.UpTo.Seq, events, ct);
                foreach (var pushed in events)
                    yield return pushed;
            }
        }
        finally
        {
            _atWork.Release();
        }
    }

    private async IAsyncEnumerable<PushedEvent> PostsAsync(
        ReplayStream request, ThreadPosts? thread, [EnumeratorCancellation] CancellationToken ct)
    {
        var (stream, after, upTo) = request;
        var open = new OpenStreams();
        // A stream can be in one chain at a time, and this one is live already.
        var copy = new PushStream(stream.Viewer, stream.Topic, stream.Owner) { Query = stream.Query };
        copy.Shown = [.. stream.Shown.Select(one => new PostOnPage(copy, one.Seq))];
        open.Add(copy, thread);
        var matcher = new Matcher(peers);
        var turn = new PushTurn();
        await foreach (var batch in peers.Posts.Feed(after.Seq, ct).WithCancellation(ct))
        {
            var last = batch.Span[^1].Ref.Seq;
            var isEnd = last >= upTo.Seq;
            for (var left = isEnd ? batch[..^(int)(last - upTo.Seq)] : batch; !left.IsEmpty;)
            {
                var size = Math.Min(left.Length, Matcher.ChunkMax);
                await matcher.MatchAsync(left[..size], after.Notice, open, turn, ct);
                open.Shown.Take(left.Span[..size]);
                left = left[size..];
                foreach (var pushed in turn.Events)
                    yield return pushed;
                turn.Clear();
            }
            if (isEnd)
                break;
        }
        if (open.Shown.Changed.Count == 0)
            yield break;
        await matcher.CountAsync([.. open.Shown.Changed], after with { Seq = upTo.Seq }, open, turn, ct);
        foreach (var pushed in turn.Events)
            yield return pushed;
    }
}
