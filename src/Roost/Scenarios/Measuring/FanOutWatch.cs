using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Services.Timelines;

namespace Roost.Scenarios.Measuring;

/// <summary>
/// Notes again and again how far fan-out has come, so that afterwards it can be told for each post when it was in every
/// inbox. It errs by a millisecond or two, never in the node's favour.
/// </summary>
/// <remarks>Two marks are noted: up to where posts are delivered, which giants' posts may be behind, since they are
/// delivered in slices while others go on; and up to where all is delivered, giants' too.</remarks>
internal sealed class FanOutWatch : IAsyncDisposable
{
    private static readonly TimeSpan _lookEvery = TimeSpan.FromMilliseconds(1);

    private readonly Stage _stage;
    private readonly CancellationTokenSource _stopping;
    private readonly List<(uint Seq, long Timestamp)> _delivered = [];
    private readonly List<(uint Seq, long Timestamp)> _settled = [];
    private readonly Task _watching;

    public FanOutWatch(Stage stage)
    {
        _stage = stage;
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(stage.Ct);
        _watching = Task.Run(
            () => Task.WhenAll(
                LoopAsync(_delivered, DeliveredAsync), LoopAsync(_settled, SettledAsync)), CancellationToken.None);
    }

    /// <summary>Stops looking, once all that is in the log now is in the inboxes.</summary>
    public async Task StopAsync()
    {
        var status = await _stage.Services.Timelines.FanOut(new AwaitFanOut(), _stage.Call);
        var now = _stage.Time.GetTimestamp();
        await _stopping.CancelAsync();
        await _watching;
        Note(_delivered, status.Processed, now);
        Note(_settled, status.Processed, now);
    }

    /// <summary>The timestamp at which a post was known to be in every inbox; null when it was not until the watch was
    /// stopped.</summary>
    /// <param name="isGiant">Whether so many follow its author that it was delivered in slices.</param>
    public long? ReachedAt(uint seq, bool isGiant = false)
    {
        var seen = isGiant ? _settled : _delivered;
        var (low, high) = (0, seen.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (seen[middle].Seq < seq) low = middle + 1;
            else high = middle;
        }
        return low < seen.Count ? seen[low].Timestamp : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        _stopping.Dispose();
    }

    private async Task LoopAsync(List<(uint, long)> seen, Func<ValueTask<uint>> look)
    {
        try
        {
            while (true)
            {
                Note(seen, await look(), _stage.Time.GetTimestamp());
                await Task.Delay(_lookEvery, _stage.Time, _stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // That is how the watch ends.
        }
    }

    // Both ask for the log's end first: what comes between makes the answer too small, never too great.
    private async ValueTask<uint> DeliveredAsync() => (uint)Math.Max(0, await LastAsync() - _stage.Meters.Lag());

    private async ValueTask<uint> SettledAsync()
    {
        var last = await LastAsync();
        await _stage.Services.Timelines.FanOut(new AwaitFanOut(), Call.Until(_stopping.Token));
        return last;
    }

    private async ValueTask<uint> LastAsync() =>
        await _stage.Services.Posts.Locate(LocatePost.End, Call.Until(_stopping.Token)) - 1;

    private static void Note(List<(uint Seq, long Timestamp)> seen, uint seq, long timestamp)
    {
        if (seen.Count == 0 || seen[^1].Seq < seq) seen.Add((seq, timestamp));
    }
}
