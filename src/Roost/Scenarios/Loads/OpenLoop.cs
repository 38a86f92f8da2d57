namespace Roost.Scenarios.Loads;

/// <summary>
/// Starts calls at given moments, whatever their answers take: an open loop, as people are one. A bounded number may be
/// under way, since a service takes no more at once; further ones are held back, and as they count from the moment that
/// was meant, so does what held them back (no coordinated omission). One use.
/// </summary>
internal sealed class OpenLoop(TimeProvider time, CancellationToken ct) : IDisposable
{
    /// <summary>What a service takes at once unless told otherwise.</summary>
    private const int UnderWayMax = 1_024;

    private readonly SemaphoreSlim _places = new(UnderWayMax);

    /// <summary>The timestamp from which moments count.</summary>
    public long Started { get; private set; }

    /// <param name="at">The moment of each call, ascending.</param>
    /// <param name="call">Given the index and the timestamp meant; its task must not fail for an answer that is an
    /// error.</param>
    public async Task RunAsync(int count, Func<int, TimeSpan> at, Func<int, long, Task> call)
    {
        var calls = new List<Task>(count);
        Started = time.GetTimestamp();
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
            for (var i = 0; i < count; i++)
            {
                var meant = Started + (long)(at(i).TotalSeconds * time.TimestampFrequency);
                pacer.WaitRoughly(meant);
                _places.Wait(ct);
                calls.Add(ReleaseAsync(call(i, meant)));
            }
            return true;
        }
    }

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
