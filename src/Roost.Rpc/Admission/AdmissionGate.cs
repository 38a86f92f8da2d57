using Roost.Rpc.Balancing;

namespace Roost.Rpc.Admission;

/// <summary>
/// Lets as many calls into a service as it can work on, which it learns from how long they take
/// (<see cref="LatencyGradient"/>); more wait, those of higher priority first, and who would wait too long is refused.
/// So a service that is asked for several times what it can do does all that it can, quickly, and what it cannot do
/// costs it nothing.
/// </summary>
/// <remarks>
/// <para>Shares keep those apart who use the same service: none has more than its part of the queue, and of what the
/// service works on without one of its own, so a flood in one leaves room in both for the others.</para>
/// <para>Within a share and a priority who came first is let in first. Once somebody has waited for
/// <see cref="StandingAfterMilliseconds"/> ms the queue stands, and in a standing queue everybody would wait nearly as
/// long as they may. So the newest and the oldest are let in by turns: half of all are answered at once, and nobody
/// who waits is forgotten, as they would be by newest first when those who were answered ask again. When a share's
/// queue is full, who has waited longest among the lowest priority makes room for a new call, unless it outranks that
/// one.</para>
/// <para>Thread-safe: one lock, held for less than a microsecond. A call that need not wait allocates nothing. One
/// timer serves all that wait.</para>
/// </remarks>
public sealed partial class AdmissionGate : IDisposable
{
    /// <summary>How long somebody may wait before the queue is a standing one.</summary>
    public const int StandingAfterMilliseconds = 100;

    private readonly string _name;
    private readonly AdmissionOptions _options;
    private readonly AdmissionMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly Share[] _shares;
    private readonly int _priorities;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    // All under _lock.
    private readonly LatencyGradient _gradient;
    private int _atWork;
    private int _waiting;
    private bool _isTimerSet;

    // When somebody was answered last, or the first of those at work was let in.
    private long _quietSince;

    /// <param name="name">As metrics tell it.</param>
    /// <param name="shares">Who uses it; calls name their place in this list.</param>
    /// <param name="kinds">How many kinds of calls there are: those of a kind usually take as long as each
    /// other.</param>
    /// <param name="priorities">How many there are; 0 is the highest.</param>
    public AdmissionGate(
        string name, AdmissionOptions options, IReadOnlyList<AdmissionShare> shares, int kinds, int priorities,
        AdmissionMetrics metrics, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(shares);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(time);
        (_name, _options, _metrics, _time, _priorities) = (name, options, metrics, time, priorities);
        _gradient = new LatencyGradient(options, kinds, time);
        _shares = [.. shares.Select(share => new Share(share, options, priorities))];
        _timer = time.CreateTimer(
            static gate => ((AdmissionGate)gate!).ExpireWaiters(), this, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        metrics.Watch(name, Report);
    }

    public AdmissionReport Report()
    {
        lock (_lock) return new(_gradient.SettledLimit, _atWork, _waiting);
    }

    /// <summary>Whether calls are at work and none was answered for half as long as others wait: not too much is asked,
    /// but whoever answers is away.</summary>
    public bool StandsStill
    {
        get
        {
            lock (_lock)
                return _atWork > 0 && _time.GetElapsedTime(_quietSince) > _options.PatienceMax / 2;
        }
    }

    /// <summary>Asks for a place.</summary>
    /// <param name="share">Whose it is: its place among the shares.</param>
    /// <param name="priority">0 is the highest.</param>
    /// <param name="ct">Fires when the caller has gone.</param>
    public ValueTask<Admission> EnterAsync(int share, int priority, CancellationToken ct)
    {
        var own = _shares[share];
        Waiter waiter;
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            if (HasRoom_NeedsLock(own))
            {
                Admit_NeedsLock(own, now);
                return new(new Admission(AdmissionOutcome.Admitted, now));
            }
            if (own.Waiting >= own.WaitingMax && !TryMakeRoom_NeedsLock(own, priority))
            {
                _metrics.Refused(_name, own.Name, AdmissionOutcome.Full);
                return new(new Admission(AdmissionOutcome.Full, 0));
            }
            waiter = new Waiter(this, own, priority, now);
            Enqueue_NeedsLock(waiter);
        }
        waiter.EndWith(ct);
        return new(waiter.Task);
    }

    /// <summary>A call that was let in has ended.</summary>
    /// <param name="kind">Of the call, 0 and up.</param>
    /// <param name="start">Of its <see cref="Admission"/>.</param>
    /// <param name="outcome">Answered: its time tells how the service is. Overloaded: the service itself had no room,
    /// or let the deadline pass.</param>
    public void Leave(int share, int kind, long start, CallOutcome outcome)
    {
        var own = _shares[share];
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            _gradient.Observe(kind, start, now, outcome, _atWork);
            if (outcome == CallOutcome.Answered) _quietSince = now;
            _atWork--;
            own.AtWork--;
            if (_waiting > 0) AdmitWaiters_NeedsLock(now);
        }
    }

    /// <summary>Who still waits then waits on: let all calls end before.</summary>
    public void Dispose()
    {
        _metrics.Forget(Report);
        _timer.Dispose();
    }

    private bool HasRoom_NeedsLock(Share share)
    {
        if (_atWork >= _gradient.Limit) return false;
        if (share.Part >= 1 || share.AtWork < Math.Max(1, (int)(_gradient.Knee * share.Part))) return true;
        _gradient.NotePartUsed();
        return false;
    }

    private void Admit_NeedsLock(Share share, long now)
    {
        if (_atWork == 0) _quietSince = now;
        _atWork++;
        share.AtWork++;
    }
}
