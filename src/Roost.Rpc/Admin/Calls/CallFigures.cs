namespace Roost.Rpc.Admin.Calls;

/// <summary>From which side calls are seen.</summary>
public enum CallSide
{
    /// <summary>By who answers them.</summary>
    Served,
    /// <summary>By who makes them, to a service elsewhere: the way there and all tries included.</summary>
    Called,
}

/// <summary>How a service of a process, or one that it calls, has done in the last minute.</summary>
/// <param name="Service"><c>posts</c>; for a gateway, the application.</param>
/// <param name="Rate">Calls a second.</param>
/// <param name="P50">Half of the calls took no longer, in seconds; null when there were none, or their duration is not
/// measured. So are the next two.</param>
/// <param name="P99">99 of 100 calls took no longer.</param>
/// <param name="Failed">Of all calls, 0 to 1: what the caller did wrong is no failure.</param>
public sealed record CallFigures(
    CallSide Side, string Service, double Rate, double? P50, double? P99, double? Failed)
{
    /// <summary>How much of what is let in to it is at work, 0 to 1; null where nothing limits it here.</summary>
    public double? Saturation { get; init; }

    /// <summary>The instances that calls went to, as the balancer sees them; empty where nothing balances.</summary>
    public IReadOnlyList<CalledInstance> Instances { get; init; } = [];
}

/// <summary>An instance as one of its callers sees it.</summary>
/// <param name="Standing">As <see cref="Balancing.InstanceStanding"/>.</param>
/// <param name="Outstanding">Calls at work.</param>
/// <param name="Slowness">How many times as long as usual its calls take.</param>
public sealed record CalledInstance(string Id, string Address, string Standing, int Outstanding, double Slowness);

/// <summary>What one service's calls were, step by step, the oldest first; NaN where there was nothing.</summary>
public sealed record RecordedCalls(
    CallSide Side, string Service, float[] Rate, float[] P50, float[] P99, float[] Failed);
