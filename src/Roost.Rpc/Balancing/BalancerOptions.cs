namespace Roost.Rpc.Balancing;

/// <summary>How a <see cref="Balancer{TTarget}"/> chooses, ejects and takes back.</summary>
public sealed record BalancerOptions
{
    /// <summary>Instances of this zone are preferred; empty: none is.</summary>
    public string Zone { get; init; } = "";

    /// <summary>How fast a peak of latency is forgotten: after this long a third of it is left. Above zero.</summary>
    /// <remarks>The default, 2 s, is a compromise: Finagle's 10 s shuns an instance long after one slow call.</remarks>
    public TimeSpan PeakDecay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a new instance takes from a tenth of its share to all of it. Zero or more.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Calls that each instance of the own zone has to have at work before others are thought of.</summary>
    public int SpillOverAt { get; init; } = 4;

    /// <summary>How many times better an instance of another zone has to be. 1 or more.</summary>
    public double OtherZonePenalty { get; init; } = 1.25;

    /// <summary>Failures in a row for which an instance is ejected. 1 or more.</summary>
    public int FailuresInARow { get; init; } = 5;

    /// <summary>The share of failures, of the last 50 calls or so, for which it is ejected. Above 0.</summary>
    public double FailedShare { get; init; } = 0.3;

    /// <summary>It is ejected when its calls take this many times as long as the median instance's. Above 1.</summary>
    public double SlowTimes { get; init; } = 4;

    /// <summary>Calls that have to have ended before a share of failures or a slowness means something.</summary>
    public int CallsMin { get; init; } = 20;

    /// <summary>The share of instances that may be ejected or probed, 0 to 1. Who is beyond it stays, however
    /// ill: when all look ill, it is more likely that the caller is, or what they all lean on.</summary>
    public double EjectedShareMax { get; init; } = 0.5;

    /// <summary>How long an instance is ejected for the first time; twice as long for each further time.</summary>
    public TimeSpan EjectionMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long it is ejected at most, and so how long an instance that recovers waits at most.</summary>
    public TimeSpan EjectionMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Probes in a row that have to be good before it takes its share again.</summary>
    public int GoodProbes { get; init; } = 3;

    /// <summary>How often states are looked at and weights of those that warm up grow.</summary>
    public TimeSpan Step { get; init; } = TimeSpan.FromMilliseconds(100);
}
