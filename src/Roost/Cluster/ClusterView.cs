using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Roost.Rpc.Admin.Network;

namespace Roost.Cluster;

/// <summary>How one process of a cluster stands.</summary>
/// <param name="State"><c>ready</c>, <c>standing by</c>, <c>not ready</c>, <c>no answer</c>, <c>runs</c> where nothing
/// can be asked, or <c>ended</c>.</param>
/// <param name="Processors">How many it kept busy in the last step; null where that is not known. So with the rest.
/// </param>
/// <param name="MemoryBytes">Resident.</param>
/// <param name="CallsPerSecond">Requests at a gateway, else calls of its services.</param>
/// <param name="P50">Of these, in seconds.</param>
internal sealed record PartView(
    PartRecord Part, string State, double? Processors = null, double? MemoryBytes = null,
    double? CallsPerSecond = null, double? P50 = null, double? P99 = null, long? ErrorsLastHour = null)
{
    /// <summary>As far as can be asked.</summary>
    [JsonIgnore]
    public bool IsWell => State is "ready" or "runs" or "standing by";
}

/// <summary>What <c>roost cluster status --json</c> prints. Members are only ever added.</summary>
internal sealed record ClusterStatus(string Url, int Supervisor, IReadOnlyList<PartView> Parts);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ClusterStatus))]
internal sealed partial class ClusterStatusJson : JsonSerializerContext;

/// <summary>Asks a cluster's processes how they are, and shows it as a table.</summary>
internal sealed class ClusterView : IDisposable
{
    private const string Ended = "ended";

    private static readonly (string Head, int Width)[] _columns =
    [
        ("NAME", 15), ("PROCESS", 9), ("STATE", 11), ("STARTS", 7), ("CPU", 6), ("MEMORY", 10), ("CALLS/S", 9),
        ("P50", 9), ("P99", 9), ("ERRORS", 7),
    ];

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(5) };

    public void Dispose() => _http.Dispose();

    /// <summary>All at the same time; never fails.</summary>
    public Task<PartView[]> ReadAsync(ClusterRecord cluster, CancellationToken ct) =>
        Task.WhenAll(cluster.Parts.Select(part => ReadAsync(part, ct)));

    /// <summary>A line each, below heads, and where people come in.</summary>
    public static string Table(ClusterRecord cluster, IEnumerable<PartView> parts)
    {
        var text = new StringBuilder();
        foreach (var (head, width) in _columns) Cell(head, width);
        text.Append("ADDRESS\n");
        foreach (var view in parts)
        {
            string[] cells =
            [
                view.Part.Name, view.Part.Process is { } id ? $"{id}" : "-", view.State, $"{view.Part.Starts}",
                Number(view.Processors, "0.00"), Number(view.MemoryBytes / (1 << 20), "0 'MiB'"),
                Number(view.CallsPerSecond, "0.0"), Number(view.P50 * 1e3, "0.0 'ms'"),
                Number(view.P99 * 1e3, "0.0 'ms'"), view.ErrorsLastHour is { } errors ? $"{errors}" : "-",
            ];
            for (var i = 0; i < cells.Length; i++) Cell(cells[i], _columns[i].Width);
            text.Append(view.Part.Url ?? "-").Append('\n');
        }
        return text.Append(CultureInfo.InvariantCulture, $"\nThe network is at {cluster.Url}.").ToString();

        void Cell(string cell, int width) => text.Append(cell.PadRight(width)).Append(' ');
    }

    private async Task<PartView> ReadAsync(PartRecord part, CancellationToken ct)
    {
        if (!part.Runs) return new PartView(part, Ended);
        if (part.Admin is null) return new PartView(part, "runs");
        try
        {
            var report = await _http.GetFromJsonAsync(
                new Uri(new Uri(part.Admin), ProcessReport.Path), ProcessReport.Json, ct)
                ?? throw new JsonException("Nothing.");
            return new PartView(
                part, report.Readiness, report.Processor, report.MemoryBytes,
                report.CallsPerSecond, report.P50, report.P99, report.Errors.Sum(group => group.LastHour));
        }
        catch (Exception away) when (away is HttpRequestException or JsonException
            || (away is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return new PartView(part, part.Runs ? "no answer" : Ended);
        }
    }

    private static string Number(double? value, string format) =>
        value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";
}
