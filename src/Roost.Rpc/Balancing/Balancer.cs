using System.Diagnostics.CodeAnalysis;

namespace Roost.Rpc.Balancing;

/// <summary>
/// Chooses for each call the instance that will probably answer first. Of two drawn at random, by weight, it takes
/// the first, or the second when its product of peak latency (EWMA) and calls at work is clearly smaller: two choices
/// are nearly as good as looking at all (Mitzenmacher, 2001), and callers who do not know of each other do not all run
/// to the same one.
/// </summary>
/// <remarks>
/// <para>Instances of the own zone come first; others when those have queues and the others are better by more than
/// the way there costs, or when none is left. New instances begin with a tenth of their share. Who fails or is slow
/// beside the others is ejected, so that not even an unlucky draw hits it, then probed with single calls that may be
/// repeated, then taken back slowly. A capped share is ejected at a time.</para>
/// <para>Thread-safe. Choosing reads immutable tables and costs two random numbers and one atomic addition, no
/// allocation. There is no thread and no timer: once a <see cref="BalancerOptions.Step"/> one of the calls does the
/// housekeeping, in time linear in the number of instances.</para>
/// </remarks>
/// <param name="service">What it balances, as metrics and errors name it: <c>users</c>.</param>
/// <param name="seed">Of the random choices: the same seed and the same calls give the same choices.</param>
public sealed partial class Balancer<TTarget>(
    string service, BalancerOptions options, BalancerMetrics metrics, TimeProvider time, ulong seed)
    where TTarget : class
{
    private readonly AtomicRandom _random = new(seed);
    private readonly Lock _lock = new();

    // Replaced whole, under _lock.
    private Table _table = new([], new([]), new([]), []);

    // The timestamp from which on the next call does the step; Interlocked.
    private long _nextStep = long.MinValue;

    public string Service => service;

    /// <summary>How all instances stand.</summary>
    public IReadOnlyList<InstanceReport> Report()
    {
        lock (_lock) return [.. _table.All.Select(instance => instance.Report(time.TimestampFrequency))];
    }

    /// <summary>
    /// What there is from now on. Instances that stay keep all that is known of them; new ones warm up. Calls at work
    /// with those that went are not touched.
    /// </summary>
    /// <param name="connect">Makes what is called, of an instance that is new.</param>
    /// <returns>The targets of those that went: for the caller to close when their calls have ended.</returns>
    public IReadOnlyList<TTarget> Update(IReadOnlyList<InstanceInfo> instances, Func<InstanceInfo, TTarget> connect)
    {
        ArgumentNullException.ThrowIfNull(instances);
        ArgumentNullException.ThrowIfNull(connect);
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var before = _table.All.ToDictionary(instance => instance.Info.Id);
            var all = new Instance<TTarget>[instances.Count];
            for (var i = 0; i < all.Length; i++)
            {
                var info = instances[i];
                if (info.Weight <= 0)
                    throw new ArgumentException($"{service}: instance {info.Id} has weight {info.Weight}; above 0.");
                if (before.Remove(info.Id, out var known)) known.Info = info;
                all[i] = known ?? new(info, connect(info), new(options.PeakDecay, time), now);
            }
            Rebuild_NeedsLock(all, now);
            return [.. before.Values.Select(instance => instance.Target)];
        }
    }

    /// <summary>Chooses an instance and counts the call as begun. <see cref="End"/> has to follow.</summary>
    /// <param name="now">The clock's timestamp, which the caller needs anyway.</param>
    /// <param name="mayProbe">Whether the call can be repeated elsewhere, so that it may go to one that may
    /// fail.</param>
    /// <param name="avoided">Where the same request went before; taken only if there is no other.</param>
    /// <param name="key">Whose the request is, for what an instance remembers of those that come to it: all with one
    /// key go to the same instance while that is ready, wherever they come from (<see cref="Choices{T}.Favourite"/>).
    /// Null: to any.</param>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Unavailable"/>: there is none at all.</exception>
    public Picked<TTarget> Pick(
        long now, bool mayProbe = false, Instance<TTarget>? avoided = null, ulong? key = null)
    {
        if (now >= Volatile.Read(ref _nextStep)) TryStep(now);
        var table = Volatile.Read(ref _table);
        if (table.Probed.Length > 0 && Probe(table, mayProbe, avoided, now) is { } probed)
            return new(probed, now, IsProbe: true);
        var instance = key is { } whose ? Choose(table, whose, avoided) : Choose(table, avoided);
        instance.Begin();
        return new(instance, now, IsProbe: false);
    }

    /// <summary>Chooses among those that were not asked yet, for what not every instance has: of the ready ones that
    /// which will probably answer first. In time linear in the number of instances.</summary>
    /// <returns>Null when all that are ready were asked; else <see cref="End"/> has to follow.</returns>
    public Picked<TTarget>? PickOther(long now, IReadOnlySet<Instance<TTarget>> asked)
    {
        ArgumentNullException.ThrowIfNull(asked);
        var table = Volatile.Read(ref _table);
        var best = table.Near.All.Concat(table.Far.All).Where(instance => !asked.Contains(instance))
            .MinBy(instance => instance.Cost);
        best?.Begin();
        return best is null ? null : new(best, now, IsProbe: false);
    }

    /// <summary>The call has ended.</summary>
    /// <param name="usual">The usual time of its method, in the clock's ticks: <see cref="QuantileEstimate.Value"/> of
    /// what was measured before; 0 when nothing was.</param>
    public void End(in Picked<TTarget> picked, double usual, CallOutcome outcome, long now)
    {
        var slowness = usual > 0 ? (now - picked.Start) / usual : 1;
        var failures = picked.Instance.End(slowness, now - picked.Start, outcome, now);
        if (picked.IsProbe)
        {
            var isGood = outcome == CallOutcome.Answered && slowness < options.SlowTimes;
            picked.Instance.EndProbe(isGood);
        }
        // Not to be waited a whole step for.
        if (failures == options.FailuresInARow) Volatile.Write(ref _nextStep, long.MinValue);
    }

    /// <summary>Of another zone only when there is none in this one: who is remembered here is not there.</summary>
    private Instance<TTarget> Choose(Table table, ulong key, Instance<TTarget>? avoided)
    {
        if (table.Near.Count + table.Far.Count == 0) ThrowNone();
        var near = table.Near.Favourite(key, avoided);
        return near is null || (near == avoided && table.Far.Count > 0) ? table.Far.Favourite(key, avoided)! : near;
    }

    private Instance<TTarget> Choose(Table table, Instance<TTarget>? avoided)
    {
        if (table.Near.Count == 0)
        {
            if (table.Far.Count == 0) ThrowNone();
            return table.Far.Better(_random, avoided);
        }
        var near = table.Near.Better(_random, avoided);
        if (table.Far.Count == 0) return near;
        if (near != avoided && near.Outstanding < options.SpillOverAt * near.Weight) return near;
        var far = table.Far.Better(_random, avoided);
        return near == avoided || far.Cost * options.OtherZonePenalty < near.Cost ? far : near;
    }

    // Calls that must not be repeated probe only after a while in which none of the others came by.
    private Instance<TTarget>? Probe(Table table, bool mayProbe, Instance<TTarget>? avoided, long now)
    {
        var patience = mayProbe ? 0 : Ticks(options.EjectionMin);
        foreach (var instance in table.Probed)
        {
            if (instance != avoided && now >= instance.Until + patience && instance.TryBeginProbe()) return instance;
        }
        return null;
    }

    [DoesNotReturn]
    private void ThrowNone() => throw new ServiceException(
        ErrorCode.Unavailable, $"No instance of {service} is known. Try again later.");

    /// <param name="Near">Ready ones of the own zone; all ready ones where no zone is preferred.</param>
    /// <param name="Far">Ready ones elsewhere.</param>
    private sealed record Table(
        Instance<TTarget>[] All, Choices<TTarget> Near, Choices<TTarget> Far, Instance<TTarget>[] Probed);
}

/// <summary>A call's instance.</summary>
public readonly record struct Picked<TTarget>(Instance<TTarget> Instance, long Start, bool IsProbe)
    where TTarget : class
{
    public TTarget Target => Instance.Target;
}
