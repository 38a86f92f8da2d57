using Roost.Rpc.Admin;
using Roost.Web.Http;
using Roost.Web.Moderation;

namespace Roost.Web.Pages.Ops;

/// <summary>
/// <c>GET /ops/live</c>: for administrators: what the server does and how long that takes, over the last ten minutes
/// or the last hour. The charts are pictures of their own; a module asks for the page again every few seconds, without
/// it one reloads.
/// </summary>
internal static class ShowLive
{
    public const string Path = ShowOps.Path + "/live";

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, ShowAsync);
        routes.Get(Path + "/{chart}.svg", DrawAsync);
    }

    private static async Task ShowAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var history = HistoryFor(call);
        var minutes = OpsTime.MinutesOf(call);
        var recorded = history.Read(TimeSpan.FromMinutes(minutes));
        await call.ShowAsync<LivePage>(new LivePageModel(
            call.Frame(call.T("How it is doing")), minutes, recorded.Number,
            [.. OpsCharts.Of(call.Language).Select(chart => LinesOf(call, chart, recorded))],
            [.. (call.Services.Network?.Self.Marks ?? []).Reverse()]));
    }

    private static async Task DrawAsync(PageCall call)
    {
        var history = HistoryFor(call);
        var chart = OpsCharts.Of(call.Language)
            .FirstOrDefault(one => one.Name == (string?)call.Http.Request.RouteValues["chart"])
            ?? throw Faults.NotFound();
        var recorded = history.Read(TimeSpan.FromMinutes(OpsTime.MinutesOf(call)));
        var drawn = OpsTime.Chart(
            call, chart.Unit, chart.Lines.Select(line => line.Of(recorded)), recorded.Number,
            call.Services.Network?.Self.Marks ?? []);
        await OpsTime.WriteAsync(call, drawn.ToSvg(OpsTime.LookOf(call)));
    }

    private static LiveChart LinesOf(PageCall call, OpsChart chart, RecordedFigures recorded) => new(
        chart.Name, chart.Title,
        [.. chart.Lines.Select(line => LiveLine.Of(line.Label, line.Of(recorded), chart.Unit, call.Language))]);

    private static MetricsHistory HistoryFor(PageCall call)
    {
        ShowOps.Checked(call, Permissions.ManageSettings);
        return call.Services.History ?? throw Faults.NotFound();
    }
}
