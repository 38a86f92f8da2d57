using System.Globalization;
using Microsoft.AspNetCore.Http;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Charts;
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

    private const int FewMinutes = 10;
    private const int ManyMinutes = 60;

    // As many as a small chart can show.
    private const int PlacesMax = 120;

    public static void Map(PageRoutes routes)
    {
        routes.Get(Path, ShowAsync);
        routes.Get(Path + "/{chart}.svg", DrawAsync);
    }

    private static async Task ShowAsync(PageCall call)
    {
        if (call.AsksToSignIn()) return;
        var history = HistoryFor(call);
        var minutes = MinutesOf(call);
        var recorded = history.Read(TimeSpan.FromMinutes(minutes));
        await call.ShowAsync<LivePage>(new LivePageModel(
            call.Frame(call.T("How it is doing")), minutes, recorded.Number,
            [.. OpsCharts.Of(call.Language).Select(chart => LinesOf(call, chart, recorded))]));
    }

    private static async Task DrawAsync(PageCall call)
    {
        var history = HistoryFor(call);
        var chart = OpsCharts.Of(call.Language)
            .FirstOrDefault(one => one.Name == (string?)call.Http.Request.RouteValues["chart"])
            ?? throw Faults.NotFound();
        var look = call.Http.Request.Query["look"] == "dark" ? ChartLook.Dark : ChartLook.Light;
        var response = call.Http.Response;
        response.ContentType = "image/svg+xml";
        response.Headers.CacheControl = "private, no-store";
        // The picture's own style attributes, and nothing else, should somebody open it by itself.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        await response.WriteAsync(Draw(call, chart, history, look), call.Http.RequestAborted);
    }

    private static string Draw(PageCall call, OpsChart chart, MetricsHistory history, ChartLook look)
    {
        var minutes = MinutesOf(call);
        var window = TimeSpan.FromMinutes(minutes);
        var recorded = history.Read(window);
        var perPlace = (int)(window / MetricsHistory.Step) / PlacesMax;
        var lines = chart.Lines.Select(line => LineChart.Thinned(line.Of(recorded), recorded.Number, perPlace));
        return new LineChart(
            [.. lines], MetricsHistory.Step.TotalMinutes * perPlace, minutes,
            value => chart.Unit.Text(value, call.Language),
            ago => call.T("{0} min", ago))
        {
            Top = chart.Unit == ChartUnit.Share ? 1 : null,
        }.ToSvg(look);
    }

    private static LiveChart LinesOf(PageCall call, OpsChart chart, RecordedFigures recorded) => new(
        chart.Name, chart.Title,
        [
            .. chart.Lines.Select(line =>
            {
                var values = line.Of(recorded);
                var highest = values.Where(float.IsFinite).DefaultIfEmpty(float.NaN).Max();
                return new LiveLine(
                    line.Label, chart.Unit.Text(values.LastOrDefault(float.NaN), call.Language),
                    chart.Unit.Text(highest, call.Language));
            }),
        ]);

    private static MetricsHistory HistoryFor(PageCall call)
    {
        ShowOps.Checked(call, Permissions.ManageSettings);
        return call.Services.History ?? throw Faults.NotFound();
    }

    private static int MinutesOf(PageCall call) =>
        call.Http.Request.Query["minutes"] == ManyMinutes.ToString(CultureInfo.InvariantCulture)
            ? ManyMinutes
            : FewMinutes;
}
