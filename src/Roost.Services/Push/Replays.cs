using System.Runtime.CompilerServices;

namespace Roost.Services.Push;

/// <summary>
/// Tells a stream what it missed: the same feed, from where the reader left it up to where the stream is live, by the
/// same matching as live. So what a reader gets in pieces is what it would have got in one.
/// </summary>
internal sealed class Replays(PushPeers peers, PushOptions options, PushMetrics metrics) : IDisposable
{
    private readonly SemaphoreSlim _atWork = new(options.ReplaysAtWorkMax);

    public MissedEvents Begin(ReplayStream request, ThreadPosts? thread)
    {
        var isWhole = request.After <= request.UpTo && request.UpTo - request.After <= options.ReplayRecordsMax;
        metrics.Replayed(isWhole);
        return new MissedEvents(
            isWhole, isWhole && request.After < request.UpTo ? EventsAsync(request, thread) : NoneAsync());
    }

    public void Dispose() => _atWork.Dispose();

    private static async IAsyncEnumerable<PushedEvent> NoneAsync()
    {
        await Task.CompletedTask;
        yield break;
    }

    private async IAsyncEnumerable<PushedEvent> EventsAsync(
        ReplayStream request, ThreadPosts? thread, [EnumeratorCancellation] CancellationToken ct = default)
    {
        var index = new StreamIndex();
        // A stream can be in one chain at a time, and this one is live already.
        index.Add(new PushStream(request.Stream.Viewer, request.Stream.Topic, request.Stream.Owner), thread);
        var matcher = new Matcher(peers);
        var turn = new PushTurn();
        await _atWork.WaitAsync(ct);
        try
        {
            await foreach (var batch in peers.Posts.Feed(request.After, ct).WithCancellation(ct))
            {
                var last = batch.Span[^1].Ref.Seq;
                var isEnd = last >= request.UpTo;
                for (var left = isEnd ? batch[..^(int)(last - request.UpTo)] : batch; !left.IsEmpty;)
                {
                    var size = Math.Min(left.Length, Matcher.ChunkMax);
                    await matcher.MatchAsync(left[..size], index, turn, ct);
                    left = left[size..];
                    foreach (var pushed in turn.Events)
                        yield return pushed;
                    turn.Clear();
                }
                if (isEnd)
                    yield break;
            }
        }
        finally
        {
            _atWork.Release();
        }
    }
}
