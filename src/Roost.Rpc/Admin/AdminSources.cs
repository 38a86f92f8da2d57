using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admin.Network;
using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;
using Roost.Rpc.Toggles;
using Roost.Rpc.Tracing;

namespace Roost.Rpc.Admin;

/// <summary>What the admin pages of a process show and change.</summary>
/// <param name="Network">This process and those that it knows of.</param>
/// <param name="Stop">Begins a graceful stop, as SIGTERM does.</param>
public sealed record AdminSources(
    NetworkView Network, MetricsCollector Metrics, LogLevels Levels, Action Stop, TimeProvider Time)
{
    /// <summary>What is on for a part.</summary>
    public required ToggleBook Toggles { get; init; }

    /// <summary>Which traces are recorded.</summary>
    public required TraceSampling Sampling { get; init; }

    /// <summary>What was recorded.</summary>
    public required SpanLog Spans { get; init; }

    public ProcessSelf Self => Network.Self;

    public string Version => Errors.Version;

    public ErrorBook Errors => Self.Errors;

    /// <summary>The last hour of its figures.</summary>
    public MetricsHistory History => Self.History;

    /// <summary>Whether it takes requests; false before it is up and while it stops.</summary>
    public bool IsReady => Self.IsReady();

    /// <inheritdoc cref="ProcessReport.Readiness"/>
    public string Readiness => IsReady ? "ready" : Self.StandsBy() ? "standing by" : "not ready";
}

/// <summary>A service elsewhere, as this process sees it.</summary>
/// <param name="Admission">How many calls are let in to it; null where nothing limits them here.</param>
public sealed record CalledService(
    string Name, IReadOnlyList<InstanceReport> Instances, AdmissionReport? Admission = null);
