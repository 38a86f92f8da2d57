namespace Roost.Rpc.Admission;

/// <summary>How an <see cref="AdmissionGate"/> lets calls in.</summary>
public sealed record AdmissionOptions
{
    /// <summary>Calls at work that are always allowed. 1 or more, at most <see cref="LimitMax"/>.</summary>
    public int LimitMin { get; init; } = 2;

    /// <summary>Calls at work that are never exceeded, however quickly they are answered. With the same
    /// <see cref="LimitMin"/> the limit is fixed.</summary>
    public int LimitMax { get; init; } = 1024;

    /// <summary>What it begins with; within seconds of load nothing is left of it.</summary>
    public int LimitFirst { get; init; } = 32;

    /// <summary>
    /// How many times as long as without a queue calls may take before the limit falls. Above 1.
    /// </summary>
    /// <remarks>The default, 1.5, keeps all workers of a service busy, whose calls take unequal times, and is a queue
    /// of half as many calls as are worked on.</remarks>
    public double Tolerance { get; init; } = 1.5;

    /// <summary>Calls that wait for a place, 0 or more; of each share of the gate, that part of it.</summary>
    public int WaitingMax { get; init; } = 256;

    /// <summary>How long a call waits for a place before it is refused. Above zero.</summary>
    /// <remarks>The default, half a second, is what people do not take amiss, and longer than bursts last.</remarks>
    public TimeSpan PatienceMax { get; init; } = TimeSpan.FromMilliseconds(500);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(LimitMin, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LimitMax, LimitMin);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Tolerance, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(WaitingMax);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(PatienceMax, TimeSpan.Zero);
    }
}

/// <summary>A part of what a gate lets in, for those who must not crowd out the others.</summary>
/// <param name="Name">As metrics tell it.</param>
/// <param name="Part">Of what the service works on at once and of the gate's queue, above 0 and at most 1. Parts may
/// add up to more than 1.</param>
public sealed record AdmissionShare(string Name, double Part = 1);

/// <summary>Whether a call is let in.</summary>
public enum AdmissionOutcome
{
    /// <summary>It is at work from now on; <see cref="AdmissionGate.Leave"/> has to follow.</summary>
    Admitted,
    /// <summary>As many wait already as may, or a call of higher priority took its place in the queue.</summary>
    Full,
    /// <summary>It waited as long as it may.</summary>
    Late,
    /// <summary>Its caller has gone.</summary>
    Gone,
}

/// <param name="Start">The clock's timestamp of the moment in which it was let in; 0 when it was not.</param>
public readonly record struct Admission(AdmissionOutcome Outcome, long Start)
{
    public bool IsAdmitted => Outcome == AdmissionOutcome.Admitted;
}
