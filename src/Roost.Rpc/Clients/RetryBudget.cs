namespace Roost.Rpc.Clients;

/// <summary>
/// How many tries a client may add, shared by all its calls to one service: every call pays in a share, every retry
/// takes out one. When everything fails, retries are that share of the calls and no more, so that they do not keep down
/// a service that is trying to get up.
/// </summary>
/// <param name="share">Paid in by a call, 0 to 1.</param>
/// <param name="perSecond">Paid in by the clock, 0 or more.</param>
public sealed class RetryBudget(double share, double perSecond, TimeProvider time)
{
    // What can be saved up: a burst of a hundred, and what the clock pays in ten seconds.
    private const double SavedSeconds = 10;
    private const double SavedMax = 100;

    private readonly Lock _lock = new();

    // Both under _lock. Nothing is saved at first, but the clock pays as if a second had passed.
    private double _saved;
    private long _at = time.GetTimestamp() - time.TimestampFrequency;

    /// <summary>A call begins.</summary>
    public void PayIn()
    {
        lock (_lock) _saved = Math.Min(SavedMax + perSecond * SavedSeconds, _saved + share);
    }

    /// <summary>Whether one more try may be made; takes it out if so.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var paid = time.GetElapsedTime(_at, now).TotalSeconds * perSecond;
            _saved = Math.Min(SavedMax + perSecond * SavedSeconds, _saved + paid);
            _at = now;
            if (_saved < 1) return false;
            _saved--;
            return true;
        }
    }
}
