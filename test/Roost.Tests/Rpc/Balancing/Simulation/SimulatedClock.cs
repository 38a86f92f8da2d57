namespace Roost.Tests.Rpc.Balancing.Simulation;

/// <summary>A clock that a simulation sets; it has no timers.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    public const long TicksPerSecond = 1_000_000_000;

    public long Now { get; set; }

    public override long TimestampFrequency => TicksPerSecond;

    public override long GetTimestamp() => Now;
}
