using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;

namespace Roost.Rpc.Admin;

/// <summary>What the admin pages of a process show and change.</summary>
/// <param name="Roles">What it does: <c>up</c>, or the services that it runs.</param>
/// <param name="IsReady">Whether it takes requests; false before it is up and while it stops.</param>
/// <param name="Stop">Begins a graceful stop, as SIGTERM does.</param>
public sealed record AdminSources(
    string Version, IReadOnlyList<string> Roles, MetricsCollector Metrics, ErrorBook Errors, LogLevels Levels,
    Func<bool> IsReady, Action Stop, TimeProvider Time)
{
    /// <summary>The last hour of its figures.</summary>
    public required MetricsHistory History { get; init; }

    public DateTimeOffset Started { get; } = Time.GetUtcNow();

    /// <summary>Which services elsewhere it calls, and how they stand. Set once that is known.</summary>
    public Func<IReadOnlyList<CalledService>> Called { get; set; } = () => [];
}

/// <summary>A service elsewhere, as this process sees it.</summary>
/// <param name="Admission">How many calls are let in to it; null where nothing limits them here.</param>
public sealed record CalledService(
    string Name, IReadOnlyList<InstanceReport> Instances, AdmissionReport? Admission = null);
