using Roost.Rpc.Admin.Calls;
using Roost.Rpc.Admin.Errors;

namespace Roost.Rpc.Admin.Network;

/// <summary>One service, all its processes together, in the last minute.</summary>
/// <param name="P50">Of the processes', by their calls.</param>
/// <param name="P99">Of the slowest process.</param>
/// <param name="Failed">Of all calls, 0 to 1.</param>
/// <param name="Saturation">Of the busiest process, 0 to 1.</param>
/// <param name="Level">For how many what fails in it is an incident.</param>
public sealed record ServiceNode(
    string Name, IReadOnlyList<ProcessView> Processes, double Rate, double? P50, double? P99, double? Failed,
    double? Saturation, IncidentLevel Level);

/// <summary>Who calls whom. Within one process it is known how often a service is called, and not by which of the
/// others: these calls count as those of what the process is there for.</summary>
public sealed record ServiceEdge(string From, string To, double Rate, double? P50, double? P99, double? Failed);

/// <summary>The services of a network, and their calls of each other.</summary>
public sealed record NetworkGraph(IReadOnlyList<ServiceNode> Services, IReadOnlyList<ServiceEdge> Calls)
{
    // What a process that serves everything is announced and called as.
    private const string Everything = "up";

    // What comes in comes to these.
    private static readonly string[] _entries = ["gateway", "web"];

    public static NetworkGraph Of(NetworkReport network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var levels = network.Errors().Where(error => !error.Group.IsResolved).GroupBy(error => error.Group.Service)
            .ToDictionary(same => same.Key, same => same.Max(error => error.Group.Level));
        var served = network.Processes.SelectMany(process => ServicesOf(process)
            .Select(service => (Process: process, Service: service))).ToLookup(one => one.Service, one => one.Process);
        var edges = network.Processes.Where(process => process.State == ProcessState.Answers).SelectMany(EdgesOf)
            .GroupBy(edge => (edge.From, edge.To)).Select(Together).ToArray();
        var names = served.Select(one => one.Key).Union(edges.Select(edge => edge.To));
        return new(
            [
                .. names.Select(name => NodeOf(name, [.. served[name]], levels.GetValueOrDefault(name)))
                    .OrderByDescending(node => node.Rate).ThenBy(node => node.Name, StringComparer.Ordinal),
            ],
            [.. edges.OrderByDescending(edge => edge.Rate).ThenBy(edge => edge.To, StringComparer.Ordinal)]);
    }

    /// <summary>What the process is there for, from which its calls go out; null when that is not known.</summary>
    public static string? EntryOf(ProcessView process)
    {
        ArgumentNullException.ThrowIfNull(process);
        var services = ServicesOf(process).ToArray();
        return _entries.FirstOrDefault(services.Contains) ?? services.FirstOrDefault();
    }

    private static IEnumerable<string> ServicesOf(ProcessView process) => process.Services
        .Where(service => service != Everything)
        .Union((process.Report?.Calls ?? []).Where(call => call.Side == CallSide.Served).Select(call => call.Service));

    private static IEnumerable<ServiceEdge> EdgesOf(ProcessView process)
    {
        if (EntryOf(process) is not { } entry) return [];
        return process.Report!.Calls
            .Where(call => call.Service != entry)
            .Select(call => new ServiceEdge(entry, call.Service, call.Rate, call.P50, call.P99, call.Failed));
    }

    private static ServiceNode NodeOf(string name, IReadOnlyList<ProcessView> processes, IncidentLevel level)
    {
        var answering = processes.Where(process => process.State == ProcessState.Answers).ToArray();
        var all = Together(
            [
                .. answering.SelectMany(process => process.Report!.Calls)
                    .Where(call => call.Side == CallSide.Served && call.Service == name)
                    .Select(call => new ServiceEdge("", name, call.Rate, call.P50, call.P99, call.Failed)),
            ]);
        return new(
            name, processes, all.Rate, all.P50, all.P99, all.Failed,
            answering.Select(process => process.Report!.Saturation).Max(), level);
    }

    private static ServiceEdge Together(IEnumerable<ServiceEdge> same)
    {
        var all = same.ToArray();
        return new(
            all.Select(edge => edge.From).FirstOrDefault(""), all.Select(edge => edge.To).FirstOrDefault(""),
            all.Sum(edge => edge.Rate), Mean(edge => edge.P50), all.Select(edge => edge.P99).DefaultIfEmpty(null).Max(),
            Mean(edge => edge.Failed));

        // By the number of calls; null for none.
        double? Mean(Func<ServiceEdge, double?> part)
        {
            var known = all.Where(edge => part(edge) is not null && edge.Rate > 0).ToArray();
            return known.Length == 0
                ? null
                : known.Sum(edge => edge.Rate * part(edge)!.Value) / known.Sum(edge => edge.Rate);
        }
    }
}
