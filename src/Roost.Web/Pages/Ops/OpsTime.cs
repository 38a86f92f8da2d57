using System.Globalization;
using Microsoft.AspNetCore.Http;
using Roost.Rpc.Admin;
using Roost.Rpc.Admin.Charts;
using Roost.Rpc.Admin.Errors;
using Roost.Rpc.Admin.Network;

namespace Roost.Web.Pages.Ops;

/// <summary>How far back charts go, and what is marked on all of them.</summary>
internal static class OpsTime
{
    public const int FewMinutes = 10;
    public const int ManyMinutes = 60;

    // As many as a small chart can show.
    private const int PlacesMax = 120;

    /// <summary>As asked for by the query's <c>minutes</c>.</summary>
    public static int MinutesOf(PageCall call) =>
        call.Http.Request.Query["minutes"] == ManyMinutes.ToString(CultureInfo.InvariantCulture)
            ? ManyMinutes
            : FewMinutes;

    public static int StepsOf(int minutes) => (int)(TimeSpan.FromMinutes(minutes) / MetricsHistory.Step);

    /// <summary>How many steps share a place of a chart.</summary>
    public static int StepsPerPlace(int minutes) => StepsOf(minutes) / PlacesMax;

    /// <summary>A chart of lines whose values are of the last steps, the newest last.</summary>
    /// <param name="number">Of the newest step.</param>
    public static LineChart Chart(
        PageCall call, ChartUnit unit, IEnumerable<float[]> lines, long number, IReadOnlyList<Mark> marks)
    {
        var minutes = MinutesOf(call);
        var perPlace = StepsPerPlace(minutes);
        var now = call.Site.Time.GetUtcNow();
        return new LineChart(
            [.. lines.Select(line => LineChart.Thinned(line, number, perPlace))],
            MetricsHistory.Step.TotalMinutes * perPlace, minutes, value => unit.Text(value, call.Language),
            ago => call.T("{0} min", ago))
        {
            Top = unit == ChartUnit.Share ? 1 : null,
            Marks =
            [
                .. marks.Select(mark => new ChartMark((now - mark.At).TotalMinutes, mark.Kind == MarkKind.Incident)),
            ],
        };
    }

    /// <summary>The newest first.</summary>
    public static IReadOnlyList<Mark> MarksOf(NetworkReport network) =>
    [
        .. network.Processes.SelectMany(process => process.Report?.Marks ?? []).OrderByDescending(mark => mark.At),
    ];

    public static Task WriteAsync(PageCall call, string svg)
    {
        var response = call.Http.Response;
        response.ContentType = "image/svg+xml";
        response.Headers.CacheControl = "private, no-store";
        // The picture's own style attributes, and nothing else, should somebody open it by itself.
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
        return response.WriteAsync(svg, call.Http.RequestAborted);
    }

    public static ChartLook LookOf(PageCall call) =>
        call.Http.Request.Query["look"] == "dark" ? ChartLook.Dark : ChartLook.Light;
}
