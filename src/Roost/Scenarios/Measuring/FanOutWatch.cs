using Roost.Rpc;
using Roost.Services.Timelines;

namespace Roost.Scenarios.Measuring;

/// <summary>
/// Notes when fan-out was done with what, by asking it again and again, so that afterwards it can be told for each post
/// when it was in every inbox. It errs by a millisecond or two, never in the node's favour.
/// </summary>
internal sealed class FanOutWatch : IAsyncDisposable
{
    private static readonly TimeSpan _askEvery = TimeSpan.FromMilliseconds(1);

    private readonly TimelinesApi _timelines;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping;
    private readonly List<(uint Seq, long Timestamp)> _seen = [];
    private readonly Task _watching;

    public FanOutWatch(TimelinesApi timelines, TimeProvider time, CancellationToken ct)
    {
        (_timelines, _time) = (timelines, time);
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(ct);
        _watching = Task.Run(WatchAsync, CancellationToken.None);
    }

    /// <summary>Stops asking, once all that is in the log now is in the inboxes.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        var status = await _timelines.FanOut(new AwaitFanOut(), Call.Until(ct));
        var now = _time.GetTimestamp();
        await _stopping.CancelAsync();
        await _watching;
        if (_seen.Count == 0 || _seen[^1].Seq < status.Processed) _seen.Add((status.Processed, now));
    }

    /// <summary>The timestamp at which a post was known to be in every inbox; null when it was not until the watch was
    /// stopped.</summary>
    public long? ReachedAt(uint seq)
    {
        var (low, high) = (0, _seen.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_seen[middle].Seq < seq) low = middle + 1;
            else high = middle;
        }
        return low < _seen.Count ? _seen[low].Timestamp : null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        _stopping.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                var status = await _timelines.FanOut(new AwaitFanOut(), Call.Until(_stopping.Token));
                if (_seen.Count == 0 || _seen[^1].Seq < status.Processed)
                    _seen.Add((status.Processed, _time.GetTimestamp()));
                await Task.Delay(_askEvery, _time, _stopping.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // That is how the watch ends.
        }
    }
}
