using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Roost.Rpc.Admin.Calls;
using Roost.Rpc.Admin.Errors;

namespace Roost.Rpc.Admin.Network;

/// <summary>What a process tells others of itself. Members are only ever added.</summary>
public sealed record ProcessReport
{
    /// <summary>Where it is, at an admin port.</summary>
    public const string Path = "/admin/process.json";

    /// <summary>How it is written and read.</summary>
    public static JsonTypeInfo<ProcessReport> Json => ProcessJson.Default.ProcessReport;

    /// <summary>As it announces itself: unique among all there ever were.</summary>
    public required string Id { get; init; }

    /// <summary>What it does: <c>up</c>, or the services that it runs.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    public required string Version { get; init; }

    /// <summary>Where it runs; empty when that is of no concern.</summary>
    public required string Zone { get; init; }

    /// <summary>Of this report, by the process's own clock.</summary>
    public required DateTimeOffset At { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required bool IsReady { get; init; }

    /// <summary>Whether it is not since another one serves, whose place it takes when that ends.</summary>
    public bool StandsBy { get; init; }

    /// <summary>In words: whether it serves.</summary>
    [JsonIgnore]
    public string Readiness => IsReady ? "ready" : StandsBy ? "standing by" : "not ready";

    /// <summary>Processors used in the last step, in cores; null before the first.</summary>
    public double? Processor { get; init; }

    /// <summary>Processors that there are.</summary>
    public required int Processors { get; init; }

    /// <summary>Memory that is held, in bytes; null before the first step.</summary>
    public double? MemoryBytes { get; init; }

    /// <summary>What it was asked for in the last step, a second: requests at a gateway, else calls of its services;
    /// null before the first.</summary>
    public double? CallsPerSecond { get; init; }

    /// <summary>Half of these took no longer, in seconds; null when there were none.</summary>
    public double? P50 { get; init; }

    /// <summary>99 of 100 of these took no longer, in seconds; null when there were none.</summary>
    public double? P99 { get; init; }

    /// <summary>Requests that ended in the last five minutes; null where that is not counted.</summary>
    public long? Requests { get; init; }

    /// <summary>Its errors, ranked.</summary>
    public required IReadOnlyList<ErrorReport> Errors { get; init; }

    /// <summary>How its services, and those that it calls, did in the last minute.</summary>
    public IReadOnlyList<CallFigures> Calls { get; init; } = [];

    /// <summary>What is to be marked on its charts, the newest last.</summary>
    public IReadOnlyList<Mark> Marks { get; init; } = [];

    /// <summary>How much of what it can do it does, 0 to 1: its processors, and the gates before what it
    /// calls.</summary>
    [JsonIgnore]
    public double? Saturation =>
        Calls.Select(call => call.Saturation).Append(Processor / Math.Max(1, Processors)).Max();

    /// <summary>For how many something is wrong: the greatest level of its errors.</summary>
    [JsonIgnore]
    public IncidentLevel Level => Errors.Where(group => !group.IsResolved).Select(group => group.Level)
        .DefaultIfEmpty(IncidentLevel.Nobody).Max();
}

/// <summary>What a process tells of one service's calls in the last hour:
/// <c>/admin/calls.json?service=posts</c>.</summary>
/// <param name="At">Of the newest step.</param>
/// <param name="Series">Of the service as it is served here, and as it is called from here.</param>
public sealed record ProcessCalls(DateTimeOffset At, IReadOnlyList<RecordedCalls> Series);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(ProcessReport))]
[JsonSerializable(typeof(ProcessCalls))]
internal sealed partial class ProcessJson : JsonSerializerContext;
