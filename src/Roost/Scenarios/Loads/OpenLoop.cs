namespace Roost.Scenarios.Loads;

/// <summary>
/// Starts calls at given moments, whatever their answers take: an open loop, as people are one. A bounded number may be
/// under way, since a service takes no more at once; further ones are held back, and as they count from the moment that
/// was meant, so does what held them back (no coordinated omission). One use.
/// </summary>
/// <param name="gatherMax">How many that are due at once may go into one call.</param>
internal sealed class OpenLoop(TimeProvider time, int gatherMax, CancellationToken ct) : IDisposable
{
    /// <summary>What a service takes at once unless told otherwise.</summary>
    private const int UnderWayMax = 1_024;

    private readonly SemaphoreSlim _places = new(UnderWayMax);
    private long _started;

    /// <param name="at">The moment of each, counted from the start, ascending.</param>
    /// <param name="call">Given the first and how many; its task must not fail for an answer that is an error.</param>
    public async Task RunAsync(int count, Func<int, TimeSpan> at, Func<int, int, Task> call)
    {
        var calls = new List<Task>(count / gatherMax);
        _started = time.GetTimestamp();
        try
        {
            await Pacer.OnOwnThread(Start);
        }
        finally
        {
            // Broken off or not: who was started uses the node until it is answered.
            await Task.WhenAll(calls);
        }

        bool Start()
        {
            var pacer = new Pacer(time, ct);
            for (var first = 0; first < count;)
            {
                pacer.WaitRoughly(Moment(at(first)));
                _places.Wait(ct);
                var now = time.GetTimestamp();
                var gathered = 1;
                while (gathered < gatherMax && first + gathered < count && Moment(at(first + gathered)) <= now)
                    gathered++;
                calls.Add(ReleaseAsync(call(first, gathered)));
                first += gathered;
            }
            return true;
        }
    }

    /// <summary>The timestamp of a moment that is counted from the start.</summary>
    public long Moment(TimeSpan at) => _started + (long)(at.TotalSeconds * time.TimestampFrequency);

    public void Dispose() => _places.Dispose();

    private async Task ReleaseAsync(Task call)
    {
        try
        {
            await call;
        }
        finally
        {
            _places.Release();
        }
    }
}
