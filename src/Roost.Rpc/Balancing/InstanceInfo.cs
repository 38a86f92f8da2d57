namespace Roost.Rpc.Balancing;

/// <summary>One running copy of a service, as discovery tells of it.</summary>
/// <param name="Id">Unique among all instances there ever were: a restarted process is a new instance.</param>
/// <param name="Zone">Where it runs; instances and callers of one zone are near each other.</param>
/// <param name="Weight">How much it can do beside others, above 0; most have 1.</param>
/// <param name="Address">Where it is reached, in the transport's terms: a URL for <c>RemoteClient</c>.</param>
/// <param name="Version">Of the program that it runs; empty when that is not told.</param>
/// <param name="Admin">URL of its process's admin port; empty when it has none.</param>
public sealed record InstanceInfo(
    string Id, string Zone = "", double Weight = 1, string Address = "", string Version = "", string Admin = "");

/// <summary>How a call to an instance ended, as far as that tells something of the instance.</summary>
public enum CallOutcome
{
    /// <summary>It answered, be it with a refusal that any other would have given too.</summary>
    Answered,
    /// <summary>It had no room: a sign of load, not of illness.</summary>
    Overloaded,
    /// <summary>It failed, could not be reached, or let the deadline pass.</summary>
    Failed,
    /// <summary>The caller did not wait for the end.</summary>
    Abandoned,
}

/// <summary>How an instance stands with a balancer.</summary>
public enum InstanceStanding
{
    /// <summary>It takes its share, a smaller one while it warms up.</summary>
    Ready,
    /// <summary>It failed or was slow, and gets nothing for some time.</summary>
    Ejected,
    /// <summary>It gets one call at a time, now and then, to see whether it has recovered.</summary>
    Probed,
}

/// <summary>What a balancer knows of an instance, for people and for <c>/admin/balancers.json</c>.</summary>
/// <param name="Outstanding">Calls that have not ended.</param>
/// <param name="Calls">Calls begun, since it is known.</param>
/// <param name="Slowness">How many times as long as is usual for their method its calls take; 1 is usual.</param>
/// <param name="FailedShare">Of the last 50 calls or so, 0 to 1.</param>
/// <param name="Weight">Its weight now, less than its own while it warms up; 0 when it is not ready.</param>
public sealed record InstanceReport(
    InstanceInfo Instance, InstanceStanding Standing, int Outstanding, long Calls, double Slowness, double FailedShare,
    double Weight)
{
    /// <summary>What calls take that it answers, in seconds: a mean of the last 20 or so; 0 before the first.</summary>
    public double Latency { get; init; }

    /// <summary>How many have failed since one was answered.</summary>
    public int FailuresInARow { get; init; }

    /// <summary>How often it was ejected without a long good time between.</summary>
    public int Ejections { get; init; }
}
