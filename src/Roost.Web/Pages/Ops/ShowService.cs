using Roost.Rpc.Admin.Calls;
using Roost.Rpc.Admin.Network;
using Roost.Web.Http;

namespace Roost.Web.Pages.Ops;

/// <summary><c>GET /ops/network/{service}</c>: one service: the last ten minutes or the last hour of its calls, its
/// processes, its errors, and the same of the services that it calls.</summary>
internal static class ShowService
{
    private const int CalledShown = 24;
    private const int ErrorsShown = 10;

    // Of a service that is called from elsewhere, charts show what its callers see; else, what it sees itself.
    private const string CalledSide = "called";

    public static void Map(PageRoutes routes)
    {
        routes.Get(ShowNetwork.Path + "/{service}", ShowAsync);
        routes.Get(ShowNetwork.Path + "/{service}/{chart}.svg", DrawAsync);
    }

    private static async Task ShowAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var network = await ShowNetwork.ReadAsync(call);
        var graph = NetworkGraph.Of(network);
        var name = NameIn(call);
        var service = graph.Services.FirstOrDefault(one => one.Name == name) ?? throw Faults.NotFound();
        var own = await HistoryAsync(call, name, CallSide.Served);
        var called = new List<(ServiceEdge, LiveChart)>();
        foreach (var edge in graph.Calls.Where(edge => edge.From == name).Take(CalledShown))
        {
            var side = SideOf(network, edge.To);
            var history = await HistoryAsync(call, edge.To, side);
            called.Add((edge, ChartOf(call, ServiceCharts.Latency(call.Language), history, edge.To, side)));
        }
        await call.ShowAsync<ServicePage>(new ServicePageModel(
            call.Frame(name), OpsTime.MinutesOf(call), service,
            [.. ServiceCharts.Of(call.Language).Select(chart => ChartOf(call, chart, own, name, CallSide.Served))],
            called,
            [
                .. network.Errors().Where(error => error.Group.Service == name && !error.Group.IsResolved)
                    .Take(ErrorsShown),
            ],
            OpsTime.MarksOf(network), ShowNetwork.NumberOf(network)));
    }

    private static async Task DrawAsync(PageCall call)
    {
        var network = await ShowNetwork.ReadAsync(call);
        var chart = ServiceCharts.Of(call.Language)
            .FirstOrDefault(one => one.Name == (string?)call.Http.Request.RouteValues["chart"])
            ?? throw Faults.NotFound();
        var side = call.Http.Request.Query["side"] == CalledSide ? CallSide.Called : CallSide.Served;
        var history = await HistoryAsync(call, NameIn(call), side);
        var drawn = OpsTime.Chart(
            call, chart.Unit, chart.Lines.Select(line => line.Of(history)), ShowNetwork.NumberOf(network),
            OpsTime.MarksOf(network));
        await OpsTime.WriteAsync(call, drawn.ToSvg(OpsTime.LookOf(call)));
    }

    private static async Task<ServiceHistory> HistoryAsync(PageCall call, string service, CallSide side)
    {
        var network = call.Services.Network ?? throw Faults.NotFound();
        return ServiceHistory.Of(
            await network.CallsOfAsync(service, call.Http.RequestAborted), side,
            OpsTime.StepsOf(OpsTime.MinutesOf(call)));
    }

    private static CallSide SideOf(NetworkReport network, string service) => network.Processes.Any(
        process => process.State == ProcessState.Answers
            && process.Report!.Calls.Any(one => one.Side == CallSide.Called && one.Service == service))
                ? CallSide.Called
                : CallSide.Served;

    private static LiveChart ChartOf(
        PageCall call, ServiceChart chart, ServiceHistory history, string service, CallSide side) => new(
        $"{Uri.EscapeDataString(service)}/{chart.Name}.svg?side={(side == CallSide.Called ? CalledSide : "served")}",
        chart.Title,
        [.. chart.Lines.Select(line => LiveLine.Of(line.Label, line.Of(history), chart.Unit, call.Language))]);

    private static string NameIn(PageCall call) => (string)call.Http.Request.RouteValues["service"]!;
}
