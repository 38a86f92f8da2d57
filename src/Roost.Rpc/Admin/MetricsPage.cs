using System.Globalization;
using System.Text;
using Roost.Rpc.Admin.Charts;

namespace Roost.Rpc.Admin;

/// <summary><c>/admin/metrics</c>: the process's figures of the last hour as charts, which come anew by
/// themselves.</summary>
internal static class MetricsPage
{
    private const int Minutes = 60;

    // As many points as are told apart: one for half a minute.
    private const int StepsPerPoint = 6;

    // Legible on a light and on a dark ground.
    private static readonly ChartLook _look = new("#80858f", "#40808080", ["#2f7fd0"]) { Ill = "#d04030" };

    private static readonly string[] _prefixes = ["n", "µ", "m", "", "k", "M", "G", "T"];

    public static string Of(MetricsHistory history)
    {
        var recorded = history.Read(MetricsHistory.Step * MetricsHistory.StepsMax);
        var html = new StringBuilder(AdminHtml.Head).Append("""
            <meta http-equiv="refresh" content="10"><style>
            ul{display:flex;flex-wrap:wrap;gap:1rem;padding:0;list-style:none}li{width:21rem}svg{width:100%;height:auto}
            </style><h1>Metrics</h1><ul>
            """);
        foreach (var (name, values) in recorded.Values)
        {
            if (!values.Any(float.IsFinite)) continue;
            html.Append("<li><b>").Append(AdminHtml.Text(name)).Append("</b> ");
            html.Append(TextOf(values[^1])).Append(ChartOf(values, recorded.Number));
        }
        return html.Append("""
            </ul><p class="faint">One hour, each point the highest of half a minute. Times are in seconds, sizes in
            bytes, and what is counted is by the second.</p>
            <p><a href="/admin">Summary</a> · <a href="/admin/history.json">history.json</a> ·
            <a href="/admin/metrics.json">metrics.json</a> · <a href="/metrics">/metrics</a></p>
            """).ToString();
    }

    private static string ChartOf(float[] values, long number) => new LineChart(
        [LineChart.Thinned(values, number, StepsPerPoint)],
        MetricsHistory.Step.TotalMinutes * StepsPerPoint, Minutes, TextOf,
        minutes => minutes == 0 ? "now" : string.Create(CultureInfo.InvariantCulture, $"{minutes} min")).ToSvg(_look);

    private static string TextOf(double value)
    {
        if (!double.IsFinite(value)) return "";
        if (value == 0) return "0";
        var thousands = Math.Clamp((int)Math.Floor(Math.Log10(Math.Abs(value)) / 3), -3, 4);
        var shown = value / Math.Pow(1000, thousands);
        return string.Create(CultureInfo.InvariantCulture, $"{shown:0.##} {_prefixes[thousands + 3]}").TrimEnd();
    }
}
