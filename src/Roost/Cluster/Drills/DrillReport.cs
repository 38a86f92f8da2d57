using System.Text.Json.Serialization;

namespace Roost.Cluster.Drills;

/// <summary>What clients met while one thing was done to a cluster. Times are in seconds.</summary>
/// <param name="Fault">What was done.</param>
/// <param name="Requests">That came due from its beginning until all had been well for a while.</param>
/// <param name="Again">Of these, sent to another gateway since the first was not there.</param>
/// <param name="Errors">By kind: what its clients got instead of an answer.</param>
/// <param name="P99Before">Of the seconds before.</param>
/// <param name="Slowest">Of the requests that were answered.</param>
/// <param name="WellAfter">From the beginning until no error came any more and p99 was below twice what it was before;
/// null when that was not reached.</param>
/// <param name="RunsAfter">From the beginning until the process was there again; null where it did not end.</param>
internal sealed record DrillRow(
    string Fault, int Requests, int Again, IReadOnlyDictionary<string, int> Errors, double P99Before, double Slowest,
    double? WellAfter, double? RunsAfter)
{
    /// <summary>Of the requests, searches whose answers said that some posts were not looked through.</summary>
    public int Partial { get; init; }

    public int ErrorCount => Errors.Values.Sum();
}

/// <summary>What a drill found. Members are only ever added.</summary>
/// <param name="Acknowledged">Posts that were answered with success.</param>
/// <param name="Unknown">Posts that got an error, and were sent again at the end with their keys.</param>
/// <param name="Wrong">What is not as it was acknowledged, on the home timelines of those who follow everybody: lost,
/// doubled, strange.</param>
internal sealed record DrillReport(
    int RequestsPerSecond, IReadOnlyList<DrillRow> Rows, int Acknowledged, int Unknown, IReadOnlyList<string> Wrong)
{
    [JsonIgnore]
    public bool IsWell => Wrong.Count == 0 && Rows.All(row => row.WellAfter is not null);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(DrillReport))]
internal sealed partial class DrillReportJson : JsonSerializerContext;
