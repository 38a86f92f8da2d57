namespace Roost.Rpc.Admission;

// Who waits: a list for each share and priority, the oldest first.
public sealed partial class AdmissionGate
{
    private void Enqueue_NeedsLock(Waiter waiter)
    {
        var share = waiter.Share;
        share.Waiting++;
        _waiting++;
        waiter.Node = share.Queues[waiter.Priority].AddLast(waiter);
        if (!_isTimerSet) SetTimer_NeedsLock(_options.PatienceMax);
    }

    /// <summary>Takes somebody out of the queue, who is told.</summary>
    private void Dequeue_NeedsLock(Waiter waiter, Admission answer)
    {
        waiter.Share.Queues[waiter.Priority].Remove(waiter.Node!);
        waiter.Node = null;
        waiter.Share.Waiting--;
        _waiting--;
        if (!answer.IsAdmitted) _metrics.Refused(_name, waiter.Share.Name, answer.Outcome);
        waiter.Answer(answer);
    }

    private bool TryMakeRoom_NeedsLock(Share share, int priority)
    {
        for (var lowest = _priorities - 1; lowest >= priority; lowest--)
        {
            if (share.Queues[lowest].First is not { } oldest) continue;
            Dequeue_NeedsLock(oldest.Value, new(AdmissionOutcome.Full, 0));
            return true;
        }
        return false;
    }

    private void AdmitWaiters_NeedsLock(long now)
    {
        while (NextWaiter_NeedsLock(now) is { } next)
        {
            Admit_NeedsLock(next.Share, now);
            _metrics.Waited(_name, _time.GetElapsedTime(next.Since, now));
            Dequeue_NeedsLock(next, new(AdmissionOutcome.Admitted, now));
        }
    }

    /// <summary>The one of the highest priority; of several shares', who came first.</summary>
    private Waiter? NextWaiter_NeedsLock(long now)
    {
        Share? best = null;
        var bestPriority = _priorities;
        foreach (var share in _shares)
        {
            if (share.Waiting == 0 || !HasRoom_NeedsLock(share)) continue;
            var priority = Array.FindIndex(share.Queues, queue => queue.Count > 0);
            if (priority > bestPriority) continue;
            if (priority == bestPriority
                && best!.Queues[priority].First!.Value.Since <= share.Queues[priority].First!.Value.Since)
            {
                continue;
            }
            (best, bestPriority) = (share, priority);
        }
        if (best is null) return null;
        var queue = best.Queues[bestPriority];
        var oldest = queue.First!.Value;
        if (_time.GetElapsedTime(oldest.Since, now).TotalMilliseconds <= StandingAfterMilliseconds) return oldest;
        best.TakesNewest = !best.TakesNewest;
        return best.TakesNewest ? queue.Last!.Value : oldest;
    }

    private void ExpireWaiters()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            var oldest = long.MaxValue;
            foreach (var queue in _shares.SelectMany(share => share.Queues))
            {
                while (queue.First is { } first)
                {
                    if (_time.GetElapsedTime(first.Value.Since, now) < _options.PatienceMax)
                    {
                        oldest = Math.Min(oldest, first.Value.Since);
                        break;
                    }
                    Dequeue_NeedsLock(first.Value, new(AdmissionOutcome.Late, 0));
                }
            }
            _isTimerSet = false;
            if (oldest != long.MaxValue)
                SetTimer_NeedsLock(_options.PatienceMax - _time.GetElapsedTime(oldest, now));
        }
    }

    private void SetTimer_NeedsLock(TimeSpan after)
    {
        _isTimerSet = true;
        // Up to the next whole millisecond, which is as fine as timers are.
        _timer.Change(
            TimeSpan.FromMilliseconds(Math.Ceiling(after.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }

    private void Abandon(Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Node is not null) Dequeue_NeedsLock(waiter, new(AdmissionOutcome.Gone, 0));
        }
    }

    private sealed class Share(AdmissionShare share, AdmissionOptions options, int priorities)
    {
        public string Name => share.Name;

        public double Part => share.Part;

        public int WaitingMax { get; } = (int)(options.WaitingMax * share.Part);

        public LinkedList<Waiter>[] Queues { get; } =
            [.. Enumerable.Range(0, priorities).Select(_ => new LinkedList<Waiter>())];

        public int AtWork { get; set; }

        public int Waiting { get; set; }

        /// <summary>Which end of a standing queue was served last.</summary>
        public bool TakesNewest { get; set; }
    }

    private sealed class Waiter(AdmissionGate gate, Share share, int priority, long since)
    {
        // Who waits goes on elsewhere: answers are given under the gate's lock.
        private readonly TaskCompletionSource<Admission> _answer = new(
            TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationTokenRegistration _gone;

        public Share Share => share;

        public int Priority => priority;

        public long Since => since;

        public Task<Admission> Task => _answer.Task;

        /// <summary>Null from the moment in which it is answered.</summary>
        public LinkedListNode<Waiter>? Node { get; set; }

        /// <summary>Not under the lock: one that is cancelled already is told at once.</summary>
        public void EndWith(CancellationToken ct)
        {
            if (!ct.CanBeCanceled) return;
            _gone = ct.UnsafeRegister(static waiter => ((Waiter)waiter!).Abandon(), this);
            // It may have been answered meanwhile, when there was nothing to unregister.
            if (_answer.Task.IsCompleted) _gone.Unregister();
        }

        public void Answer(Admission answer)
        {
            _gone.Unregister();
            _answer.SetResult(answer);
        }

        private void Abandon() => gate.Abandon(this);
    }
}
