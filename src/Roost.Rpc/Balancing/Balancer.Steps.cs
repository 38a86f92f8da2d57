namespace Roost.Rpc.Balancing;

// The housekeeping, once a step: who is ejected, probed, taken back, and what everybody weighs.
public sealed partial class Balancer<TTarget>
{
    // A new instance's share of its share: enough to warm it up, too little to hurt.
    private const double FirstShare = 0.1;

    // An instance that was good for this many times the longest ejection begins with short ejections again.
    private const int ForgivenAfter = 2;

    private void TryStep(long now)
    {
        if (!_lock.TryEnter()) return;
        try
        {
            Volatile.Write(ref _nextStep, now + Ticks(options.Step));
            Step_NeedsLock(now);
        }
        finally
        {
            _lock.Exit();
        }
    }

    private void Step_NeedsLock(long now)
    {
        var all = _table.All;
        var hasChanged = false;
        foreach (var instance in all)
        {
            instance.Load.Rest(now);
            hasChanged |= instance.Standing switch
            {
                InstanceStanding.Ejected => EndEjection_NeedsLock(instance, now),
                InstanceStanding.Probed => JudgeProbes_NeedsLock(instance, now),
                _ => IsWarming(instance, now) | Forgive_NeedsLock(instance, now),
            };
        }
        hasChanged |= Eject_NeedsLock(all, now);
        if (hasChanged) Rebuild_NeedsLock(all, now);
    }

    private static bool EndEjection_NeedsLock(Instance<TTarget> instance, long now)
    {
        if (now < instance.Until) return false;
        instance.Standing = InstanceStanding.Probed;
        instance.Absolve(now);
        return true;
    }

    private bool JudgeProbes_NeedsLock(Instance<TTarget> instance, long now)
    {
        if (instance.BadProbes > 0)
        {
            EjectOne_NeedsLock(instance, "probe", now);
            return true;
        }
        if (instance.GoodProbes < options.GoodProbes) return false;
        instance.Standing = InstanceStanding.Ready;
        instance.Since = now;
        instance.Absolve(now);
        metrics.TakenBack(service);
        return true;
    }

    private bool Forgive_NeedsLock(Instance<TTarget> instance, long now)
    {
        if (now - instance.Since > ForgivenAfter * Ticks(options.EjectionMax)) instance.Ejections = 0;
        return false;
    }

    /// <summary>The worst first, as many as may be out at a time.</summary>
    private bool Eject_NeedsLock(Instance<TTarget>[] all, long now)
    {
        var room = (int)(all.Length * options.EjectedShareMax)
            - all.Count(instance => instance.Standing != InstanceStanding.Ready);
        if (room <= 0) return false;
        var usual = Math.Max(1, MedianSlowness(all));
        var ill = all
            .Where(instance => instance.Standing == InstanceStanding.Ready)
            .Select(instance => (Instance: instance, Why: WhyIll(instance, usual)))
            .Where(one => one.Why is not null)
            .OrderByDescending(one => one.Instance.FailuresInARow)
            .ThenByDescending(one => one.Instance.Load.Mean)
            .Take(room).ToArray();
        foreach (var (instance, why) in ill) EjectOne_NeedsLock(instance, why!, now);
        return ill.Length > 0;
    }

    private string? WhyIll(Instance<TTarget> instance, double usual)
    {
        if (instance.FailuresInARow >= options.FailuresInARow) return "failures";
        if (instance.Load.Calls < options.CallsMin) return null;
        return instance.Load.FailedShare > options.FailedShare ? "failures"
            : instance.Load.Mean > options.SlowTimes * usual ? "slow"
            : null;
    }

    private void EjectOne_NeedsLock(Instance<TTarget> instance, string why, long now)
    {
        var times = Math.Min(options.EjectionMax / options.EjectionMin, Math.Pow(2, instance.Ejections));
        // Up to a quarter more, by chance: callers that ejected it together do not come back together.
        var more = 1 + (_random.Next() >> 40) / (double)(1 << 24) / 4;
        instance.Standing = InstanceStanding.Ejected;
        instance.Until = now + Ticks(options.EjectionMin * times * more);
        instance.Ejections++;
        metrics.Ejected(service, why);
    }

    private static double MedianSlowness(Instance<TTarget>[] all)
    {
        var ready = all.Where(instance => instance.Standing == InstanceStanding.Ready)
            .Select(instance => instance.Load.Mean).Order().ToArray();
        // The lower one of the two in the middle: of two instances the slow one is compared with the fast one.
        return ready.Length == 0 ? 1 : ready[(ready.Length - 1) / 2];
    }

    private bool IsWarming(Instance<TTarget> instance, long now) =>
        now - instance.Since <= Ticks(options.WarmUp) + Ticks(options.Step) * 2;

    private void Rebuild_NeedsLock(Instance<TTarget>[] all, long now)
    {
        foreach (var instance in all) instance.Weight = instance.Info.Weight * WarmShare(instance, now);
        var ready = all.Where(instance => instance.Standing == InstanceStanding.Ready).ToLookup(IsNear);
        var (near, far) = (ready[true].ToArray(), ready[false].ToArray());
        // When nobody is ready, everybody is asked: better a bad chance than none.
        if (near.Length + far.Length == 0) near = all;
        Volatile.Write(ref _table, new Table(
            all, new(near), new(far),
            [.. all.Where(instance => instance.Standing == InstanceStanding.Probed)]));
    }

    private double WarmShare(Instance<TTarget> instance, long now) =>
        options.WarmUp <= TimeSpan.Zero
            ? 1
            : Math.Clamp((double)(now - instance.Since) / Ticks(options.WarmUp), FirstShare, 1);

    private bool IsNear(Instance<TTarget> instance) =>
        options.Zone.Length == 0 || instance.Info.Zone == options.Zone;

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
