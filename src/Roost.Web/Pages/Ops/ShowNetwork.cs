using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Charts;
using Roost.Rpc.Admin.Network;
using Roost.Web.Http;
using Roost.Web.Moderation;

namespace Roost.Web.Pages.Ops;

/// <summary>
/// <c>GET /ops/network</c>: for administrators: all processes that this one knows of, what they serve, who calls whom,
/// and how that goes: as a map, which is a picture of its own, and as tables with the same figures.
/// </summary>
internal static class ShowNetwork
{
    public const string Path = ShowOps.Path + "/network";

    private const int ErrorsShown = 5;

    // More failing than this is drawn as ill.
    private const double IllShare = 0.01;

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, ShowAsync);
        routes.Get(Path + "/map.svg", DrawAsync);
        ShowService.Map(routes);
    }

    /// <summary>How the network is now, for who may see it.</summary>
    public static Task<NetworkReport> ReadAsync(PageCall call)
    {
        ShowOps.Checked(call, Permissions.ManageSettings);
        return (call.Services.Network ?? throw Faults.NotFound()).ReadAsync(call.Http.RequestAborted);
    }

    /// <summary>Changes whenever pictures do.</summary>
    public static long NumberOf(NetworkReport network) =>
        network.At.ToUnixTimeSeconds() / (long)MetricsHistory.Step.TotalSeconds;

    private static async Task ShowAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var network = await ReadAsync(call);
        await call.ShowAsync<NetworkPage>(new NetworkPageModel(
            call.Frame(call.T("Network")), network, NetworkGraph.Of(network),
            [.. network.Errors().Where(error => !error.Group.IsResolved).Take(ErrorsShown)], OpsTime.MarksOf(network),
            NumberOf(network)));
    }

    private static async Task DrawAsync(PageCall call)
    {
        var graph = NetworkGraph.Of(await ReadAsync(call));
        await OpsTime.WriteAsync(call, NetworkMap.Draw(
            [.. graph.Services.Select(service => NodeOf(call, service))],
            [.. graph.Calls.Select(edge => new MapEdge(edge.From, edge.To, edge.Rate, edge.Failed > IllShare))],
            OpsTime.LookOf(call)));
    }

    private static MapNode NodeOf(PageCall call, ServiceNode service)
    {
        var language = call.Language;
        var failed = service.Failed > 0
            ? " · " + call.T("{0} failed", ChartUnit.Share.Text(service.Failed.Value, language))
            : "";
        return new(
            service.Name,
            [
                call.T("{0} a second", ChartUnit.Number.Text(service.Rate, language)) + failed,
                service.P99 is { } p99
                    ? call.T("99 of 100 in {0}", ChartUnit.Seconds.Text(p99, language))
                    : language.Count(service.Processes.Count, "1 process", "{0} processes"),
            ],
            service.Level);
    }
}
