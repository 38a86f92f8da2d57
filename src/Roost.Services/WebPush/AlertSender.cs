using Microsoft.Extensions.Logging;

namespace Roost.Services.WebPush;

/// <summary>
/// Sends what is due, so many messages at a time in all and to one push service, and tries again later what failed for
/// a reason that may pass.
/// <code>
///   Add ─► by time ─► due ─► (service busy: waits for it) ─► attempt ─► sent, given up, subscription over
///             ▲                                                │
///             └────────────── later, each time twice ──────────┘
/// </code>
/// </summary>
/// <remarks>
/// What waits is on disk, too: a message is taken from there after its attempt, so after a crash one that was under way
/// is sent once more, and no other is. All state is guarded by one lock, in which nothing is waited for.
/// </remarks>
internal sealed partial class AlertSender(
    SubscriptionStore store, Subscriptions subscriptions, AlertAttempt attempt, WebPushOptions options,
    TimeProvider time, ILogger logger, WebPushMetrics metrics)
{
    private static readonly TimeSpan _waitMax = TimeSpan.FromHours(1);

    private readonly Bell _bell = new();
    private readonly Lock _lock = new();

    // All guarded by _lock.
    private readonly PriorityQueue<Delivery, (DateTimeOffset, long)> _byTime = new();
    private readonly Dictionary<string, Queue<Delivery>> _byService = [];
    private readonly Dictionary<string, int> _atWork = [];
    private readonly Dictionary<long, int> _waitingOf = [];
    private int _working;

    /// <summary>Messages that wait or are on their way.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock) return _waitingOf.Values.Sum();
        }
    }

    /// <summary>Takes messages that are on disk. Beyond the bounds they are given up, the new ones.</summary>
    public void Add(IReadOnlyList<Delivery> deliveries)
    {
        lock (_lock)
        {
            foreach (var delivery in deliveries)
            {
                var waiting = _waitingOf.GetValueOrDefault(delivery.Subscription);
                _waitingOf[delivery.Subscription] = waiting + 1;
                var isTooMany = waiting >= options.WaitingPerSubscriptionMax || _byTime.Count >= options.WaitingMax;
                var taken = isTooMany ? delivery with { ExpiresAt = default } : delivery;
                _byTime.Enqueue(taken, (taken.NextAt, taken.Id));
            }
        }
        _bell.Ring();
    }

    /// <summary>Rings when an attempt is over, or anything was added.</summary>
    public Task Next() => _bell.Next();

    /// <summary>Whether nothing is on its way or due.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _working == 0 && _byService.Count == 0
                    && (!_byTime.TryPeek(out var next, out _) || next.NextAt > time.GetUtcNow());
            }
        }
    }

    public void Wake() => _bell.Ring();

    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                ct.ThrowIfCancellationRequested();
                var rung = _bell.Next();
                if (StartDue(ct) is { } next)
                    await Sleep.UntilAsync(next, rung, time, ct);
                else
                    await rung.WaitAsync(ct);
            }
        }
        finally
        {
            // They hear of the end themselves.
            await IdleAsync();
        }
    }

    private async Task IdleAsync()
    {
        while (true)
        {
            var rung = _bell.Next();
            lock (_lock)
            {
                if (_working == 0)
                    return;
            }
            await rung;
        }
    }

    /// <summary>Begins what may begin; the reply says when there is more, or null when that is not known.</summary>
    private DateTimeOffset? StartDue(CancellationToken ct)
    {
        if (!attempt.IsReady)
            return null;
        var now = time.GetUtcNow();
        lock (_lock)
        {
            while (_working < options.AtWorkMax && _byTime.TryPeek(out var next, out _))
            {
                if (next.NextAt > now)
                    return next.NextAt;
                _byTime.Dequeue();
                var service = ServiceOf(next);
                if (_atWork.GetValueOrDefault(service) < options.PerServiceMax)
                    Start_NeedsLock(next, service, ct);
                else if (_byService.TryGetValue(service, out var queue))
                    queue.Enqueue(next);
                else
                    _byService[service] = new Queue<Delivery>([next]);
            }
        }
        return null;
    }

    private string ServiceOf(Delivery delivery) =>
        subscriptions.Get(delivery.Subscription) is { } one ? AlertAttempt.OriginOf(one.Target.Endpoint) : "";

    private void Start_NeedsLock(Delivery delivery, string service, CancellationToken ct)
    {
        _working++;
        _atWork[service] = _atWork.GetValueOrDefault(service) + 1;
        _ = Task.Run(() => WorkAsync(delivery, service, ct), CancellationToken.None);
    }

    private async Task WorkAsync(Delivery delivery, string service, CancellationToken ct)
    {
        Delivery? again = delivery;
        try
        {
            again = await SendAsync(delivery, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // It stays on disk, and is sent after the next start.
        }
        catch (Exception failure)
        {
            NotSent(logger, failure, delivery.Id);
            again = delivery with { NextAt = time.GetUtcNow() + options.RetryAfter };
        }
        lock (_lock)
        {
            _working--;
            if (--_atWork[service] == 0)
                _atWork.Remove(service);
            if (again is not null && !ct.IsCancellationRequested)
                _byTime.Enqueue(again, (again.NextAt, again.Id));
            else if (--_waitingOf[delivery.Subscription] == 0)
                _waitingOf.Remove(delivery.Subscription);
            if (_byService.TryGetValue(service, out var queue) && !ct.IsCancellationRequested)
            {
                Start_NeedsLock(queue.Dequeue(), service, ct);
                if (queue.Count == 0)
                    _byService.Remove(service);
            }
        }
        _bell.Ring();
    }

    /// <summary>The message as it is to be tried again, or null when it is done with.</summary>
    private async ValueTask<Delivery?> SendAsync(Delivery delivery, CancellationToken ct)
    {
        if (subscriptions.Get(delivery.Subscription) is not { } subscription)
            return null;
        var result = delivery.ExpiresAt <= time.GetUtcNow()
            ? new AttemptResult(AttemptOutcome.Unneeded)
            : await attempt.RunAsync(delivery, subscription, ct);
        metrics.Attempted(result.Outcome);
        var failures = subscription.Failures + 1;
        switch (result.Outcome)
        {
            case AttemptOutcome.Unneeded:
                await store.DoneAsync(delivery, null, ct);
                return null;
            case AttemptOutcome.Sent:
                subscriptions.SetFailures(delivery.Subscription, 0);
                await store.DoneAsync(delivery, subscription.Failures == 0 ? null : 0, ct);
                return null;
            case AttemptOutcome.Over:
                await EndAsync(subscription, ct);
                return null;
        }
        if (failures >= options.FailuresMax)
        {
            await EndAsync(subscription, ct);
            return null;
        }
        subscriptions.SetFailures(delivery.Subscription, failures);
        var again = delivery with { Attempts = delivery.Attempts + 1 };
        again = again with { NextAt = time.GetUtcNow() + WaitOf(again, result.RetryAfter) };
        if (result.Outcome == AttemptOutcome.Refused || again.Attempts >= options.AttemptsMax
            || again.NextAt >= again.ExpiresAt)
        {
            await store.DoneAsync(delivery, failures, ct);
            return null;
        }
        await store.RetryAsync(again, failures, ct);
        return again;
    }

    private async ValueTask EndAsync(StoredSubscription subscription, CancellationToken ct)
    {
        metrics.Ended();
        await store.EndAsync(
            subscription.TokenHash, _ => subscriptions.Remove(subscription.TokenHash), ct);
    }

    /// <summary>Twice as long each time, somewhat spread, and not shorter than what the push service asks for.
    /// </summary>
    private TimeSpan WaitOf(Delivery delivery, TimeSpan? asked)
    {
        var wait = options.RetryAfter * Math.Pow(2, Math.Min(delivery.Attempts - 1, 20));
        wait = (wait < _waitMax ? wait : _waitMax) * (1 + (delivery.Id % 8 / 32.0));
        return asked is { } longer && longer > wait ? (longer < _waitMax ? longer : _waitMax) : wait;
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The push message {Id} could not be tried; it is tried again. This is a bug.")]
    private static partial void NotSent(ILogger logger, Exception failure, long id);
}
