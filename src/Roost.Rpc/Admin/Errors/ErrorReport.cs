using System.Text.Json.Serialization;

namespace Roost.Rpc.Admin.Errors;

/// <summary>For how many something is an incident, by the last five minutes.</summary>
public enum IncidentLevel
{
    /// <summary>Nobody but the metrics: no request met it.</summary>
    Nobody,
    /// <summary>Somebody met it.</summary>
    Some,
    /// <summary>A tenth of all requests and more ended so, twenty at least.</summary>
    Everyone,
}

/// <summary>A group of errors, for people and machines.</summary>
public sealed record ErrorReport
{
    /// <summary>What its events have in common; begins with the rule's version.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The part that failed: <c>posts</c>, <c>web</c>, <c>gateway</c>.</summary>
    public required string Service { get; init; }

    /// <summary>The exception's; empty for an error without one.</summary>
    public required string Type { get; init; }

    /// <summary>What was being done: an endpoint or a method, or else the logger's category.</summary>
    public required string Operation { get; init; }

    /// <summary>The newest event's message.</summary>
    public required string Sample { get; init; }

    /// <summary>The trace that the newest event was part of, or null.</summary>
    public string? Trace { get; init; }

    /// <summary>The nearest of our own code, the one that failed first.</summary>
    public required IReadOnlyList<string> Frames { get; init; }

    public required DateTimeOffset First { get; init; }

    /// <summary>The version of the program that it was first seen in.</summary>
    public required string FirstVersion { get; init; }

    public required DateTimeOffset Last { get; init; }

    public required long Total { get; init; }

    /// <summary>Events in each of the last 60 minutes, the newest last.</summary>
    public required IReadOnlyList<int> Minutes { get; init; }

    /// <summary>Events by version of the program.</summary>
    public required IReadOnlyDictionary<string, long> Versions { get; init; }

    /// <summary>Requests of the last five minutes that met it.</summary>
    public required long Met { get; init; }

    /// <summary>About how many people met it in the last hour.</summary>
    public required int Users { get; init; }

    /// <summary>Who they were, as a <see cref="PeopleSketch"/>; null for nobody.</summary>
    public byte[]? People { get; init; }

    public required IncidentLevel Level { get; init; }

    /// <summary>First seen in the version that runs, and earlier ones are remembered.</summary>
    public required bool IsNew { get; init; }

    /// <summary>Seen again after somebody called it resolved.</summary>
    public required bool IsBack { get; init; }

    /// <summary>When somebody called it resolved and it has not been seen since; else null.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }

    [JsonIgnore]
    public bool IsResolved => ResolvedAt is not null;

    [JsonIgnore]
    public long LastHour => Minutes.Sum(count => (long)count);

    /// <summary>How many times as many there were in the last 5 minutes as the 55 before would let expect.</summary>
    [JsonIgnore]
    public double Growth => ErrorRank.GrowthOf(Minutes);
}
