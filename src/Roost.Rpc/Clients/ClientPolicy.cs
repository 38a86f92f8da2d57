namespace Roost.Rpc.Clients;

/// <summary>What may be done to have a call answered: how long, how often, how early a second time.</summary>
public sealed record ClientPolicy
{
    /// <summary>The longest that a call may last, all tries included; the caller's own deadline may be
    /// earlier.</summary>
    /// <remarks>The default, 5 s, leaves half of the 10 s that a page has.</remarks>
    public TimeSpan TimeoutMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Tries of one call, the first included; 1 or more.</summary>
    public int TriesMax { get; init; } = 3;

    /// <summary>
    /// What is waited before the third try; the second begins at once, since it goes to another instance. Doubled for
    /// each further one, and half to one and a half times as long by chance.
    /// </summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>How long a call is tried again, every <see cref="GapStep"/> and beyond <see cref="TriesMax"/> and the
    /// budget, while nobody can be reached: where one instance serves and another one takes its place. 0: not at
    /// all.</summary>
    public TimeSpan GapMax { get; init; }

    /// <summary>What is waited then between two tries.</summary>
    public TimeSpan GapStep { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Retries per call in the long run, 0 to 1: a service that fails gets this much more calls, not
    /// <see cref="TriesMax"/> times as many.</summary>
    /// <remarks>The default, a fifth, is Finagle's.</remarks>
    public double RetryShare { get; init; } = 0.2;

    /// <summary>Retries a second that are free, so that whoever calls seldom can retry too.</summary>
    public double RetriesPerSecond { get; init; } = 10;

    /// <summary>
    /// A call that has not been answered when this quantile of calls would have been is sent to another instance too,
    /// if it can be repeated; the first answer counts. 0: never.
    /// </summary>
    /// <remarks>The default, 0.95 (Dean and Barroso, The Tail at Scale, 2013), costs at most 5 % more calls.</remarks>
    public double HedgeQuantile { get; init; } = 0.95;

    /// <summary>The least that is waited before a second call.</summary>
    public TimeSpan HedgeDelayMin { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>Hedges per call in the long run: the bound when everything has become slow.</summary>
    public double HedgeShare { get; init; } = 0.1;
}

/// <summary>Whether a method's work may be done twice.</summary>
public enum Repeatable
{
    /// <summary>It changes something: sent again only when it was certainly not done.</summary>
    No,
    /// <summary>It reads, or doing it twice is doing it once: retried and hedged.</summary>
    Yes,
}
